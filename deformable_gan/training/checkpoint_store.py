"""Checkpoints: every variable of a training run in one file, whole or not at all."""

import io
import json
import logging
import os
import re
import shutil
import struct
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.errors import MediaError, RunError
from deformable_gan.training.gan import DeformableGAN

_NAME = re.compile(r"checkpoint-(\d{9})\.npz")
_LEFT_BEHIND = re.compile(r"\.checkpoint-\d{9}\.npz\.writing-.+")
_ABOUT, _STEP = "about", "step"
_AVERAGE = "averaged_generator"
# Of the archive's directory and the arrays' headers; more than they take.
_OVERHEAD = 1 << 20
# Keras numbers these through a whole process: equal models have other numbers.
_AUTOMATIC_NUMBER = re.compile(r"(?<=/seed_generator)_\d+(?=\.)")
# What zipfile and NumPy raise depends on which byte is wrong.
_DAMAGE = (
    *(OSError, ValueError, KeyError, EOFError, RuntimeError, SyntaxError, TypeError),
    *(OverflowError, MemoryError, struct.error, zipfile.BadZipFile, zipfile.LargeZipFile),
)

log = logging.getLogger(__name__)


class CheckpointStore:
    """Saves and restores a training run's state in a folder.

    A checkpoint is an uncompressed `.npz` of arrays named by network and variable: both networks
    (weights and dropout's seeds), both optimisers, the loss terms' running means, the step, and
    what the run is. Each array carries a CRC that is checked when it is read, so damage is
    noticed: a damaged file is named in a warning, and the one before it is taken. Files are
    written beside, flushed to the disk and renamed: one under its final name is complete, also
    after a power cut. A state with a number that is not finite is not saved, since it would push
    out the last good one.

    Args:
        folder: where the checkpoints lie; made when the first is saved.
        keep: how many of the newest to keep.
    """

    def __init__(self, folder: Path, keep: int = 2):
        self.folder = Path(folder)
        self.keep = keep

    def paths(self) -> list[Path]:
        """The checkpoints, newest first."""
        if not self.folder.is_dir():
            return []
        return sorted(
            (path for path in self.folder.iterdir() if _NAME.fullmatch(path.name)), reverse=True
        )

    def save(self, gan: DeformableGAN, step: int, about: dict | None = None) -> Path:
        """Write the state after a step, and remove the oldest checkpoints beyond `keep`.

        Args:
            gan: a compiled model.
            step: the number of training steps done.
            about: JSON values to store with the state; see `about`.

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
                    f"training has diverged: after step {step} {name} is not finite. Checkpoints "
                    f"of earlier steps are in {self.folder}; try a smaller --learning-rate"
                )
        if about is not None:
            arrays[_ABOUT] = np.frombuffer(json.dumps(about).encode(), np.uint8)
        try:
            with atomic_file(path) as temporary, temporary.open("wb") as file:
                np.savez(file, **(arrays | {_STEP: np.int64(step)}))
                file.flush()
                os.fsync(file.fileno())  # after a power cut the name must not point to nothing
            _flush_folder(self.folder)
            for old in self.paths()[self.keep :]:
                old.unlink()
        except (OSError, MediaError) as error:
            older = self.paths()
            raise RunError(
                f"checkpoint {path} cannot be written ({error}): free some space, then continue "
                "with --resume; "
                f"{f'the last good one is {older[0].name}' if older else 'there is none'}"
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
        # One more than is kept, since a new checkpoint is complete before the oldest is removed.
        missing = max(0, self.keep + 1 - len(self.paths()))
        folder = self.folder.resolve()
        while not folder.is_dir():
            folder = folder.parent
        free = shutil.disk_usage(folder).free
        if free < missing * each:
            raise RunError(
                f"{self.folder} needs space for {missing} checkpoints of {each / 1e6:,.0f} MB, but "
                f"only {free / 1e6:,.0f} MB are free: free some space or choose another --run"
            )

    def remove_unfinished(self) -> None:
        """Remove the files of interrupted saves; no other process may be saving."""
        if self.folder.is_dir():
            for path in self.folder.iterdir():
                if _LEFT_BEHIND.fullmatch(path.name) and path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)

    def about(self, step: int) -> dict:
        """Return what `save` was told about the checkpoint of that step; empty if nothing."""
        path = self.folder / f"checkpoint-{step:09d}.npz"
        arrays = _read(path, {_ABOUT, _STEP})
        return json.loads(arrays[_ABOUT].tobytes()) if _ABOUT in arrays else {}

    def restore(self, gan: DeformableGAN) -> int:
        """Load everything from the newest readable checkpoint; return the step it was taken after.

        Args:
            gan: a compiled model.

        Raises:
            RunError: there is no checkpoint, none is readable, or it is of another model.
        """
        return self._load(_state(gan))

    def restore_generator(self, generator: keras.Model) -> int:
        """Load only the generator, the averaged one if there is one; otherwise like `restore`."""
        variables = generator.variables
        return self._load(_named("generator", variables), _named(_AVERAGE, variables))

    def restore_networks(self, gan: DeformableGAN) -> int:
        """Load both networks' weights, to start another training from them.

        Of a generator with an average, the averaged weights are loaded. Optimisers, running means
        and dropout's seeds stay as they are; otherwise like `restore`.
        """
        weights = {id(weight) for weight in gan.generator.weights + gan.discriminator.weights}

        def of_weights(named: dict) -> dict:
            return {name: value for name, value in named.items() if id(value) in weights}

        averaged = of_weights(_named(_AVERAGE, gan.generator.variables))
        return self._load(of_weights(_state(gan)), averaged)

    def _load(
        self,
        wanted: dict[str, keras.Variable],
        preferred: dict[str, keras.Variable] | None = None,
    ) -> int:
        """Assign what the newest readable checkpoint has, under `preferred` names if it has them.

        Variables may stand in both; then the preferred name is the one that counts.
        """
        preferred = preferred or {}
        damaged = []
        for path in self.paths():
            try:
                arrays = _read(path, {*wanted, *preferred, _STEP})
            except _DAMAGE as error:
                damaged.append(f"{path} is damaged ({error})")
                continue
            for warning in damaged:
                log.warning("%s: taking %s instead", warning, path.name)
            if preferred.keys() & arrays.keys():
                named = {id(variable) for variable in preferred.values()}
                others = {name: one for name, one in wanted.items() if id(one) not in named}
                wanted = others | preferred
            _assign(wanted, arrays, path)
            return int(arrays[_STEP])
        raise RunError(
            "; ".join([*damaged, "no checkpoint is left: start the training anew"])
            if damaged
            else f"{self.folder} holds no checkpoint: start the training anew"
        )


def _state(gan: DeformableGAN) -> dict[str, keras.Variable]:
    return {
        **_named("generator", gan.generator.variables),
        **(_named(_AVERAGE, gan.averaged.variables) if gan.averaged else {}),
        **_named("discriminator", gan.discriminator.variables),
        **_named("generator_optimizer", gan.generator_optimizer.variables),
        **_named("discriminator_optimizer", gan.discriminator_optimizer.variables),
        **_named("metrics", [v for metric in gan.metrics for v in metric.variables]),
    }


def _named(group: str, variables: Iterable[keras.Variable]) -> dict[str, keras.Variable]:
    """Name variables by their place, which is stable, and their path, which is readable."""
    return {
        _AUTOMATIC_NUMBER.sub(
            "", f"{group}/{index:03d}/{variable.path.replace('/', '.')}"
        ): variable
        for index, variable in enumerate(variables)
    }


def _read(path: Path, names: set[str]) -> dict[str, np.ndarray]:
    """Read the arrays of those names that are there."""
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for information in archive.infolist():
            name = _AUTOMATIC_NUMBER.sub("", information.filename.removesuffix(".npy"))
            # Opening compares the two places where a member's name stands.
            with archive.open(information) as member:
                if name in names:
                    # Read whole, so that the CRC is looked at: NumPy alone would stop after what
                    # the array's header promises.
                    arrays[name] = np.load(io.BytesIO(member.read()), allow_pickle=False)
    if _STEP not in arrays:  # written last: a directory that is cut short has lost it
        raise KeyError("it names no step")
    return arrays


def _flush_folder(folder: Path) -> None:
    """Make a rename survive a power cut, where folders can be opened (not on Windows)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _assign(variables: dict, arrays: dict[str, np.ndarray], path: Path) -> None:
    for name, variable in variables.items():
        if name not in arrays or arrays[name].shape != tuple(variable.shape):
            received = arrays[name].shape if name in arrays else "nothing"
            raise RunError(
                f"{path} is of another model: expected {name} of shape {tuple(variable.shape)}, "
                f"received {received}"
            )
    for name, variable in variables.items():
        variable.assign(arrays[name])
