"""Copying LiteRT.js, which runs the networks in browsers, from npm or from a folder."""

import hashlib
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

from deformable_gan.checksums import file_digest
from deformable_gan.errors import MediaError, RunError

PACKAGE = "@litertjs/core"
VERSION = "2.5.3"
LICENCE = "Apache License 2.0, (c) Google LLC, https://github.com/google-ai-edge/LiteRT"

#: The files of the package and their SHA-256 in `VERSION`: the library, then the programs for
#: one thread, for browsers without relaxed SIMD, for several threads, and for use with WebGPU.
FILES = {
    "dist/index.js": "e7daccc3a31eef890848a737ccb863ded5f046a6b40c3fdc0556495adeb5d9b3",
    "wasm/litert_wasm_internal.js": (
        "68efb69f770e3f76aff36a377de629ca496c131b86ac0f0f4b592a1543a898eb"
    ),
    "wasm/litert_wasm_internal.wasm": (
        "7280cf4471774867e385e6c3cd53e2b45e2975b80fea338fff4ef359b0865614"
    ),
    "wasm/litert_wasm_compat_internal.js": (
        "4d8f894b7883654fd6e8439730aa41e79ceaab7d19184fc4f1f0b0f1a2a2c8a5"
    ),
    "wasm/litert_wasm_compat_internal.wasm": (
        "5255c8ad06eabdbd2522cdebf6b22fc10faf74625c23a49b9e072570cd1fa41c"
    ),
    "wasm/litert_wasm_threaded_internal.js": (
        "92fe7a720c6deedaa1194c011c79a005ea4f6fc98f533b661cf7900760ab4849"
    ),
    "wasm/litert_wasm_threaded_internal.wasm": (
        "b5e54eca10f043497edf9a02186332707cae260c550d7ea22b2cae55669596cf"
    ),
    "wasm/litert_wasm_jspi_internal.js": (
        "e685a3ed86f447c1feb8f5414319539c5e94d1cfc0eb49c3c5e6a788a6f5541b"
    ),
    "wasm/litert_wasm_jspi_internal.wasm": (
        "a103e14db26cdbda9ba1a93633e59f3bf604d082fa7ab0c30ca730838e3faa69"
    ),
}
#: The entry point. It imports the package `@litertjs/wasm-utils`, which the page replaces with its
#: own `wasm_library.js`.
LIBRARY = "index.js"
_IMPORT, _OWN_IMPORT = 'from "@litertjs/wasm-utils"', 'from "../wasm_library.js"'

_PATIENCE = 600  # seconds
_RETRIES = 1
_REMEDY = (
    f"install Node.js with npm, or name the folder of the unpacked npm package {PACKAGE} {VERSION} "
    "with --runtime"
)


def copy_runtime(folder: Path, source: str | Path | None = None) -> None:
    """Copy the runtime's files into a folder.

    Args:
        folder: the folder to create.
        source: the package's folder; None to download it with npm.

    Raises:
        RunError: a file is absent or of another version, or npm is absent or fails.
    """
    folder.mkdir()
    if source is not None:
        _copy(Path(source), folder)
        return
    with tempfile.TemporaryDirectory() as temporary:
        _copy(_from_npm(Path(temporary)), folder)


def _copy(source: Path, folder: Path) -> None:
    for name, digest in FILES.items():
        try:
            found = file_digest(source / name)
        except MediaError as error:
            raise RunError(
                f"{source} does not hold {name} of {PACKAGE} as a readable file: {_REMEDY}"
            ) from error
        if found != digest:
            raise RunError(
                f"{source / name} is not the file of {PACKAGE} {VERSION}: its SHA-256 is {found}, "
                f"expected {digest}; {_REMEDY}"
            )
        content = (source / name).read_bytes()
        target = folder / Path(name).name
        if target.name == LIBRARY:
            # Browsers find modules by their addresses only, not by the names of packages.
            content = content.replace(_IMPORT.encode(), _OWN_IMPORT.encode())
        target.write_bytes(content)


def _from_npm(folder: Path) -> Path:
    """Download the package, and return the folder of its files."""
    options = ["--silent", "--json", "--ignore-scripts", f"--fetch-retries={_RETRIES}"]
    command = ["npm", "pack", *options, f"{PACKAGE}@{VERSION}"]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except FileNotFoundError:
        raise RunError(
            f"the web page's runtime comes from npm, which is not installed: {_REMEDY}"
        ) from None
    except subprocess.TimeoutExpired:
        raise RunError(f"npm did not answer within {_PATIENCE} seconds: {_REMEDY}") from None
    archives = sorted(folder.glob("*.tgz"))
    if done.returncode or not archives:
        reason = _reason_of(done.stdout, done.stderr)
        raise RunError(f"npm cannot download {PACKAGE} {VERSION} ({reason}): {_REMEDY}")
    with tarfile.open(archives[0]) as archive:
        for name in FILES:
            try:
                member = archive.extractfile(f"package/{name}")
            except KeyError:
                continue  # `_copy` reports that it is absent
            if member is not None:
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_bytes(member.read())
    return folder


def _reason_of(output: str, errors: str) -> str:
    """Return why npm failed: the reason in its JSON output, or its last line."""
    try:
        return str(json.loads(output)["error"]["summary"])[:300]
    except (ValueError, LookupError, TypeError):
        return ((errors or output).strip().splitlines() or ["no reason given"])[-1][:300]


def digest_of(text: str) -> str:
    """Return a short digest of a text, which distinguishes versions of a page."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
