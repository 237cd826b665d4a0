"""Writing a dataset's images from the recordings' results, on many workers at once."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import apache_beam as beam

from deformable_gan.checksums import file_digest
from deformable_gan.data.dataset_folder import SPLITS
from deformable_gan.data.preparing.result import read_images
from deformable_gan.errors import PoseError
from deformable_gan.on_beam.outcome import GatheredOutcomes, Outcome
from deformable_gan.on_beam.prepare_job import PrepareJob
from deformable_gan.on_beam.store_path import StorePath, fetch, put_file


@dataclass(frozen=True)
class ImageOfResult:
    """An image and where it comes from.

    Attributes:
        name: the image's file name.
        split: `train` or `test`.
        place: its recording's result.
        number: its number in the recording.
        size: of the file, in bytes.
    """

    name: str
    split: str
    place: Path | StorePath
    number: int
    size: int


@dataclass(frozen=True)
class ImagesTask:
    """Images that are written together.

    Attributes:
        shard: the path, in the dataset, of the shard that they make; None for files of their own.
        images: the images.
    """

    shard: str | None
    images: list[ImageOfResult]


def plan_images(job: PrepareJob, outcomes: Iterable[Outcome]) -> list[ImagesTask]:
    """Return what is to be written.

    Args:
        job: what to do.
        outcomes: of all recordings.
    """
    try:
        images = list(_images(GatheredOutcomes(outcomes, job)))
    except PoseError:
        return []  # `finish_dataset` says so
    if job.megabytes is None:
        of_results = groupby(images, key=lambda image: image.place)
        return [ImagesTask(None, list(of_one)) for _, of_one in of_results]
    job.prologue()
    from deformable_gan.data.sharding import divide_into_shards, record_size, shard_name

    tasks = []
    for split in SPLITS:
        of_split = [image for image in images if image.split == split]
        sizes = (record_size(image.name, image.size) for image in of_split)
        for number, stretch in enumerate(divide_into_shards(sizes, job.megabytes)):
            name = shard_name(split, number)
            tasks.append(ImagesTask(name, of_split[stretch.start : stretch.stop]))
    return tasks


def _images(gathered: GatheredOutcomes) -> Iterator[ImageOfResult]:
    for person in gathered.contents.people:
        outcome = gathered.readable[person.recording]
        for image in person.images():
            size = outcome.images[image.number].size
            yield ImageOfResult(image.name, image.split, outcome.place, image.number, size)


class WriteImages(beam.DoFn):
    """Does an `ImagesTask`; yields (path in the dataset, SHA-256 digest) of shards.

    Args:
        job: what to do.
    """

    def __init__(self, job: PrepareJob):
        self._job = job

    def process(self, task: ImagesTask) -> list[tuple[str, str]]:
        """See the class."""
        with tempfile.TemporaryDirectory(prefix="deformable-gan-beam-") as folder:
            images = _read(task.images, Path(folder))
            if task.shard is None:
                for image, data in images:
                    (self._job.building / image.split / image.name).write_bytes(data)
                return []
            self._job.prologue()
            from deformable_gan.data.sharding import write_shard

            path = Path(folder) / "shard"
            write_shard(path, ((image.name, data) for image, data in images))
            put_file(path, self._job.building / task.shard)
            return [(task.shard, file_digest(path))]


def _read(images: list[ImageOfResult], folder: Path) -> Iterator[tuple[ImageOfResult, bytes]]:
    for place, of_result in groupby(images, key=lambda image: image.place):
        wanted = list(of_result)
        path = fetch(place, folder)
        yield from zip(wanted, read_images(path, [one.number for one in wanted]), strict=True)
        if path != place:
            path.unlink()
