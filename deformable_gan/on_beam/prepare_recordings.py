"""Preparing recordings on a worker of Beam."""

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import apache_beam as beam
from apache_beam.metrics import Metrics

from deformable_gan.checksums import file_digest
from deformable_gan.data.preparing.recordings import Recording
from deformable_gan.data.preparing.result import image_file, read_files, read_result
from deformable_gan.data.preparing.work_folder import (
    combined_checksum,
    file_checksums,
    result_name,
)
from deformable_gan.data.preparing.worker_process import WorkerProcess, WorkerSettings
from deformable_gan.errors import DatasetError, MediaError
from deformable_gan.on_beam.counters import NAMESPACE
from deformable_gan.on_beam.fetched_recording import FetchedRecording
from deformable_gan.on_beam.outcome import ImageFile, Outcome
from deformable_gan.on_beam.prepare_job import PrepareJob
from deformable_gan.on_beam.store_path import StorePath, fetch, put_file


class PrepareRecordings(beam.DoFn):
    """A step that prepares a recording, stores the result and yields the recording's `Outcome`.

    Its elements are pairs (number, recording). The results are stored in the job's work folder, and
    those of an earlier job are reused. MoveNet runs in a separate process, one for each thread of
    the worker, and is loaded once per process. Because the process does nothing else, its results
    are identical to the last bit even on a busy worker, and a clip that crashes a video decoder
    ends neither Beam's worker nor the job.

    Args:
        job: the job.
    """

    def __init__(self, job: PrepareJob):
        self._job = job
        self._prepared = Metrics.counter(NAMESPACE, "recordings prepared")
        self._reused = Metrics.counter(NAMESPACE, "recordings prepared earlier")
        self._lost = Metrics.counter(NAMESPACE, "recordings without a result")

    def setup(self) -> None:
        """Fetch MoveNet if it is in an object store, and prepare the settings of its process."""
        self._folder = tempfile.TemporaryDirectory(prefix="deformable-gan-beam-")
        movenet = self._job.movenet
        self._settings = WorkerSettings(
            self._job.options,
            fetch(self._job.model, Path(self._folder.name)),
            movenet["variant"],
            movenet["second_look"],
            self._job.prologue,
        )
        self._worker: WorkerProcess | None = None

    def teardown(self) -> None:
        """End MoveNet's process."""
        if self._worker:
            self._worker.end()
        self._folder.cleanup()

    def process(self, element: tuple[int, Recording]) -> Iterator[Outcome]:
        """Yield the outcome of a recording; see the class."""
        number, recording = element
        with tempfile.TemporaryDirectory(dir=self._folder.name) as folder:
            yield self._prepare(number, recording, Path(folder))

    def _prepare(self, number: int, recording: Recording, folder: Path) -> Outcome:
        try:
            fetched = FetchedRecording.of(recording, folder)
            checksum = combined_checksum(recording, file_checksums(fetched, file_digest))  # type: ignore[arg-type]  # a StorePath works like a Path
        except MediaError as error:
            self._lost.inc()
            return Outcome(number, recording, reason=str(error))
        job = self._job
        place = job.work / result_name(recording, checksum, job.options, job.movenet)
        if place.exists():
            try:
                path = fetch(place, folder)
                outcome = _outcome(number, recording, checksum, place, path)
            except DatasetError:
                pass  # the result is damaged and is made again
            else:
                self._reused.inc()
                return outcome
        path = folder / place.name if isinstance(place, StorePath) else place
        reason = self._process_with_movenet().prepare(fetched, path)  # type: ignore[arg-type]  # a StorePath works like a Path
        if reason is not None:
            self._lost.inc()
            return Outcome(number, recording, checksum, reason)
        if path != place:
            put_file(path, place)
        self._prepared.inc()
        return _outcome(number, recording, checksum, place, path)

    def _process_with_movenet(self) -> WorkerProcess:
        # Not in `setup`: if all results exist already, the process is not needed.
        if self._worker is None or not self._worker.alive:
            self._worker = WorkerProcess(self._settings)
        return self._worker


def _outcome(
    number: int, recording: Recording, checksum: str, place: Path | StorePath, path: Path
) -> Outcome:
    result = read_result(path)
    names = [image_file(number) for person in result.people for number in person.numbers]
    names += dict.fromkeys(name for person in result.people for name in person.background_files)
    images = {
        name: ImageFile(len(data), hashlib.sha256(data).hexdigest())
        for name, data in zip(names, read_files(path, names), strict=True)
    }
    return Outcome(number, recording, checksum, None, place, result, images)
