"""What a dataset is prepared from: videos, and folders of photographs, each of one person."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from deformable_gan.data.media import PHOTO_SUFFIXES, read_photo
from deformable_gan.data.video import VIDEO_SUFFIXES, clip_information, read_frames
from deformable_gan.errors import MediaError

#: Called with the name of an input, or a part of one, that cannot be used, and why.
FailureReport = Callable[[str, str], None]


@dataclass(frozen=True)
class VideoRecording:
    """A clip of one person.

    Attributes:
        person: the person's name in the dataset.
        path: the video.
    """

    person: str
    path: Path

    kind = "video"

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that it is read from."""
        return (self.path,)

    def frames(
        self, rate: float, height: int, report_failure: FailureReport
    ) -> Iterator[tuple[float, np.ndarray]]:
        """Yield (seconds since the start, frame), as `read_frames`.

        Raises:
            MediaError: the clip cannot be read to its end.
        """
        return read_frames(self.path, rate, height)

    def expected_frames(self, rate: float) -> int:
        """Estimate how many frames there will be.

        Raises:
            MediaError: the clip cannot be read.
        """
        information = clip_information(self.path)
        slowest = min(rate, information.rate or rate)
        return max(1, round((information.duration or 0) * slowest))


@dataclass(frozen=True)
class PhotoRecording:
    """Photographs of one person.

    Attributes:
        person: the person's name in the dataset.
        path: the folder they were found in.
        photos: the files, in order of their names.
    """

    person: str
    path: Path
    photos: tuple[Path, ...]

    kind = "photos"

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that it is read from."""
        return self.photos

    def frames(
        self, rate: float, height: int, report_failure: FailureReport
    ) -> Iterator[tuple[float, np.ndarray]]:
        """Yield (the photograph's number, picture of at most `height` lines).

        Photographs that cannot be read are reported and left out.
        """
        for number, path in enumerate(self.photos):
            try:
                picture = read_photo(path)
            except MediaError as error:
                report_failure(str(path), str(error))
                continue
            if picture.shape[0] > height:
                width = max(1, round(picture.shape[1] * height / picture.shape[0]))
                picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
            yield float(number), picture

    def expected_frames(self, rate: float) -> int:
        """Return how many photographs there are."""
        return len(self.photos)


Recording = VideoRecording | PhotoRecording


def find_recordings(inputs: Iterable[str | Path], report_failure: FailureReport) -> list[Recording]:
    """Find the recordings in videos and folders.

    A file is taken for a video. A folder is searched with its sub-folders for videos, each one
    person, and photographs: those in a sub-folder show one person, named after it; those in the
    folder itself are told apart by what stands before the first `_` of their names, or show one
    person, named after the folder, where no name has a `_`.

    Args:
        inputs: files and folders.
        report_failure: told about inputs that do not exist, hold nothing, or come twice.

    Returns:
        The recordings in the order of the inputs and, within a folder, of the names. People have
        distinct names of letters, digits, `.` and `-`.
    """
    names = PersonNames()
    recordings: list[Recording] = []
    seen: set[Path] = set()
    for path in (Path(one) if isinstance(one, str) else one for one in inputs):
        if not path.exists():
            report_failure(str(path), f"{path} does not exist")
            continue
        resolved = path.resolve()
        if resolved in seen:
            report_failure(str(path), f"{path} is given twice; it is used once")
            continue
        seen.add(resolved)
        if path.is_dir():
            found = _search_folder(path, names)
            if not found:
                report_failure(str(path), f"folder {path} holds no videos or photographs")
            recordings += found
        elif path.suffix.lower() in PHOTO_SUFFIXES:
            report_failure(
                str(path), f"{path} is a single photograph: give the folder that holds several"
            )
        else:
            recordings.append(VideoRecording(names.new(path.stem), path))
    return recordings


def _search_folder(folder: Path, names: "PersonNames") -> list[Recording]:
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.parts[-2:])
    )
    photos: dict[tuple[Path, str], list[Path]] = {}
    in_folder = [p for p in files if p.parent == folder and p.suffix.lower() in PHOTO_SUFFIXES]
    by_prefix = any("_" in path.stem for path in in_folder)
    for path in files:
        if path.suffix.lower() not in PHOTO_SUFFIXES:
            continue
        if path.parent == folder:
            person = path.stem.split("_")[0] if by_prefix else folder.resolve().name
        else:
            person = "-".join(path.parent.relative_to(folder).parts)
        photos.setdefault((path.parent, person), []).append(path)
    recordings: list[Recording] = [
        PhotoRecording(names.new(person), parent, tuple(paths))
        for (parent, person), paths in photos.items()
    ]
    recordings += [
        VideoRecording(names.new(path.stem), path)
        for path in files
        if path.suffix.lower() in VIDEO_SUFFIXES
    ]
    return recordings


class PersonNames:
    """Makes names that an image's file name can begin with, no two alike.

    Args:
        taken: names that are not to be given again.
    """

    def __init__(self, taken: Iterable[str] = ()):
        self._taken = {name.casefold() for name in taken}

    def new(self, wish: str) -> str:
        """Return the name wished for, as near as can be: letters, digits, `.` and `-`."""
        letters = [
            character if character.isalnum() or character == "." else "-"
            for character in unicodedata.normalize("NFC", wish)
        ]
        # A leading dot would hide the file; a leading `-1` marks a distractor in Market-1501.
        base = "-".join(filter(None, "".join(letters).split("-"))).strip(".") or "person"
        name, number = base, 1
        while name.casefold() in self._taken:  # some file systems do not tell a from A
            number += 1
            name = f"{base}-{number}"
        self._taken.add(name.casefold())
        return name
