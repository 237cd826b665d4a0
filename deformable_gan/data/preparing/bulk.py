"""Preparing thousands of recordings: in several processes, resumable, in shards."""

import contextlib
import dataclasses
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from deformable_gan.checksums import file_digest, model_digest
from deformable_gan.data.dataset_folder import CHECKSUMS, MANIFEST, SPLITS, DatasetFolder
from deformable_gan.data.output_lock import output_lock
from deformable_gan.data.preparing.assembly import assemble_dataset
from deformable_gan.data.preparing.prepare_options import PrepareOptions
from deformable_gan.data.preparing.recordings import Recording
from deformable_gan.data.preparing.report import PrepareReport
from deformable_gan.data.preparing.result import RESULT_VERSION
from deformable_gan.data.preparing.work_folder import WorkFolder
from deformable_gan.data.preparing.worker_process import WorkerSettings
from deformable_gan.data.preparing.workers import ProgressListener, run_workers
from deformable_gan.data.shard import Shard
from deformable_gan.errors import DatasetError, MediaError


class BulkPreparation:
    """Everything that is done for one output; a step a method.

    Args:
        recordings: all of them, also those of other shards.
        output: the dataset folder to be made.
        settings: for the workers.
        failed: (input, reason) of inputs that failed before.
        work: where results are kept; None for `.NAME.work` beside the output.
        shard: the part to do; None for all.

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
        shard: Shard | None = None,
    ):
        self.output = output
        self.settings = settings
        self.failed = list(failed)
        self.shard = shard
        name = f"shard-{shard.index}-of-{shard.count}" if shard else "all"
        self.work = WorkFolder(work or output.with_name(f".{output.name}.work"), name)
        self._lock_path = output.with_name(f".{output.name}.lock")
        if shard:
            self._lock_path = self.work.path / f"{name}.lock"
        self._movenet = describe_movenet(settings)
        self.recordings = list(recordings)
        self._checksums: list[str] = []
        self._paths: list[Path] = []
        self._reasons: dict[Path, str] = {}

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep others away from the output, or from this shard of it.

        Raises:
            DatasetError: somebody else is at work there.
        """
        what = f"{self.output}, shard {self.shard}," if self.shard else str(self.output)
        with output_lock(self._lock_path, what):
            yield

    def look_at_inputs(self) -> None:
        """Compute the inputs' checksums; those that cannot be read are failures from here on."""
        readable = []
        for recording in self.shard.of(self.recordings) if self.shard else self.recordings:
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
        """What the dataset is made from, as its manifest keeps it."""
        return describe_source(
            self.settings.options, self._movenet, self.recordings, self._checksums, self.failed
        )

    def is_up_to_date(self) -> bool:
        """Say whether the output holds what would be made now, as far as can be seen quickly."""
        if self.shard or not (self.output / MANIFEST).is_file():
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
        """The recordings that have no result yet, and where it belongs."""
        return [
            (recording, path)
            for recording, path in zip(self.recordings, self._paths, strict=True)
            if not path.exists()
        ]

    def work_off(self, workers: int, progress: ProgressListener) -> dict[str, str]:
        """Make the results that are not there.

        Returns:
            (input, reason) of those that could not be made and will be tried again.

        Raises:
            PoseError: MoveNet cannot be loaded.
        """
        tasks = self.waiting
        self.work.clear_leftovers()
        failed = run_workers(tasks, self.settings, workers, progress)
        self._reasons = {tasks[position][1]: reason for position, reason in failed.items()}
        return {str(tasks[position][0].path): reason for position, reason in failed.items()}

    def assemble(self, overwrite: bool) -> PrepareReport:
        """Put the dataset together.

        Args:
            overwrite: whether an existing dataset folder may be replaced.

        Raises:
            DatasetError: the output is taken.
            PoseError: nothing usable remains.
        """
        clear_leftovers(self.output)
        source = self.source
        results: list[Path | str] = list(self._paths)
        for index, path in enumerate(self._paths):
            if path in self._reasons:
                results[index] = self._reasons[path]
                source["inputs"][index]["sha256"] = None  # so that it is tried again
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
    """Return what tells one estimator from another, JSON values.

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
    """Return what a dataset is made from, as its manifest keeps it.

    Args:
        options: how.
        movenet: from `describe_movenet`.
        recordings: those whose files can be read.
        checksums: of their files; None of those that are to be tried again.
        failed: (input, reason) of the others.
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
    return json.loads(json.dumps(source))  # as it reads back


def clear_leftovers(output: Path) -> None:
    """Remove what a killed process left beside an output, and put back what it had moved away.

    To be called by whoever holds the output's lock.
    """
    prefix = f".{output.name}.building-"
    for folder in sorted(output.parent.iterdir()):
        if not folder.name.startswith(prefix):
            continue
        if folder.name.endswith(".replaced") and not output.exists():
            folder.rename(output)
        else:
            shutil.rmtree(folder, ignore_errors=True)
