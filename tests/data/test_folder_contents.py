import json
import os
import sys

import pytest

from deformable_gan.data import folder_contents as module
from deformable_gan.data.folder_contents import dataset_above, folder_contents


def touch(*paths):
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def names(contents):
    return [path.relative_to(contents.folder).as_posix() for path in contents.files]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links here")
def test_links_are_followed_once(tmp_path):
    touch(tmp_path / "disk/anna/1.jpg", tmp_path / "in/ben/2.jpg", tmp_path / "in/cy/3.jpg")
    (tmp_path / "in/anna").symlink_to(tmp_path / "disk/anna")
    (tmp_path / "in/aaa").symlink_to(tmp_path / "in/ben")  # points into the folder itself
    (tmp_path / "in/ben/up").symlink_to(tmp_path / "in")
    (tmp_path / "in/out").symlink_to(tmp_path)  # a folder above is not searched
    (tmp_path / "in/broken").symlink_to(tmp_path / "absent")
    (tmp_path / "disk/anna/loop").symlink_to(tmp_path / "disk/anna")
    contents = folder_contents(tmp_path / "in")
    assert names(contents) == ["anna/1.jpg", "ben/2.jpg", "cy/3.jpg"]
    assert not contents.problems
    (tmp_path / "link").symlink_to(tmp_path / "in")
    assert names(folder_contents(tmp_path / "link")) == names(contents)


def test_what_is_not_meant_is_passed_over(tmp_path):
    touch(
        *(
            tmp_path / name
            for name in (
                *("a.jpg", "._a.jpg", ".hidden/b.jpg", ".ipynb_checkpoints/a-checkpoint.jpg"),
                *("__MACOSX/a.jpg", "Thumbs.db", "desktop.ini", "@eaDir/a.jpg/small.jpg"),
                "x/c.jpg",
            )
        )
    )
    assert names(folder_contents(tmp_path)) == ["a.jpg", "x/c.jpg"]


@pytest.mark.parametrize("name", [".hidden", "__MACOSX", "x/.."])
def test_a_folder_that_is_given_is_meant(tmp_path, monkeypatch, name):
    touch(tmp_path / ".hidden/a.jpg", tmp_path / "__MACOSX/a.jpg", tmp_path / "x/b.jpg")
    assert len(folder_contents(tmp_path / name).files) == 1
    monkeypatch.chdir(tmp_path / "x")
    from pathlib import Path

    assert [path.as_posix() for path in folder_contents(Path("..")).files] == ["../x/b.jpg"]


def make_dataset(folder):
    touch(folder / "train/anna_1.jpg", folder / "overview.png")
    (folder / "manifest.json").write_text(json.dumps({"format": "deformable_gan dataset"}))


def test_dataset_folders_and_runs_are_not_looked_into(tmp_path):
    make_dataset(tmp_path / "deep/data")
    for name in ("config.json", "run.json", "grids/1.png", "checkpoints/1.npz"):
        touch(tmp_path / "runs/demo" / name)
    touch(tmp_path / "other/manifest.json", tmp_path / "other/1.jpg", tmp_path / "out/2.jpg")
    contents = folder_contents(tmp_path, datasets=False, without=[tmp_path / "x/../out"])
    assert names(contents) == ["other/1.jpg", "other/manifest.json"]
    assert contents.datasets == [tmp_path / "deep/data", tmp_path / "runs/demo"]
    # By default datasets are searched, except for the files that `prepare` wrote beside the images.
    assert names(folder_contents(tmp_path / "deep")) == ["data/train/anna_1.jpg"]
    assert dataset_above(tmp_path / "deep/data/train") == tmp_path / "deep/data"
    assert dataset_above(tmp_path / "deep") is None


def test_media_that_nothing_reads_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "UNREADABLE_MEDIA", {".heic": "convert them", ".dng": "develop"})
    touch(*(tmp_path / f"{n}.HEIC" for n in range(9)), tmp_path / "a/1.dng", tmp_path / "notes.txt")
    assert folder_contents(tmp_path).unreadable_media() == [
        f"folder {tmp_path}: 1 .dng file(s) left out: develop",
        f"folder {tmp_path}: 9 .heic file(s) left out: convert them",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="file systems elsewhere refuse such names")
def test_names_that_are_no_text_are_problems_of_their_own(tmp_path):
    touch(tmp_path / "a.jpg", tmp_path / os.fsdecode(b"caf\xe9.jpg"))
    contents = folder_contents(tmp_path)
    assert names(contents) == ["a.jpg"]
    ((_, reason),) = contents.problems
    assert "caf\ufffd.jpg is not in UTF-8: rename it" in reason


def test_a_folder_that_cannot_be_read_is_a_problem_of_its_own(tmp_path, monkeypatch):
    touch(tmp_path / "a.jpg", tmp_path / "locked/b.jpg")
    iterdir = type(tmp_path).iterdir

    def refuse(path):
        if path.name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return iterdir(path)

    monkeypatch.setattr(type(tmp_path), "iterdir", refuse)
    contents = folder_contents(tmp_path)
    assert names(contents) == ["a.jpg"]
    assert [reason for _, reason in contents.problems] == [
        f"folder {tmp_path / 'locked'} cannot be read: Permission denied"
    ]
