import hashlib
import json

import pytest

from deformable_gan.errors import RunError
from deformable_gan.sharing.model_folder import folder_digests, read_description


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights/data").write_bytes(b"numbers")
    (tmp_path / "labels.txt").write_text("nose\n")
    (tmp_path / "README.md").write_text("a card")
    return tmp_path


def describe(folder, **changes):
    description = {
        "format": "deformable_gan model",
        "format_version": 1,
        "written_by": "deformable_gan 9.0",
        "formats": {"keras": {}},
        "sha256": {
            "labels.txt": hashlib.sha256(b"nose\n").hexdigest(),
            "weights/data": hashlib.sha256(b"numbers").hexdigest(),
        },
        **changes,
    }
    (folder / "deformable_gan.json").write_text(json.dumps(description))


def test_digests_are_of_what_must_not_change(folder):
    describe(folder)
    (folder / ".git").mkdir()
    (folder / ".git/config").write_text("of git")
    (folder / ".gitattributes").write_text("of git")
    assert folder_digests(folder) == {
        "labels.txt": hashlib.sha256(b"nose\n").hexdigest(),
        "weights/data": hashlib.sha256(b"numbers").hexdigest(),
    }
    assert read_description(folder)["formats"] == ["keras"]


def test_an_export_of_an_earlier_release(folder):
    """The oldest descriptions have no `format`, `format_version` or `formats`."""
    describe(folder)
    file = folder / "deformable_gan.json"
    old = json.loads(file.read_text())
    for key in ("format", "format_version", "formats"):
        del old[key]
    file.write_text(json.dumps(old))
    assert read_description(folder)["formats"] == ["savedmodel"]


@pytest.mark.parametrize("only", [None, ["labels.txt", "weights/data"]])
@pytest.mark.parametrize("damage", ["changed", "absent"])
def test_damage(folder, damage, only):
    describe(folder)
    if damage == "changed":
        (folder / "weights/data").write_bytes(b"number5")
    else:
        (folder / "weights/data").unlink()
    with pytest.raises(RunError, match=r"is damaged: weights/data is not .*; do this$"):
        read_description(folder, only, remedy="do this")
    read_description(folder, ["labels.txt"])


def test_a_file_that_nobody_vouches_for(folder):
    describe(folder, sha256={})
    with pytest.raises(RunError, match=r"labels\.txt is not what was exported"):
        read_description(folder, ["labels.txt"])


def test_a_later_release(folder):
    describe(folder, format_version=2, sha256="who knows")
    with pytest.raises(RunError, match=r"by deformable_gan 9\.0 in format version 2, .* upgrade"):
        read_description(folder)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"sha256": 5}', "\xff", '{"sha256": {}, "formats": 3}', "[" * 9999]
)
def test_nonsense(folder, text):
    (folder / "deformable_gan.json").write_text(text, encoding="latin-1")
    with pytest.raises(RunError, match="is not the description of an exported model, or"):
        read_description(folder)


def test_no_export(folder):
    with pytest.raises(RunError, match="is not an exported model: it has no"):
        read_description(folder)
