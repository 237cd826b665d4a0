"""The result of one recording, kept in a file until the dataset is assembled.

The file is a ZIP archive: `images/000012.jpg` for the frames, `backgrounds/000012.jpg` for their
backgrounds (or `backgrounds/person-0.jpg` for all images of one person), a NumPy array for each
person's joints, and `result.json`, written last. The archive appears under its name only when
complete.
"""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.errors import DatasetError

#: Increase this when the result of a recording changes, so that older results are not used.
RESULT_VERSION = 4

_SUMMARY = "result.json"
#: The reasons for dropped frames in results of earlier releases, and the same reasons today.
_RENAMED_REASONS = {
    "between training and test": "in the gap between training and test",
    "the frame before it again": "duplicate frame",
    "of somebody seen too briefly": "track too short",
    "that cannot be read": "unreadable",
    "of a recording that could not be used": "recording not usable",
}


@dataclass
class PersonFrames:
    """The images of one person.

    Attributes:
        crop: the kind of crop: `fixed`, `follow` or `each`.
        person_share: median height of the body's box as a share of the crop's height.
        numbers: the N images' numbers in the recording.
        times: the times at which the images are shown, in seconds; for photographs, their numbers.
        splits: `train` or `test` for each image.
        keypoints: float32 [N, J, 3] of (y, x, confidence) in pixels of the images.
        background: the source of the backgrounds: `plate` or `filled`.
        background_change: how much the clip's background changes (see `BackgroundPlate.change`);
            None for photographs and for frames of different sizes.
        background_unseen: the share of the images' area that the plate does not show; None if
            `background` is `filled`.
        camera_extent: how far the camera moves, in pixels of the frames, if the plate follows it;
            None otherwise.
        background_files: the N backgrounds' names in the archive.
    """

    crop: str
    person_share: float
    numbers: list[int]
    times: list[float]
    splits: list[str]
    keypoints: np.ndarray
    background: str = "filled"
    background_change: float | None = None
    background_unseen: float | None = None
    camera_extent: float | None = None
    background_files: list[str] = field(default_factory=list)


@dataclass
class RecordingResult:
    """The result of one recording.

    Attributes:
        movenet: the network that found the joints, as in `report.json`.
        sampled: number of frames or photographs read, including unreadable photographs.
        dropped: number of dropped frames by reason.
        failure: why the recording contributes nothing; None if it contributes something.
        failures: (file, reason) for each unreadable photograph.
        people: the people, in the order in which they appear.
    """

    movenet: dict = field(default_factory=dict)
    sampled: int = 0
    dropped: Counter = field(default_factory=Counter)
    failure: str | None = None
    failures: list[tuple[str, str]] = field(default_factory=list)
    people: list[PersonFrames] = field(default_factory=list)


class ResultWriter:
    """A writer of a result: images as they arrive, then everything else.

    Args:
        path: the file.
    """

    def __init__(self, path: Path):
        self._file = atomic_file(path)

    def __enter__(self) -> "ResultWriter":
        self._archive = zipfile.ZipFile(self._file.__enter__(), "w", zipfile.ZIP_STORED)
        return self

    def __exit__(self, *exception: Any) -> bool | None:
        self._archive.close()
        return self._file.__exit__(*exception)

    def add_file(self, name: str, data: bytes) -> None:
        """Add an encoded image or background under its name in the archive."""
        self._write(name, data)

    def finish(self, result: RecordingResult) -> None:
        """Write everything except the images."""
        people = []
        for index, person in enumerate(result.people):
            keypoints = io.BytesIO()
            np.save(keypoints, np.asarray(person.keypoints, np.float32), allow_pickle=False)
            self._write(_keypoints_name(index), keypoints.getvalue())
            people.append({**vars(person), "keypoints": _keypoints_name(index)})
        summary = {**vars(result), "dropped": dict(result.dropped), "people": people}
        self._write(_SUMMARY, json.dumps(summary, ensure_ascii=False).encode())

    def _write(self, name: str, data: bytes) -> None:
        # A fixed date, so that equal results are equal files.
        self._archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)


def read_result(path: Path) -> RecordingResult:
    """Read a result, except for its images.

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
        raise DatasetError(
            f"{path} is not a recording's result, or is damaged ({error}): delete it and repeat "
            "the command"
        ) from error
    summary["dropped"] = Counter(
        {
            _RENAMED_REASONS.get(reason, reason): count
            for reason, count in summary["dropped"].items()
        }
    )
    summary["failures"] = [tuple(failure) for failure in summary["failures"]]
    return RecordingResult(**summary, people=people)


def describe_dropped(dropped: Mapping[str, int]) -> str:
    """Return the numbers of dropped frames as text, such as `blurred: 3, duplicate frame: 12`."""
    return ", ".join(f"{reason}: {count}" for reason, count in sorted(dropped.items()))


def read_files(path: Path, names: Sequence[str]) -> Iterator[bytes]:
    """Yield some encoded images or backgrounds.

    Args:
        path: the result.
        names: names in the archive: `image_file(number)` or one of `PersonFrames.background_files`.

    Raises:
        DatasetError: the file is absent or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for name in names:
                yield archive.read(name)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise DatasetError(
            f"{path} is absent or damaged ({error}): delete it and repeat the command"
        ) from error


def image_file(number: int) -> str:
    """Return the name of a frame's image in the archive."""
    return f"images/{number:06d}.jpg"


def background_file(number: int) -> str:
    """Return the name of a frame's own background in the archive."""
    return f"backgrounds/{number:06d}.jpg"


def shared_background_file(person: int) -> str:
    """Return the name, in the archive, of the background that all images of a person share."""
    return f"backgrounds/person-{person}.jpg"


def _keypoints_name(index: int) -> str:
    return f"keypoints-{index}.npy"
