"""A recording of an object store while its files are on this machine."""

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
    """Reads the copies, and calls them by their names in the object store.

    Attributes:
        original: the recording.
        copy: the same of the copies.
    """

    original: Recording
    copy: Recording

    @classmethod
    def of(cls, recording: Recording, folder: Path) -> "Recording | FetchedRecording":
        """Copy a recording's files to a folder; return it as it is if it is on this machine.

        Raises:
            MediaError: a video cannot be read.
        """
        if not isinstance(recording.path, StorePath):
            return recording
        copies = []
        for number, file in enumerate(recording.files):
            place = folder / str(number)  # names need not differ
            place.mkdir()
            try:
                copies.append(fetch(file, place))
            except OSError as error:
                if isinstance(recording, VideoRecording):
                    raise MediaError(f"{file} cannot be read: {error}") from error
                copies.append(place / file.name)  # absent: left out among the photographs
        if isinstance(recording, VideoRecording):
            return cls(recording, dataclasses.replace(recording, path=copies[0]))
        return cls(recording, PhotoRecording(recording.person, folder, tuple(copies)))

    @property
    def person(self) -> str:
        """The person's name in the dataset."""
        return self.original.person

    @property
    def path(self) -> StorePath:
        """Where it lies, for messages."""
        return self.original.path  # type: ignore[return-value]  # store paths do what paths do

    @property
    def kind(self) -> str:
        """As the recording's."""
        return self.original.kind

    @property
    def files(self) -> tuple[Path, ...]:
        """The copies."""
        return self.copy.files

    def frames(
        self, rate: float, height: int, report_failure: FailureReport
    ) -> Iterator[tuple[float, np.ndarray]]:
        """Do what the recording's method does.

        Raises:
            MediaError: likewise.
        """

        def report(name: str, reason: str) -> None:
            report_failure(self._renamed(name), self._renamed(reason))

        try:
            yield from self.copy.frames(rate, height, report)
        except MediaError as error:
            raise MediaError(self._renamed(str(error))) from error

    def expected_frames(self, rate: float) -> int:
        """Do what the recording's method does."""
        return self.copy.expected_frames(rate)

    def _renamed(self, text: str) -> str:
        for copy, original in zip(self.copy.files, self.original.files, strict=True):
            text = text.replace(str(copy), str(original))
        return text
