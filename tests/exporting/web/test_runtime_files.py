import hashlib

import pytest

from deformable_gan.errors import RunError
from deformable_gan.exporting.web import runtime_files


@pytest.fixture
def small_files(monkeypatch):
    """Two files instead of LiteRT.js's, with their SHA-256 from `sha256sum`."""
    files = {
        "dist/a.js": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",  # "a"
        "wasm/b.wasm": "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d",  # "b"
    }
    monkeypatch.setattr(runtime_files, "FILES", files)


@pytest.fixture
def package(tmp_path):
    source = tmp_path / "package"
    for name, text in (("dist/a.js", "a"), ("wasm/b.wasm", "b")):
        (source / name).parent.mkdir(parents=True)
        (source / name).write_text(text)
    return source


def test_from_a_folder(small_files, tmp_path, package):
    runtime_files.copy_runtime(tmp_path / "runtime", package)
    assert (tmp_path / "runtime" / "a.js").read_text() == "a"
    assert (tmp_path / "runtime" / "b.wasm").read_text() == "b"


def test_the_library_imports_the_page_s_own_loader(monkeypatch, tmp_path):
    text = 'import { createWasmLib } from "@litertjs/wasm-utils";'
    source = tmp_path / "package"
    (source / "dist").mkdir(parents=True)
    (source / "dist" / "index.js").write_text(text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    monkeypatch.setattr(runtime_files, "FILES", {"dist/index.js": digest})
    runtime_files.copy_runtime(tmp_path / "runtime", source)
    made = (tmp_path / "runtime" / "index.js").read_text()
    assert made == 'import { createWasmLib } from "../wasm_library.js";'


def test_another_version(small_files, tmp_path, package):
    (package / "dist" / "a.js").write_text("another")
    with pytest.raises(RunError, match=r"a\.js is not the file of @litertjs/core 2\.5\.3.*SHA-256"):
        runtime_files.copy_runtime(tmp_path / "runtime", package)


def test_an_empty_folder(tmp_path):
    with pytest.raises(RunError, match=r"does not hold dist/index\.js .*--runtime"):
        runtime_files.copy_runtime(tmp_path / "runtime", tmp_path)


def test_no_npm(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RunError, match=r"npm, which is not installed: install Node\.js"):
        runtime_files.copy_runtime(tmp_path / "runtime")


@pytest.mark.parametrize(
    "said",
    [
        """echo '{"error": {"code": "E", "summary": "network is unreachable"}}'""",
        "echo 'network is unreachable' >&2",
    ],
)
def test_npm_fails(tmp_path, monkeypatch, said):
    npm = tmp_path / "npm"
    npm.write_text(f"#!/bin/sh\n{said}\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(RunError, match=r"\(network is unreachable\).*--runtime"):
        runtime_files.copy_runtime(tmp_path / "runtime")
