import errno
import os

import pytest

from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.errors import MediaError


def test_file_appears_whole(tmp_path):
    path = tmp_path / "sub" / "a.txt"
    with atomic_file(path) as temporary:
        temporary.write_text("half")
        assert not path.exists()
        assert temporary.suffix == ".txt"
    assert path.read_text() == "half"
    assert list(path.parent.iterdir()) == [path]


def test_an_exception_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail_half_way():
        with atomic_file(path) as temporary:
            temporary.write_text("new")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail_half_way()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_in_the_way_is_named(tmp_path):
    (tmp_path / "a.txt" / "full").mkdir(parents=True)
    with (
        pytest.raises(MediaError, match=r"cannot write .*a\.txt"),
        atomic_file(tmp_path / "a.txt") as temporary,
    ):
        temporary.write_text("new")


def test_a_full_disk_is_said_in_words_other_errors_are_the_block_s(tmp_path):
    def fail(number):
        with atomic_file(tmp_path / "a.txt"):
            raise OSError(number, os.strerror(number), "a.txt")

    with pytest.raises(MediaError, match=r"cannot write .*a\.txt: No space left"):
        fail(errno.ENOSPC)
    with pytest.raises(FileNotFoundError):
        fail(errno.ENOENT)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a" * 251 + ".txt", "é" * 125 + "a.txt", "舞" * 83 + ".txt"])
def test_the_longest_names(tmp_path, name):
    with atomic_file(tmp_path / name) as temporary:
        temporary.write_text("text")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with (
        pytest.raises(MediaError, match="choose a shorter name"),
        atomic_file(tmp_path / f"a{name}aa"),
    ):
        pass
