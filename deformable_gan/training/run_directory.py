"""The folder of a training run."""

import contextlib
import json
import math
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from deformable_gan.config import ExperimentConfig
from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.data.output_lock import output_lock
from deformable_gan.errors import DatasetError, RunError
from deformable_gan.saving.run_files import RunFiles
from deformable_gan.training.checkpoint_store import CheckpointStore
from deformable_gan.training.gan import DeformableGAN

#: Name of the subfolder in which a run of `personalize` keeps its data; see
#: `personalizing.personal_folder`.
PERSONAL = "personal"

_LEFT_BEHIND = re.compile(r"\.((run|config|scores)\.json|metrics\.jsonl|curves\.png)\.writing-.+")


class RunDirectory(RunFiles):
    """The files of a training run.

    ::

        run/
          config.json      the configuration: networks, losses, training
          run.json         dataset, origin of the weights, versions
          log.txt          the log messages
          metrics.jsonl    a line per epoch
          curves.png       the metrics as an image
          scores.json      scores on held-out pairs, if there are any, at the end
          grids/           images of up to six pairs, held-out if possible: one grid per epoch,
                           and final.png
          tensorboard/     events for `tensorboard --logdir`
          checkpoints/     see `CheckpointStore`
          .lock            the lock of the process that trains here, while it runs

    Args:
        path: the folder.
    """

    def __init__(self, path: str | Path):
        super().__init__(path)
        self.log_file = self.path / "log.txt"
        self.metrics_file = self.path / "metrics.jsonl"
        self.curves_file = self.path / "curves.png"
        self.grids = self.path / "grids"
        self.tensorboard = self.path / "tensorboard"
        self.checkpoints: CheckpointStore = CheckpointStore(self.checkpoints.folder)
        self._lock_file = self.path / ".lock"
        self._locked = False

    @classmethod
    def first_free(cls, parent: Path, name: str) -> "RunDirectory":
        """Return the first of `parent/name`, `parent/name-2`, … that does not exist."""
        number = 1
        while (path := parent / (name if number == 1 else f"{name}-{number}")).exists():
            number += 1
        return cls(path)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the folder, so that no other process trains here; it is created if necessary.

        Raises:
            RunError: another process trains here (the message names it), or the folder cannot be
                written to.
        """
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(output_lock(self._lock_file, f"run directory {self.path}"))
            except DatasetError as error:
                raise RunError(str(error)) from error
            self._locked = True
            stack.callback(setattr, self, "_locked", False)
            yield

    def require_unused(self) -> None:
        """Check, before any work is done, that no other process trains here.

        Raises:
            RunError: another process trains here; the message names it.
        """
        if self._lock_file.exists() and not self._locked:
            with self.locked():
                pass

    def create(
        self,
        config: ExperimentConfig,
        details: dict,
        gan: DeformableGAN | None = None,
        about: dict | None = None,
    ) -> None:
        """Make the folder and write the run's description.

        The configuration is written last, because it makes the folder a run that can be resumed.

        Args:
            config: the configuration.
            details: JSON values about dataset and versions.
            gan: the networks to save as the checkpoint of step 0. Saving also checks that there is
                enough space.
            about: values stored in that checkpoint; see `CheckpointStore.save`.

        Raises:
            RunError: a new run cannot begin here (see `require_free`), the folder cannot be made,
                or there is not enough space.
        """
        self.require_free()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(f"run directory {self.path} cannot be created: {error}") from error
        self.write_json(self.details_file, details)
        if gan is not None:
            self.checkpoints.require_room(gan)
            self.checkpoints.save(gan, 0, about)
        self.write_config(config)

    def require_free(self) -> None:
        """Check that a new run may begin here.

        Raises:
            RunError: the path is a file or a folder that is not empty, or another process trains
                here. Files of a run that was killed before it wrote `config.json`, and the folder
                `PERSONAL`, do not count.
        """
        if self.path.exists() and not self.path.is_dir():
            raise RunError(f"{self.path} is a file: choose another --run")
        self.require_unused()
        if self.path.exists() and not self._only_begun():
            raise RunError(
                f"{self.path} is not empty: continue the run in it with --resume, or choose "
                "another --run"
            )

    def _only_begun(self) -> bool:
        names = {path.name for path in self.path.iterdir()}
        begun = {
            *(self._lock_file.name, self.details_file.name, self.checkpoints.folder.name),
            PERSONAL,
        }
        others = {name for name in names - begun if not _LEFT_BEHIND.fullmatch(name)}
        return not others and all(
            path.stem.endswith("-000000000") for path in self.checkpoints.paths()
        )

    def remove_unfinished(self) -> None:
        """Remove incomplete files of killed processes; the run must be locked."""
        for path in self.path.iterdir():
            if _LEFT_BEHIND.fullmatch(path.name) and path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
        self.checkpoints.remove_unfinished()

    @property
    def origin(self) -> str:
        """The name by which runs that start from this run's networks refer to it in `run.json`."""
        return str(self.path.resolve())

    def restore_networks(self, gan: DeformableGAN) -> int:
        """Load both networks' weights; see `CheckpointStore.restore_networks`."""
        return self.checkpoints.restore_networks(gan)

    def write_config(self, config: ExperimentConfig) -> None:
        """Write the configuration, replacing an older one."""
        self._write(self.config_file, config.to_json())

    def read_metrics(self) -> list[dict[str, float]]:
        """Return the metrics of every finished epoch."""
        return [json.loads(line) for line in self._metrics_lines()]

    def forget_metrics_after(self, epoch: int) -> None:
        """Remove the metrics of the epochs after `epoch`, which will be trained again."""
        if self.metrics_file.is_file():
            kept = [line for line in self._metrics_lines() if _epoch_of(line) <= epoch]
            self._write(self.metrics_file, "".join(kept))

    def _metrics_lines(self) -> list[str]:
        """Return the lines of the metrics file that are complete."""
        if not self.metrics_file.is_file():
            return []
        text = self.metrics_file.read_text(encoding="utf-8", errors="replace")
        return [line for line in text.splitlines(keepends=True) if _epoch_of(line) < math.inf]

    def write_json(self, path: Path, value: object) -> None:
        """Write a JSON file atomically."""
        self._write(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")

    def _write(self, path: Path, text: str) -> None:
        with atomic_file(path) as temporary:
            temporary.write_text(text, encoding="utf-8")


def _epoch_of(line: str) -> float:
    """Return the epoch of a line of metrics; infinity for an incomplete line."""
    try:
        return float(json.loads(line)["epoch"]) if line.endswith("\n") else math.inf
    except (ValueError, TypeError, KeyError):
        return math.inf
