"""What one recording gives, kept in one file until the dataset is put together.

The file is a ZIP archive: `images/000012.jpg` for the frames, a NumPy array for each person's
joints, and `result.json`, written last. It appears under its name only when complete.
"""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.errors import DatasetError

#: Raise it when what is made of a recording changes, so that older results are not used.
RESULT_VERSION = 2

_SUMMARY = "result.json"


@dataclass
class PersonFrames:
    """The images of one person.

    Attributes:
        crop: how they were cropped: `fixed`, `follow` or `each`.
        person_share: median height of the body's box as a share of the crop's height.
        numbers: N: the images' numbers in the recording.
        times: N: when they are shown, in seconds; of photographs their numbers.
        splits: N: `train` or `test`.
        keypoints: float32 [N, J, 3] of (y, x, confidence) in pixels of the images.
    """

    crop: str
    person_share: float
    numbers: list[int]
    times: list[float]
    splits: list[str]
    keypoints: np.ndarray


@dataclass
class RecordingResult:
    """What one recording gives.

    Attributes:
        movenet: which network looked for the joints, as in `report.json`.
        sampled: frames or photographs looked at.
        dropped: how many of them were left out for which reason, and how many photographs could
            not be read.
        failure: why the recording gives nothing; None if it gives something.
        failures: (file, reason) for each photograph that cannot be read.
        people: those in it, in the order they appear.
    """

    movenet: dict = field(default_factory=dict)
    sampled: int = 0
    dropped: Counter = field(default_factory=Counter)
    failure: str | None = None
    failures: list[tuple[str, str]] = field(default_factory=list)
    people: list[PersonFrames] = field(default_factory=list)


class ResultWriter:
    """Writes a result: the images as they come, then the rest.

    Args:
        path: the file.
    """

    def __init__(self, path: Path):
        self._file = atomic_file(path)

    def __enter__(self) -> "ResultWriter":
        self._archive = zipfile.ZipFile(self._file.__enter__(), "w", zipfile.ZIP_STORED)
        return self

    def __exit__(self, *exception: object) -> bool | None:
        self._archive.close()
        return self._file.__exit__(*exception)

    def add_image(self, number: int, data: bytes) -> None:
        """Add a frame's encoded image."""
        self._write(_image_name(number), data)

    def finish(self, result: RecordingResult) -> None:
        """Write everything but the images."""
        people = []
        for index, person in enumerate(result.people):
            keypoints = io.BytesIO()
            np.save(keypoints, np.asarray(person.keypoints, np.float32), allow_pickle=False)
            self._write(_keypoints_name(index), keypoints.getvalue())
            people.append({**vars(person), "keypoints": _keypoints_name(index)})
        summary = {**vars(result), "dropped": dict(result.dropped), "people": people}
        self._write(_SUMMARY, json.dumps(summary, ensure_ascii=False).encode())

    def _write(self, name: str, data: bytes) -> None:
        # A fixed date: equal results are equal files.
        self._archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)


def read_result(path: Path) -> RecordingResult:
    """Read a result without its images.

    Raises:
        DatasetError: the file is absent or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            summary = json.loads(archive.read(_SUMMARY))
            people = []
            for person in summary.pop("people"):
                data = archive.read(person.pop("keypoints"))
                keypoints = np.load(io.BytesIO(data), allow_pickle=False)
                people.append(PersonFrames(**person, keypoints=keypoints))
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise DatasetError(f"{path} is not a recording's result: {error}") from error
    summary["dropped"] = Counter(summary["dropped"])
    summary["failures"] = [tuple(failure) for failure in summary["failures"]]
    return RecordingResult(**summary, people=people)


def read_images(path: Path, numbers: list[int]) -> Iterator[bytes]:
    """Yield the encoded images of some frames.

    Raises:
        DatasetError: the file is absent or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for number in numbers:
                yield archive.read(_image_name(number))
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise DatasetError(f"{path} is damaged: {error}; delete it and run again") from error


def _image_name(number: int) -> str:
    return f"images/{number:06d}.jpg"


def _keypoints_name(index: int) -> str:
    return f"keypoints-{index}.npy"
