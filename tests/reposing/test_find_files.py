import os

import pytest

from deformable_gan.errors import MediaError
from deformable_gan.reposing.find_files import find_files


def touch(*paths):
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_what_is_not_meant_and_the_output_are_passed_over(tmp_path):
    for name in ("a.jpg", "._a.jpg", ".ipynb_checkpoints/a.jpg", "__MACOSX/a.jpg", "out/b.jpg"):
        touch(tmp_path / name)
    (tmp_path / "linked").symlink_to(tmp_path / "elsewhere")
    assert find_files([tmp_path], without=[tmp_path / "out"]) == [tmp_path / "a.jpg"]
    assert find_files([tmp_path / "absent.jpg"]) == [tmp_path / "absent.jpg"]


def test_what_is_left_out_is_told(tmp_path):
    bad = tmp_path / os.fsdecode(b"caf\xe9.jpg")
    touch(tmp_path / "p/a.jpg", tmp_path / "p/b.dng", bad)
    told = []
    assert find_files([bad, tmp_path / "p"], report=told.append) == [tmp_path / "p/a.jpg"]
    assert "caf\ufffd.jpg is not in UTF-8" in told[0]
    assert "1 .dng file(s) left out: convert them" in told[1]
    with pytest.raises(MediaError, match="is not in UTF-8"):
        find_files([bad])


def test_folders_without_anything(tmp_path):
    touch(tmp_path / "p/b.dng", tmp_path / "p/clip.mp4")
    with pytest.raises(MediaError, match=r"contains no photographs; .* 1 \.dng file\(s\) left out"):
        find_files([tmp_path / "p"])
    assert find_files([tmp_path / "p"], poses=True) == [tmp_path / "p/clip.mp4"]
