import os
from pathlib import PureWindowsPath

import pytest

from deformable_gan.data.file_names import is_text, printable, shortened


@pytest.mark.parametrize("letter", ["a", "é", "舞", "💃"])
def test_names_are_shortened_by_bytes_and_stay_different(letter):
    name = letter * 300
    short = shortened(name, 100)
    assert len(short.encode()) <= 100
    assert short.startswith(letter * 20)
    assert shortened(name + "b", 100) != short
    assert shortened(name, 100) == short


def test_short_names_stay():
    assert shortened("é" * 50, 100) == "é" * 50
    assert shortened("é" * 51, 100) != "é" * 51


def test_names_that_are_no_text():
    name = os.fsdecode(b"caf\xe9")
    assert is_text("café")
    assert not is_text(name)
    assert printable(name) == "caf\ufffd"
    assert len(os.fsencode(shortened(name * 100, 60))) <= 60


def test_names_that_no_file_can_have(tmp_path):
    from deformable_gan.data.file_names import LONGEST_NAME, check_name
    from deformable_gan.errors import MediaError

    check_name(tmp_path / ("é" * 127))
    with pytest.raises(MediaError, match="has 256 bytes, but at most 255 are allowed"):
        check_name(tmp_path / ("é" * 128))
    with pytest.raises(MediaError, match="at most 220"):
        check_name(tmp_path / ("a" * 221), LONGEST_NAME)


def test_paths_of_windows():
    from deformable_gan.data.file_names import LONGEST_NAME, check_name
    from deformable_gan.errors import MediaError

    folder = PureWindowsPath(r"C:\Users\Zoë\clips") / ("a" * 300)
    # Only the last part is a new name.
    check_name(folder / "anna.mp4", LONGEST_NAME)
    with pytest.raises(MediaError, match="has 300 bytes"):
        check_name(folder, LONGEST_NAME)
    assert is_text(folder)
    assert printable(folder).startswith("C:\\Users\\Zoë\\clips\\aaa")
