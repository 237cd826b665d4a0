"""The inputs of a dataset: videos, and photographs grouped by person."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deformable_gan.data.file_names import describe_no_text, is_text, printable
from deformable_gan.data.folder_contents import dataset_above, folder_contents
from deformable_gan.data.media import PHOTO_SUFFIXES, UNREADABLE_MEDIA, read_photo
from deformable_gan.data.preparing.person_names import PersonNames, is_camera_name
from deformable_gan.data.scaling import scaled
from deformable_gan.data.video import VIDEO_SUFFIXES, clip_information, read_frames
from deformable_gan.errors import MediaError

#: Called with the name of an unusable input, or of an unusable file in an input, and the reason.
FailureReport = Callable[[str, str], None]


@dataclass(frozen=True)
class VideoRecording:
    """A clip of one person, or of several people one after the other.

    Attributes:
        person: the person's name in the dataset; several people's names begin with it.
        path: the video.
    """

    person: str
    path: Path

    kind = "video"

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of the recording."""
        return (self.path,)

    def frames(
        self, rate: float, height: int, report_failure: FailureReport
    ) -> Iterator[tuple[float, np.ndarray]]:
        """Yield (seconds since the start, frame), as in `read_frames`.

        Raises:
            MediaError: the clip cannot be read to its end.
        """
        return read_frames(self.path, rate, height)

    def expected_frames(self, rate: float) -> int:
        """Estimate the number of frames.

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
        path: the folder of the photographs.
        photos: the files, in order of their names.
    """

    person: str
    path: Path
    photos: tuple[Path, ...]

    kind = "photos"

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of the recording."""
        return self.photos

    def frames(
        self, rate: float, height: int, report_failure: FailureReport
    ) -> Iterator[tuple[float, np.ndarray]]:
        """Yield (the photograph's number, image at most `height` pixels high).

        Photographs that cannot be read are reported and left out.
        """
        for number, path in enumerate(self.photos):
            try:
                image = read_photo(path)
            except MediaError as error:
                report_failure(str(path), str(error))
                continue
            if image.shape[0] > height:
                width = max(1, round(image.shape[1] * height / image.shape[0]))
                image = scaled(image, (height, width))
            yield float(number), image

    def expected_frames(self, rate: float) -> int:
        """Return the number of photographs."""
        return len(self.photos)


Recording = VideoRecording | PhotoRecording


def find_recordings(
    inputs: Iterable[str | Path], report_failure: FailureReport, without: Iterable[Path] = ()
) -> list[Recording]:
    """Find the recordings in videos and folders.

    An input file counts as a video, unless its suffix is that of a photograph or of a format that
    cannot be read; such a file is reported. A folder is searched with its sub-folders (see
    `folder_contents`) for videos and photographs. Each video is one recording, named after the
    file. The photographs in a sub-folder show one person, named after the sub-folder's path. The
    photographs in the folder itself show one person, named after the folder, if no name has a `_`
    or if a camera gave at least half of the names (`IMG_1.jpg`, see `is_camera_name`). Otherwise
    the part of a name before the first `_` is the person, and photographs with names given by a
    camera still show the folder's person.

    Args:
        inputs: files and folders.
        report_failure: called for inputs that cannot be used, contain nothing or are given twice,
            and for what is left out of a folder: media files in formats that cannot be read,
            dataset folders, and names that are not UTF-8.
        without: folders that are never searched, such as the output.

    Returns:
        The recordings in the order of the inputs; within a folder photographs come before videos,
        both in the order of their paths. People have distinct names of letters, digits, `.` and
        `-`.
    """
    names = PersonNames()
    recordings: list[Recording] = []
    seen: set[Path] = set()
    without = list(without)
    for path in (Path(one) if isinstance(one, str) else one for one in inputs):
        if not is_text(path):
            report_failure(printable(path), describe_no_text(path))
            continue
        if not path.exists():
            report_failure(str(path), f"{path} does not exist")
            continue
        resolved = path.resolve()
        if resolved in seen:
            report_failure(str(path), f"{path} is given more than once: it is used once")
            continue
        seen.add(resolved)
        suffix = path.suffix.lower()
        if path.is_dir():
            recordings += _search_folder(path, names, report_failure, without)
        elif suffix in PHOTO_SUFFIXES:
            report_failure(
                str(path), f"{path} is a single photograph: give a folder that holds several"
            )
        elif suffix in UNREADABLE_MEDIA:
            advice = UNREADABLE_MEDIA[suffix].replace("them", "it")
            report_failure(str(path), f"{path} has a format that cannot be read: {advice}")
        else:
            recordings.append(VideoRecording(names.new(path.stem), path))
    return recordings


def _search_folder(
    folder: Path, names: PersonNames, report_failure: FailureReport, without: Sequence[Path]
) -> list[Recording]:
    if dataset := dataset_above(folder):
        report_failure(
            str(folder),
            f"{folder} cannot be an input, because it is or lies in the dataset folder {dataset}: "
            "give clips or photographs",
        )
        return []
    contents = folder_contents(folder, datasets=False, without=without)
    for name, reason in contents.problems:
        report_failure(printable(name), reason)
    for path in contents.datasets:
        report_failure(str(path), f"{path} is left out: it is a dataset folder or a training run")
    unreadable = contents.unreadable_media()
    for reason in unreadable:
        report_failure(str(folder), reason)
    photos: dict[tuple[Path, str], list[Path]] = {}
    every_photo = contents.of_kind(PHOTO_SUFFIXES)
    own = [path.stem for path in every_photo if path.parent == folder]
    cameras = sum(map(is_camera_name, own))
    by_prefix = any("_" in stem for stem in own) and 2 * cameras < len(own)
    for path in every_photo:
        if path.parent == folder:
            named = by_prefix and not is_camera_name(path.stem)
            person = path.stem.split("_")[0] if named else folder.resolve().name
        else:
            person = "-".join(path.parent.relative_to(folder).parts)
        photos.setdefault((path.parent, person), []).append(path)
    recordings: list[Recording] = [
        PhotoRecording(names.new(person), parent, tuple(paths))
        for (parent, person), paths in photos.items()
    ]
    recordings += [
        VideoRecording(names.new(path.stem), path) for path in contents.of_kind(VIDEO_SUFFIXES)
    ]
    if not recordings and not unreadable:
        report_failure(str(folder), f"folder {folder} contains no usable videos or photographs")
    return recordings
