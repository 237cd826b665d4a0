import os
import sys

import pytest

from deformable_gan.errors import MediaError
from deformable_gan.evaluation.image_files import contents_digest, find_images


def test_pictures_of_subfolders_without_what_is_hidden(tmp_path):
    names = ["b.PNG", "a/b c ü.jpeg", "._b.png", ".b.png.writing-1/b.png", "notes.txt"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    assert find_images(tmp_path) == [tmp_path / "a/b c ü.jpeg", tmp_path / "b.PNG"]


@pytest.mark.skipif(sys.platform != "linux", reason="file systems elsewhere refuse such names")
def test_names_that_are_no_text(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.png")).touch()
    with pytest.raises(MediaError, match=r"the name of .*caf\ufffd\.png is not in UTF-8"):
        find_images(tmp_path)


def test_contents_count_and_dates_do_not(tmp_path):
    files = [tmp_path / "a.png", tmp_path / "b.png"]
    for path in files:
        path.write_bytes(path.name.encode())
    digest = contents_digest(files)
    os.utime(files[0], (1, 1))
    assert contents_digest(files) == digest
    assert contents_digest(files[::-1]) != digest
    files[0].write_bytes(b"c.png")
    os.utime(files[0], (1, 1))
    assert contents_digest(files) != digest
    files[0].unlink()
    with pytest.raises(MediaError, match=r"a\.png cannot be read"):
        contents_digest(files)
