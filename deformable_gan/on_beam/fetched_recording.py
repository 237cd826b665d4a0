"""A recording from an object store, with its files copied to this machine."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deformable_gan.data.preparing.recordings import (
    FailureReport,
    PhotoRecording,
    Recording,
    VideoRecording,
)
from deformable_gan.errors import MediaError
from deformable_gan.on_beam.store_path import StorePath, fetch


@dataclass(frozen=True)
class FetchedRecording:
    """A recording that reads local copies but names the original files in messages.

    Attributes:
        original: the recording in the object store.
        copy: the same recording with the paths of the local copies.
    """

    original: Recording
    copy: Recording

    @classmethod
    def of(cls, recording: Recording, folder: Path) -> "Recording | FetchedRecording":
        """Copy a recording's files to a folder; return a recording on this machine unchanged.

        Raises:
            MediaError: a video cannot be read.
        """
        if not isinstance(recording.path, StorePath):
            return recording
        copies = []
        for number, file in enumerate(recording.files):
            place = folder / str(number)  # several files may have the same name
            place.mkdir()
            try:
                copies.append(fetch(file, place))
            except OSError as error:
                if isinstance(recording, VideoRecording):
                    raise MediaError(f"{file} cannot be read: {error}") from error
                copies.append(place / file.name)  # a missing photograph is reported later
        if isinstance(recording, VideoRecording):
            return cls(recording, dataclasses.replace(recording, path=copies[0]))
        return cls(recording, PhotoRecording(recording.person, folder, tuple(copies)))

    @property
    def person(self) -> str:
        """The person's name in the dataset."""
        return self.original.person

    @property
    def path(self) -> StorePath:
        """The recording's path in the object store, for messages."""
        return self.original.path  # type: ignore[return-value]  # a StorePath works like a Path

    @property
    def kind(self) -> str:
        """The kind of the recording."""
        return self.original.kind

    @property
    def files(self) -> tuple[Path, ...]:
        """The copied files."""
        return self.copy.files

    def frames(
        self, rate: float, height: int, report_failure: FailureReport
    ) -> Iterator[tuple[float, np.ndarray]]:
        """Yield the frames of the copies; see the recording's method.

        Raises:
            MediaError: the video cannot be read; a photograph that cannot be read is reported.
        """

        def report(name: str, reason: str) -> None:
            report_failure(self._renamed(name), self._renamed(reason))

        try:
            yield from self.copy.frames(rate, height, report)
        except MediaError as error:
            raise MediaError(self._renamed(str(error))) from error

    def expected_frames(self, rate: float) -> int:
        """Return the expected number of frames; see the recording's method."""
        return self.copy.expected_frames(rate)

    def _renamed(self, text: str) -> str:
        for copy, original in zip(self.copy.files, self.original.files, strict=True):
            text = text.replace(str(copy), str(original))
        return text
