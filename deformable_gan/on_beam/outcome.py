"""The outcome of preparing a recording on a worker, without its images."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from deformable_gan.data.preparing.bulk import describe_source
from deformable_gan.data.preparing.contents import DatasetContents
from deformable_gan.data.preparing.recordings import Recording
from deformable_gan.data.preparing.result import RecordingResult
from deformable_gan.on_beam.prepare_job import PrepareJob
from deformable_gan.on_beam.store_path import StorePath


class ImageFile(NamedTuple):
    """An encoded image.

    Attributes:
        size: the size in bytes.
        digest: SHA-256, in hexadecimal.
    """

    size: int
    digest: str


@dataclass(frozen=True)
class Outcome:
    """The outcome of preparing a recording.

    Attributes:
        number: the recording's position among all recordings.
        recording: the recording.
        checksum: the checksum of its files; None where they cannot be read.
        reason: why there is no result; None where there is one.
        place: the result's file; None where there is no result.
        result: the contents of the result's file without the images; None where there is no result.
        images: the images and their backgrounds by their names in the result.
    """

    number: int
    recording: Recording
    checksum: str | None = None
    reason: str | None = None
    place: Path | StorePath | None = None
    result: RecordingResult | None = None
    images: dict[str, ImageFile] = field(default_factory=dict)

    def stored_result(self) -> Path | StorePath:
        """Return the result's file.

        Raises:
            ValueError: there is no result.
        """
        if self.place is None:
            raise ValueError(f"{self.recording.path} has no result: {self.reason}")
        return self.place

    @property
    def result_or_reason(self) -> RecordingResult | str:
        """The result, or why there is none."""
        return self.reason or "unknown reason" if self.result is None else self.result


class GatheredOutcomes:
    """The outcomes of all recordings, in the recordings' order, and the contents of the dataset.

    Args:
        outcomes: the outcomes, in any order.
        job: the job that they belong to.

    Attributes:
        readable: the outcomes of recordings whose files could be read.
        contents: the contents of the dataset.
        source: the description of the dataset's source, for its manifest.

    Raises:
        PoseError: no usable recording remains.
    """

    def __init__(self, outcomes: Iterable[Outcome], job: PrepareJob):
        ordered = sorted(outcomes, key=lambda outcome: outcome.number)
        self.readable = [outcome for outcome in ordered if outcome.checksum is not None]
        failed = list(job.failed)
        failed += [
            (str(outcome.recording.path), outcome.reason or "unknown reason")
            for outcome in ordered
            if outcome.checksum is None
        ]
        recordings = [outcome.recording for outcome in self.readable]
        results = [outcome.result_or_reason for outcome in self.readable]
        self.contents = DatasetContents(recordings, results, job.options, failed)
        # Recordings without a result have no checksum in the manifest, so they are tried again.
        checksums = [None if outcome.reason else outcome.checksum for outcome in self.readable]
        self.source = describe_source(job.options, job.movenet, recordings, checksums, failed)
