"""The contents of a dataset: every person's name and images, before any image is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from deformable_gan.data.dataset_folder import BACKGROUNDS
from deformable_gan.data.preparing.person_names import PersonNames
from deformable_gan.data.preparing.prepare_options import PrepareOptions
from deformable_gan.data.preparing.recordings import Recording
from deformable_gan.data.preparing.report import PersonReport, PrepareReport, RecordingReport
from deformable_gan.data.preparing.result import PersonFrames, RecordingResult, image_file
from deformable_gan.errors import PoseError
from deformable_gan.pose.skeleton import get_skeleton


class ImageEntry(NamedTuple):
    """One image of a person.

    Attributes:
        split: `train` or `test`.
        name: the image's file name.
        number: the frame's number in its recording.
        time: the time at which the frame is shown, in seconds, or a photograph's number.
        keypoints: float32 [J, 3] of (y, x, confidence) in pixels of the image.
        file: the image's name in its recording's result.
        background: the file name of the image's background.
        background_file: the background's name in the recording's result.
    """

    split: str
    name: str
    number: int
    time: float
    keypoints: np.ndarray
    file: str
    background: str
    background_file: str


class FileEntry(NamedTuple):
    """A file of the dataset that a recording's result holds.

    Attributes:
        folder: the folder in the dataset: `train`, `backgrounds-train`, `test` or
            `backgrounds-test`.
        name: the file name in the dataset.
        recording: the recording's position in the list of recordings.
        file: the file's name in the recording's result.
    """

    folder: str
    name: str
    recording: int
    file: str


@dataclass(frozen=True)
class PersonEntry:
    """One person of the dataset.

    Attributes:
        name: the person's name.
        frames: the images.
        entry: the recording's entry in the report.
        recording: the recording's position in the list of recordings.
    """

    name: str
    frames: PersonFrames
    entry: RecordingReport
    recording: int

    def images(self) -> Iterator[ImageEntry]:
        """Yield the images in the recording's order."""
        frames = self.frames
        for number, time, split, keypoints, background_file in zip(
            frames.numbers,
            frames.times,
            frames.splits,
            frames.keypoints,
            frames.background_files,
            strict=True,
        ):
            name = f"{self.name}_{number:06d}.jpg"
            background = self.shared_background or name
            yield ImageEntry(
                split,
                name,
                number,
                time,
                keypoints,
                image_file(number),
                background,
                background_file,
            )

    def backgrounds(self) -> dict[str, str]:
        """Return the backgrounds' names in the result by their paths in the dataset."""
        return {
            f"{BACKGROUNDS}{image.split}/{image.background}": image.background_file
            for image in self.images()
        }

    @property
    def shared_background(self) -> str | None:
        """The file name of the background that all images share; None if each has its own."""
        alike = len(set(self.frames.background_files)) == 1 < len(self.frames.background_files)
        return f"{self.name}.jpg" if alike else None


class DatasetContents:
    """The people of a dataset with their names, and its report without the numbers of pairs.

    Args:
        recordings: the videos and photographs.
        results: each recording's result or, as a string, why there is none.
        options: how the dataset is made.
        failed: (input, reason) of inputs already found to be unusable, for the report.

    Attributes:
        options: the argument.
        people: the people, in the order of the recordings.
        skeleton: the estimator's layout of the joints.
        report: complete except for the numbers of pairs.

    Raises:
        PoseError: no usable images remain.
    """

    def __init__(
        self,
        recordings: Sequence[Recording],
        results: Sequence[RecordingResult | str],
        options: PrepareOptions,
        failed: Sequence[tuple[str, str]] = (),
    ):
        self.options = options
        self.people: list[PersonEntry] = []
        self.report = PrepareReport(options, {}, failed=list(failed))
        self._names = PersonNames(recording.person for recording in recordings)
        for number, (recording, result) in enumerate(zip(recordings, results, strict=True)):
            self._add(number, recording, result)
        if not self.people:
            reasons = "; ".join(reason for _, reason in self.report.failed[:5])
            more = len(self.report.failed) - 5
            raise PoseError(
                f"no usable image in any input, so no dataset was made: {reasons}"
                + (f"; and {more} more" if more > 0 else "")
            )
        self.skeleton = get_skeleton(self.report.movenet["skeleton"])

    def files(self) -> Iterator[FileEntry]:
        """Yield all images and backgrounds; within a folder, in the order of the annotations."""
        for person in self.people:
            for image in person.images():
                yield FileEntry(image.split, image.name, person.recording, image.file)
            for name, file in person.backgrounds().items():
                folder, _, name = name.partition("/")
                yield FileEntry(folder, name, person.recording, file)

    def _add(self, number: int, recording: Recording, result: RecordingResult | str) -> None:
        report = self.report
        entry = RecordingReport(str(recording.path), recording.kind, recording.person)
        report.recordings.append(entry)
        if isinstance(result, str):
            report.failed.append((entry.source, result))
            return
        report.movenet = report.movenet or result.movenet
        entry.sampled, entry.dropped = result.sampled, result.dropped
        report.failed += result.failures
        if result.failure is not None:
            report.failed.append((entry.source, result.failure))
        for name, frames in zip(self._names_of(entry, result), result.people, strict=True):
            entry.people.append(
                PersonReport(
                    name,
                    frames.crop,
                    round(frames.times[0], 3),
                    round(frames.times[-1], 3),
                    frames.splits.count("train"),
                    frames.splits.count("test"),
                    round(frames.person_share, 3),
                    frames.background,
                    frames.background_change,
                    frames.background_unseen,
                    frames.camera_extent,
                )
            )
            self.people.append(PersonEntry(name, frames, entry, number))

    def _names_of(self, entry: RecordingReport, result: RecordingResult) -> list[str]:
        if len(result.people) == 1:
            return [entry.person]
        return [
            self._names.new(f"{entry.person}-{_letters(index)}")
            for index in range(len(result.people))
        ]


def _letters(index: int) -> str:
    """Return the name for a number: a to z, then aa, ab and so on."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("a") + rest) + text
    return text
