"""ONNX Runtime Web, which runs the networks in browsers: from npm, or from a folder."""

import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path

from deformable_gan.checksums import file_digest
from deformable_gan.errors import MediaError, RunError

PACKAGE = "onnxruntime-web"
VERSION = "1.30.0"
LICENCE = "MIT License, (c) Microsoft Corporation, https://github.com/microsoft/onnxruntime"

#: What WebAssembly and WebGPU need, and the SHA-256 of each file in that version.
FILES = {
    "ort.wasm.min.mjs": "219e6a1fc8a9938268d18efca3c91d310bd2f4a59bbd13744df5b2b7fc6cee3b",
    "ort-wasm-simd-threaded.mjs": (
        "e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b"
    ),
    "ort-wasm-simd-threaded.wasm": (
        "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2"
    ),
    "ort.webgpu.min.mjs": "3dffff71811bc13a3a3d9591c57ca5ee5735b8f5f3eaf789510b02bb040ae3a0",
    "ort-wasm-simd-threaded.asyncify.mjs": (
        "3d1c85995364bb643302fc6fd877a0c3ba5ae72401815e0f24828a53d9191e28"
    ),
    "ort-wasm-simd-threaded.asyncify.wasm": (
        "39f9f0894d478800487ed9f7dbe92618498db320cf55c8e3d89adff8dce658da"
    ),
}
#: The entry points of both.
WASM, WEBGPU = "ort.wasm.min.mjs", "ort.webgpu.min.mjs"
#: The files that every device needs; the others, the larger half, are for WebGPU.
REQUIRED = tuple(name for name in FILES if "webgpu" not in name and "asyncify" not in name)

_PATIENCE = 600  # seconds
_REMEDY = (
    f"install Node.js with npm, or name a folder with --runtime: the `dist` of {PACKAGE} {VERSION} "
    "from npm"
)


def copy_runtime(folder: Path, source: str | Path | None = None) -> None:
    """Put the runtime's files into a folder.

    Args:
        folder: where they go; it is made.
        source: a folder that holds them, or the package's; None for npm.

    Raises:
        RunError: one is absent there or is not that of the version, or npm is absent or fails.
    """
    folder.mkdir()
    if source is not None:
        source = Path(source)
        _copy(source / "dist" if (source / "dist").is_dir() else source, folder)
        return
    with tempfile.TemporaryDirectory() as temporary:
        _copy(_from_npm(Path(temporary)), folder)


def _copy(source: Path, folder: Path) -> None:
    for name, digest in FILES.items():
        try:
            found = file_digest(source / name)
        except MediaError as error:
            raise RunError(f"{source} does not hold {name} of {PACKAGE}: {_REMEDY}") from error
        if found != digest:
            raise RunError(
                f"{source / name} is not that of {PACKAGE} {VERSION}: its SHA-256 is {found}, "
                f"expected {digest}; {_REMEDY}"
            )
        (folder / name).write_bytes((source / name).read_bytes())


def _from_npm(folder: Path) -> Path:
    """Download the package, and return the folder of its files."""
    command = ["npm", "pack", "--silent", "--ignore-scripts", f"{PACKAGE}@{VERSION}"]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except FileNotFoundError:
        raise RunError(
            f"the web page's runtime comes from npm, which is absent: {_REMEDY}"
        ) from None
    except subprocess.TimeoutExpired:
        raise RunError(f"npm did not answer within {_PATIENCE} seconds: {_REMEDY}") from None
    archives = sorted(folder.glob("*.tgz"))
    if done.returncode or not archives:
        lines = (done.stderr or done.stdout).strip().splitlines()
        reason = (lines or ["no reason given"])[-1][:200]
        raise RunError(f"npm cannot download {PACKAGE} {VERSION} ({reason}): {_REMEDY}")
    with tarfile.open(archives[0]) as archive:
        for name in FILES:
            try:
                member = archive.extractfile(f"package/dist/{name}")
            except KeyError:
                continue  # `_copy` says that it is absent
            if member is not None:
                (folder / name).write_bytes(member.read())
    return folder


def digest_of(text: str) -> str:
    """Return a short digest of a text, to tell versions of a page apart."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
