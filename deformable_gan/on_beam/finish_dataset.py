"""The last step of `prepare` on Beam: annotations, pairs, report, checksums and manifest."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from deformable_gan.data.dataset_folder import MANIFEST, DatasetFolder
from deformable_gan.data.preparing.assembly import write_contents
from deformable_gan.data.preparing.result import read_files
from deformable_gan.errors import DeformableGANError
from deformable_gan.on_beam.outcome import GatheredOutcomes, Outcome
from deformable_gan.on_beam.prepare_job import ERROR, PrepareJob
from deformable_gan.on_beam.store_path import fetch, put_file


def finish_dataset(
    job: PrepareJob, outcomes: Iterable[Outcome], shards: Iterable[tuple[str, str]]
) -> None:
    """Write everything but the images; the manifest comes last.

    The message of an error that a user can fix is written to the work folder. The error is not
    raised, because Beam would retry and hide the message among its own.

    Args:
        job: the job.
        outcomes: the outcomes of all recordings.
        shards: (path in the dataset, SHA-256 digest) of each written shard.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="deformable-gan-beam-") as folder:
            built = _build(job, outcomes, dict(shards), Path(folder))
            files = [file for file in built.rglob("*") if file.is_file()]
            for file in sorted(files, key=lambda file: (file.name == MANIFEST, file)):
                put_file(file, job.building / file.relative_to(built).as_posix())
    except DeformableGANError as error:
        (job.work / ERROR).write_bytes(str(error).encode())


def _build(
    job: PrepareJob, outcomes: Iterable[Outcome], shards: dict[str, str], folder: Path
) -> Path:
    gathered = GatheredOutcomes(outcomes, job)
    readable = gathered.readable

    def read(recording: int, names: Sequence[str]) -> Iterator[bytes]:
        return read_files(fetch(readable[recording].stored_result(), folder), names)

    digests = {
        f"{image.folder}/{image.name}": readable[image.recording].images[image.file].digest
        for image in gathered.contents.files()
    }
    built = folder / "dataset"
    write_contents(gathered.contents, built, gathered.source, read, written=digests)
    if job.megabytes is None:
        return built
    job.prologue()
    from deformable_gan.data.sharding import shard_dataset

    sharded = folder / "sharded"
    shard_dataset(DatasetFolder(built), sharded, job.megabytes, written=shards)
    return sharded
