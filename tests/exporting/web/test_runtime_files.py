import pytest

from deformable_gan.errors import RunError
from deformable_gan.exporting.web import runtime_files


@pytest.fixture
def small_files(monkeypatch):
    """Two files in the place of ONNX Runtime's, with their SHA-256 as `sha256sum` has them."""
    files = {
        "a.mjs": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",  # "a"
        "b.wasm": "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d",  # "b"
    }
    monkeypatch.setattr(runtime_files, "FILES", files)


@pytest.mark.parametrize("inner", ["", "dist"])
def test_from_a_folder(small_files, tmp_path, inner):
    source = tmp_path / "package"
    (source / inner).mkdir(parents=True)
    (source / inner / "a.mjs").write_text("a")
    (source / inner / "b.wasm").write_text("b")
    runtime_files.copy_runtime(tmp_path / "runtime", source)
    assert (tmp_path / "runtime" / "a.mjs").read_text() == "a"
    assert (tmp_path / "runtime" / "b.wasm").read_text() == "b"


def test_another_version(small_files, tmp_path):
    (tmp_path / "a.mjs").write_text("another")
    with pytest.raises(RunError, match=r"a\.mjs is not that of onnxruntime-web 1\.30\.0.*SHA-256"):
        runtime_files.copy_runtime(tmp_path / "runtime", tmp_path)


def test_an_empty_folder(tmp_path):
    with pytest.raises(RunError, match=r"does not hold ort\.wasm\.min\.mjs .*--runtime"):
        runtime_files.copy_runtime(tmp_path / "runtime", tmp_path)


def test_no_npm(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RunError, match=r"npm, which is absent: install Node\.js .*--runtime"):
        runtime_files.copy_runtime(tmp_path / "runtime")


def test_npm_fails(tmp_path, monkeypatch):
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'npm error network is unreachable' >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(RunError, match=r"\(npm error network is unreachable\).*--runtime"):
        runtime_files.copy_runtime(tmp_path / "runtime")
