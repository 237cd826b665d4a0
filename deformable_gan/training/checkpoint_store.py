"""Checkpoints: every variable of a training run in one file, written atomically."""

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np

from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.errors import MediaError, RunError
from deformable_gan.saving.checkpoint_files import (
    ABOUT,
    AVERAGE,
    STEP,
    CheckpointFiles,
    named_variables,
)
from deformable_gan.training.gan import DeformableGAN

_LEFT_BEHIND = re.compile(r"\.checkpoint-\d{9}\.npz\.writing-.+")
# An upper bound on the bytes that the archive's directory and the arrays' headers need.
_OVERHEAD = 1 << 20


class CheckpointStore(CheckpointFiles):
    """A writer and reader of the checkpoints of a training run in a folder.

    A checkpoint is an uncompressed `.npz` of arrays named by network and variable: both networks
    (weights and dropout's seeds), the generator's averaged weights, both optimisers, the loss
    terms' running means, the step, and facts about the run. Each array has a CRC, which is checked
    when the array is read. If a file is damaged, a warning names it and the previous checkpoint is
    used. A file is written under a temporary name, flushed to the disk and renamed, so a file with
    its final name is complete even after a power cut. A state with a number that is not finite is
    not saved, because it would replace the last good state.

    Args:
        folder: the folder of the checkpoints, created when the first is saved.
        keep: the number of newest checkpoints to keep.
    """

    def __init__(self, folder: Path, keep: int = 2):
        super().__init__(folder)
        self.keep = keep

    def save(self, gan: DeformableGAN, step: int, about: dict | None = None) -> Path:
        """Write the state after a step, and remove the oldest checkpoints beyond `keep`.

        Args:
            gan: a compiled model.
            step: the number of training steps done.
            about: JSON values to store with the state; the method `about` returns them.

        Raises:
            RunError: the state is not finite, or the file cannot be written; the older checkpoints
                are kept.
        """
        path = self.folder / f"checkpoint-{step:09d}.npz"
        arrays: dict[str, Any] = {
            name: np.asarray(variable) for name, variable in _state(gan).items()
        }
        for name, array in arrays.items():
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise RunError(
                    f"training has diverged: after step {step} {name} is not finite. Earlier "
                    f"checkpoints, if any, are in {self.folder}: try a smaller --learning-rate"
                )
        if about is not None:
            arrays[ABOUT] = np.frombuffer(json.dumps(about).encode(), np.uint8)
        try:
            with atomic_file(path) as temporary, temporary.open("wb") as file:
                np.savez(file, **(arrays | {STEP: np.int64(step)}))
                file.flush()
                os.fsync(file.fileno())  # the contents must be on the disk before the name
            _flush_folder(self.folder)
            for old in self.paths()[self.keep :]:
                old.unlink()
        except (OSError, MediaError) as error:
            older = self.paths()
            last = f"the last checkpoint is {older[0].name}" if older else "there is no checkpoint"
            raise RunError(
                f"checkpoint {path} cannot be written ({error}); {last}. Free some space or "
                "make the folder writable, then continue with `train --resume`, or repeat the "
                "command `personalize`"
            ) from error
        return path

    def require_room(self, gan: DeformableGAN) -> None:
        """Check, before any work is done, that there is space for the checkpoints.

        Raises:
            RunError: there is not enough space.
        """
        each = (
            sum(
                variable.value.dtype.size * np.prod(variable.shape, dtype=np.int64)
                for variable in _state(gan).values()
            )
            + _OVERHEAD
        )
        # One more than `keep`, because the oldest is removed only after the new one is complete.
        missing = max(0, self.keep + 1 - len(self.paths()))
        folder = self.folder.resolve()
        while not folder.is_dir():
            folder = folder.parent
        free = shutil.disk_usage(folder).free
        if free < missing * each:
            raise RunError(
                f"{self.folder} needs space for {missing} checkpoints of {each / 1e6:,.0f} MB, but "
                f"only {free / 1e6:,.0f} MB are free: free some space or choose another folder"
            )

    def remove_unfinished(self) -> None:
        """Remove the files of interrupted saves. Call this only if no other process is saving."""
        if self.folder.is_dir():
            for path in self.folder.iterdir():
                if _LEFT_BEHIND.fullmatch(path.name) and path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)

    def restore(self, gan: DeformableGAN) -> int:
        """Load the whole state of the newest readable checkpoint; return its step.

        Args:
            gan: a compiled model.

        Raises:
            RunError: there is no checkpoint, no checkpoint is readable, or the checkpoint belongs
                to another model.
        """
        return self.load(_state(gan))

    def restore_networks(self, gan: DeformableGAN) -> int:
        """Load both networks' weights, to start another training from them; see `restore`.

        If the checkpoint has averaged weights of the generator, they are loaded instead of its
        weights. Optimisers, running means and dropout's seeds do not change.
        """
        weights = {id(weight) for weight in gan.generator.weights + gan.discriminator.weights}

        def of_weights(named: dict) -> dict:
            return {name: value for name, value in named.items() if id(value) in weights}

        averaged = of_weights(named_variables(AVERAGE, gan.generator.variables))
        return self.load(of_weights(_state(gan)), averaged)


def _state(gan: DeformableGAN) -> dict[str, keras.Variable]:
    return {
        **named_variables("generator", gan.generator.variables),
        **(named_variables(AVERAGE, gan.averaged.variables) if gan.averaged else {}),
        **named_variables("discriminator", gan.discriminator.variables),
        **named_variables("generator_optimizer", gan.generator_optimizer.variables),
        **named_variables("discriminator_optimizer", gan.discriminator_optimizer.variables),
        **named_variables("metrics", [v for metric in gan.metrics for v in metric.variables]),
    }


def _flush_folder(folder: Path) -> None:
    """Make a rename survive a power cut; on Windows, where folders cannot be opened, do nothing."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
