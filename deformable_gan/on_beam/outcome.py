"""What became of a recording on a worker, without its images."""

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
        size: in bytes.
        digest: SHA-256, in hexadecimal.
    """

    size: int
    digest: str


@dataclass(frozen=True)
class Outcome:
    """What became of a recording.

    Attributes:
        number: its position among all.
        recording: the recording.
        checksum: of its files; None where they cannot be read.
        reason: why there is no result; None where there is one.
        place: the result's file, if there is one.
        result: what is in it but for the images.
        images: the images and their backgrounds by their names in the result.
    """

    number: int
    recording: Recording
    checksum: str | None = None
    reason: str | None = None
    place: Path | StorePath | None = None
    result: RecordingResult | None = None
    images: dict[str, ImageFile] = field(default_factory=dict)


class GatheredOutcomes:
    """All outcomes, in the recordings' order, and the dataset they make.

    Args:
        outcomes: in any order.
        job: what they were made for.

    Attributes:
        readable: the outcomes of recordings whose files could be read.
        contents: what the dataset holds.
        source: what it is made from, for its manifest.

    Raises:
        PoseError: nothing usable remains.
    """

    def __init__(self, outcomes: Iterable[Outcome], job: PrepareJob):
        ordered = sorted(outcomes, key=lambda outcome: outcome.number)
        self.readable = [outcome for outcome in ordered if outcome.checksum is not None]
        failed = [
            *job.failed,
            *((str(one.recording.path), one.reason) for one in ordered if one.checksum is None),
        ]
        recordings = [outcome.recording for outcome in self.readable]
        self.contents = DatasetContents(
            recordings,
            [outcome.reason or outcome.result for outcome in self.readable],  # type: ignore[misc]  # not None here
            job.options,
            failed,  # type: ignore[arg-type]  # not None here
        )
        self.source = describe_source(
            job.options,
            job.movenet,
            recordings,
            # What has no result is to be tried again.
            [None if outcome.reason else outcome.checksum for outcome in self.readable],
            failed,  # type: ignore[arg-type]  # not None here
        )
