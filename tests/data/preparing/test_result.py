import contextlib
from collections import Counter

import numpy as np
import pytest

from deformable_gan.data.preparing.result import (
    PersonFrames,
    RecordingResult,
    ResultWriter,
    describe_dropped,
    image_file,
    read_files,
    read_result,
)
from deformable_gan.errors import DatasetError


def write(path):
    keypoints = np.random.default_rng(0).normal(size=(2, 17, 3)).astype(np.float32)
    person = PersonFrames(
        "fixed",
        0.75,
        [3, 7],
        [0.5, 1 / 3],
        ["train", "test"],
        keypoints,
        "plate",
        0.01,
        0.2,
        ["backgrounds/person-0.jpg"] * 2,
    )
    result = RecordingResult(
        {"format": "x"}, 9, Counter(blurred=7), None, [("a.jpg", "ünreadable")], [person]
    )
    with ResultWriter(path) as writer:
        writer.add_file(image_file(3), b"three")
        writer.add_file(image_file(7), b"seven")
        writer.add_file("backgrounds/person-0.jpg", b"behind")
        writer.finish(result)
    return result


def test_everything_comes_back(tmp_path):
    written = write(tmp_path / "a.zip")
    result = read_result(tmp_path / "a.zip")
    (person,) = result.people
    assert result.dropped["blurred"] == 7
    np.testing.assert_array_equal(person.keypoints, written.people[0].keypoints)
    person.keypoints = written.people[0].keypoints = None
    assert result == written
    names = [image_file(7), "backgrounds/person-0.jpg", image_file(3)]
    assert list(read_files(tmp_path / "a.zip", names)) == [b"seven", b"behind", b"three"]
    write(tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_reasons_of_earlier_releases_are_renamed(tmp_path):
    dropped = Counter(
        {"the frame before it again": 3, "of somebody seen too briefly": 2, "blurred": 1}
    )
    with ResultWriter(tmp_path / "old.zip") as writer:
        writer.finish(RecordingResult({}, 6, dropped))
    renamed = read_result(tmp_path / "old.zip").dropped
    assert renamed == {"duplicate frame": 3, "track too short": 2, "blurred": 1}
    assert describe_dropped(renamed) == "blurred: 1, duplicate frame: 3, track too short: 2"


def test_half_a_result_is_none(tmp_path):
    with contextlib.suppress(KeyboardInterrupt), ResultWriter(tmp_path / "a.zip") as writer:
        writer.add_file(image_file(0), b"x")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    write(tmp_path / "a.zip")
    data = (tmp_path / "a.zip").read_bytes()
    (tmp_path / "a.zip").write_bytes(data[:-100])
    with pytest.raises(DatasetError, match=r"a\.zip is not a recording's result"):
        read_result(tmp_path / "a.zip")
    with pytest.raises(DatasetError, match="delete it and repeat the command"):
        list(read_files(tmp_path / "a.zip", [image_file(3)]))
