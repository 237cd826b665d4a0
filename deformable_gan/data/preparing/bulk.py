"""Preparing thousands of recordings: in several processes, resumable, in parts."""

import contextlib
import dataclasses
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from deformable_gan.checksums import file_digest, model_digest
from deformable_gan.data.dataset_folder import CHECKSUMS, MANIFEST, SPLITS, DatasetFolder
from deformable_gan.data.output_lock import output_lock
from deformable_gan.data.part import Part
from deformable_gan.data.preparing.assembly import assemble_dataset
from deformable_gan.data.preparing.prepare_options import PrepareOptions
from deformable_gan.data.preparing.recordings import Recording
from deformable_gan.data.preparing.report import PrepareReport
from deformable_gan.data.preparing.result import RESULT_VERSION
from deformable_gan.data.preparing.work_folder import WorkFolder
from deformable_gan.data.preparing.worker_process import WorkerSettings
from deformable_gan.data.preparing.workers import ProgressListener, run_workers
from deformable_gan.errors import DatasetError, MediaError


class BulkPreparation:
    """The preparation of one output folder, with one method per step.

    Args:
        recordings: all recordings, including those of other parts.
        output: the dataset folder to write.
        settings: the workers' settings.
        failed: (input, reason) of inputs already found to be unusable.
        work: the folder for results; None for `.NAME.work` beside the output.
        part: the part to do; None for everything.

    Raises:
        MediaError: MoveNet's files cannot be read.
    """

    def __init__(
        self,
        recordings: Sequence[Recording],
        output: Path,
        settings: WorkerSettings,
        failed: Sequence[tuple[str, str]] = (),
        work: Path | None = None,
        part: Part | None = None,
    ):
        self.output = output
        self.settings = settings
        self.failed = list(failed)
        self.part = part
        name = f"shard-{part.index}-of-{part.count}" if part else "all"
        self.work = WorkFolder(work or output.with_name(f".{output.name}.work"), name)
        self._lock_path = output.with_name(f".{output.name}.lock")
        if part:
            self._lock_path = self.work.path / f"{name}.lock"
        self._movenet = describe_movenet(settings)
        self.recordings = list(recordings)
        self._checksums: list[str] = []
        self._paths: list[Path] = []
        self._reasons: dict[Path, str] = {}

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold a lock on the output, or on this part of it.

        Raises:
            DatasetInUseError: another process holds the lock.
            DatasetError: the lock file cannot be written.
        """
        what = f"{self.output}, part {self.part}," if self.part else str(self.output)
        with output_lock(self._lock_path, what):
            yield

    def look_at_inputs(self) -> None:
        """Compute the inputs' checksums; unreadable inputs are recorded as failures."""
        readable = []
        for recording in self.part.of(self.recordings) if self.part else self.recordings:
            try:
                checksum = self.work.recording_checksum(recording)
            except MediaError as error:
                self.failed.append((str(recording.path), str(error)))
                continue
            readable.append(recording)
            self._checksums.append(checksum)
        self.recordings = readable
        self._paths = [
            self.work.result_path(recording, checksum, self.settings.options, self._movenet)
            for recording, checksum in zip(readable, self._checksums, strict=True)
        ]
        self.work.save_checksums()

    @property
    def source(self) -> dict:
        """A description of the inputs, as the manifest records it."""
        return describe_source(
            self.settings.options, self._movenet, self.recordings, self._checksums, self.failed
        )

    def is_up_to_date(self) -> bool:
        """Return whether a quick check finds this dataset in the output; False for a part."""
        if self.part or not (self.output / MANIFEST).is_file():
            return False
        try:
            manifest = DatasetFolder(self.output).manifest
            checksums = file_digest(self.output / CHECKSUMS)
            counts = {split: len(list((self.output / split).iterdir())) for split in SPLITS}
        except (DatasetError, MediaError, OSError):
            return False
        return (
            manifest.get("source") == self.source
            and manifest.get("checksums_sha256") == checksums
            and all(manifest["splits"][split]["images"] == counts[split] for split in SPLITS)
        )

    @property
    def waiting(self) -> list[tuple[Recording, Path]]:
        """The recordings without a result, and the paths of their results."""
        return [
            (recording, path)
            for recording, path in zip(self.recordings, self._paths, strict=True)
            if not path.exists()
        ]

    def work_off(self, workers: int, progress: ProgressListener) -> dict[str, str]:
        """Prepare the recordings that have no result.

        Returns:
            The reason for each recording that failed, by its path. The next run tries these
            recordings again.

        Raises:
            PoseError: MoveNet cannot be loaded.
        """
        tasks = self.waiting
        self.work.clear_leftovers()
        failed = run_workers(tasks, self.settings, workers, progress)
        self._reasons = {tasks[position][1]: reason for position, reason in failed.items()}
        return {str(tasks[position][0].path): reason for position, reason in failed.items()}

    def assemble(self, overwrite: bool) -> PrepareReport:
        """Assemble the dataset.

        Args:
            overwrite: whether an existing dataset folder may be replaced.

        Raises:
            DatasetError: the output exists and must not be replaced, or a result is damaged.
            PoseError: no usable images remain.
        """
        clear_leftovers(self.output)
        source = self.source
        results: list[Path | str] = list(self._paths)
        for index, path in enumerate(self._paths):
            if path in self._reasons:
                results[index] = self._reasons[path]
                source["inputs"][index]["sha256"] = None  # so that the next run tries it again
        return assemble_dataset(
            self.recordings,
            results,
            self.output,
            self.settings.options,
            source,
            self.failed,
            overwrite,
        )


def describe_movenet(settings: WorkerSettings) -> dict:
    """Return a description, as JSON values, that distinguishes one estimator from another.

    Raises:
        MediaError: MoveNet's files cannot be read.
    """
    return {
        "sha256": model_digest(settings.movenet),
        "variant": settings.variant,
        "second_look": settings.second_look,
    }


def describe_source(
    options: PrepareOptions,
    movenet: dict,
    recordings: Sequence[Recording],
    checksums: Sequence[str | None],
    failed: Sequence[tuple[str, str]],
) -> dict:
    """Return a description of a dataset's inputs, as the manifest records it.

    Args:
        options: how the dataset is prepared.
        movenet: from `describe_movenet`.
        recordings: the recordings whose files can be read.
        checksums: the checksum of each recording; None if the next run tries the recording again.
        failed: (input, reason) of the inputs that cannot be used.
    """
    source = {
        "kind": "recordings",
        "result_version": RESULT_VERSION,
        "options": dataclasses.asdict(options),
        "movenet": movenet,
        "inputs": [
            {"source": str(recording.path), "person": recording.person, "sha256": checksum}
            for recording, checksum in zip(recordings, checksums, strict=True)
        ],
        "unusable_inputs": [list(failure) for failure in failed],
    }
    return json.loads(json.dumps(source))  # with the types that reading the manifest gives


def clear_leftovers(output: Path) -> None:
    """Remove what a killed process left beside an output.

    If the output is missing, the dataset that the process had moved away is restored.
    Call this only while holding the output's lock.
    """
    prefix = f".{output.name}.building-"
    for folder in sorted(output.parent.iterdir()):
        if not folder.name.startswith(prefix):
            continue
        if folder.name.endswith(".replaced") and not output.exists():
            folder.rename(output)
        else:
            shutil.rmtree(folder, ignore_errors=True)
