import hashlib
import json

import pytest

from deformable_gan.checksums import file_digest, model_digest, value_digest
from deformable_gan.errors import MediaError

# `printf hello | sha256sum`
HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


def test_files_have_the_digests_of_sha256sum(tmp_path):
    (tmp_path / "file").write_text("hello")
    assert file_digest(tmp_path / "file") == HELLO


def test_models_are_files_or_folders(tmp_path):
    model = tmp_path / "model"
    (model / "variables").mkdir(parents=True)
    (model / "saved_model.pb").write_text("graph")
    (model / "variables" / "data").write_text("1")
    before = model_digest(model)
    assert before == model_digest(model.rename(tmp_path / "moved"))
    model = tmp_path / "moved"
    (model / "variables" / "data").write_text("2")
    changed = model_digest(model)
    (model / "variables" / "data").rename(model / "data")
    assert len({before, changed, model_digest(model)}) == 3
    (tmp_path / "hello").write_text("hello")
    own = hashlib.sha256(json.dumps([[".", HELLO]]).encode()).hexdigest()
    assert model_digest(tmp_path / "hello") == own


def test_values(tmp_path):
    assert value_digest({"a": 1, "b": [2]}) == value_digest({"b": [2], "a": 1})
    # `printf '{"a": 1}' | sha256sum`
    assert value_digest({"a": 1}).startswith("f9d86028c6e0d64e")
    assert value_digest([1, 2]) != value_digest([2, 1])


@pytest.mark.parametrize("digest", [file_digest, model_digest])
def test_what_cannot_be_read(tmp_path, digest):
    with pytest.raises(MediaError, match=r"absent cannot be read: No such file"):
        digest(tmp_path / "absent")
