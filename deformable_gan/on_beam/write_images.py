"""Writing a dataset's images from the recordings' results, on many workers in parallel."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import apache_beam as beam

from deformable_gan.checksums import file_digest
from deformable_gan.data.dataset_folder import BACKGROUNDS, SPLITS
from deformable_gan.data.preparing.result import read_files
from deformable_gan.errors import PoseError
from deformable_gan.on_beam.outcome import GatheredOutcomes, Outcome
from deformable_gan.on_beam.prepare_job import PrepareJob
from deformable_gan.on_beam.store_path import StorePath, fetch, put_file


@dataclass(frozen=True)
class ImageOfResult:
    """An image or a background of the dataset, and where to read it.

    Attributes:
        name: the image's file name in the dataset.
        folder: the image's folder in the dataset.
        place: the file with the result of the image's recording.
        file: the image's name in that result.
        size: the size of the image, in bytes.
    """

    name: str
    folder: str
    place: Path | StorePath
    file: str
    size: int


@dataclass(frozen=True)
class ImagesTask:
    """Images that one worker writes.

    Attributes:
        shard: the path of the shard in the dataset; None to write separate files.
        images: the images.
    """

    shard: str | None
    images: list[ImageOfResult]


def plan_images(job: PrepareJob, outcomes: Iterable[Outcome]) -> list[ImagesTask]:
    """Return the tasks that write all images.

    Args:
        job: the job.
        outcomes: the outcomes of all recordings.
    """
    try:
        images = list(_images(GatheredOutcomes(outcomes, job)))
    except PoseError:
        return []  # `finish_dataset` reports it
    if job.megabytes is None:
        of_results = groupby(images, key=lambda image: image.place)
        return [ImagesTask(None, list(of_one)) for _, of_one in of_results]
    job.prologue()
    from deformable_gan.data.sharding import divide_into_shards, record_size, shard_name

    tasks = []
    for folder in (*SPLITS, *(f"{BACKGROUNDS}{split}" for split in SPLITS)):
        in_folder = [image for image in images if image.folder == folder]
        sizes = (record_size(image.name, image.size) for image in in_folder)
        for number, stretch in enumerate(divide_into_shards(sizes, job.megabytes)):
            name = shard_name(folder, number)
            tasks.append(ImagesTask(name, in_folder[stretch.start : stretch.stop]))
    return tasks


def _images(gathered: GatheredOutcomes) -> Iterator[ImageOfResult]:
    for image in gathered.contents.files():
        outcome = gathered.readable[image.recording]
        size = outcome.images[image.file].size
        yield ImageOfResult(image.name, image.folder, outcome.stored_result(), image.file, size)


class WriteImages(beam.DoFn):
    """A step that writes the images of an `ImagesTask`.

    It returns (path in the dataset, SHA-256 digest) of each shard.

    Args:
        job: the job.
    """

    def __init__(self, job: PrepareJob):
        self._job = job

    def process(self, task: ImagesTask) -> list[tuple[str, str]]:
        """Write the images of a task; see the class."""
        with tempfile.TemporaryDirectory(prefix="deformable-gan-beam-") as folder:
            images = _read(task.images, Path(folder))
            if task.shard is None:
                for image, data in images:
                    (self._job.building / image.folder / image.name).write_bytes(data)
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
        yield from zip(wanted, read_files(path, [one.file for one in wanted]), strict=True)
        if path != place:
            path.unlink()
