"""Checkpoints: every variable of a training run in one file, whole or not at all."""

import io
import logging
import os
import re
import struct
import zipfile
from collections.abc import Iterable
from pathlib import Path

import keras
import numpy as np

from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.errors import RunError
from deformable_gan.training.gan import DeformableGAN

_NAME = re.compile(r"checkpoint-(\d{9})\.npz")
_STEP = "step"
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
    (weights and dropout's seeds), both optimisers, the loss terms' running means and the step.
    Each array carries a CRC that is checked when it is read, so damage is noticed: a damaged file
    is named in a warning, and the one before it is taken. Files are written beside and renamed:
    one under its final name is complete.

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

    def save(self, gan: DeformableGAN, step: int) -> Path:
        """Write the state after so many steps, and remove the oldest beyond `keep`."""
        path = self.folder / f"checkpoint-{step:09d}.npz"
        arrays = {name: np.asarray(variable) for name, variable in _state(gan).items()}
        with atomic_file(path) as temporary, temporary.open("wb") as file:
            np.savez(file, **arrays, **{_STEP: np.int64(step)})
            file.flush()
            os.fsync(file.fileno())  # after a power cut the name must not point to nothing
        for old in self.paths()[self.keep :]:
            old.unlink()
        return path

    def restore(self, gan: DeformableGAN) -> int:
        """Load everything from the newest readable checkpoint; return the step it was taken after.

        Args:
            gan: a compiled model.

        Raises:
            RunError: there is no checkpoint, none is readable, or it is of another model.
        """
        return self._load(_state(gan))

    def restore_generator(self, generator: keras.Model) -> int:
        """Load only the generator; otherwise like `restore`."""
        return self._load(_named("generator", generator.variables))

    def restore_networks(self, gan: DeformableGAN) -> int:
        """Load both networks' weights, to start another training from them.

        Optimisers, running means and dropout's seeds stay as they are; otherwise like `restore`.
        """
        weights = {id(weight) for weight in gan.generator.weights + gan.discriminator.weights}
        state = _state(gan)
        return self._load({name: state[name] for name in state if id(state[name]) in weights})

    def _load(self, wanted: dict[str, keras.Variable]) -> int:
        damaged = []
        for path in self.paths():
            try:
                arrays = _read(path, {*wanted, _STEP})
            except _DAMAGE as error:
                damaged.append(f"{path} is damaged ({error})")
                continue
            for warning in damaged:
                log.warning("%s: taking %s instead", warning, path.name)
            _assign(wanted, arrays, path)
            return int(arrays[_STEP])
        raise RunError(
            "; ".join([*damaged, "no checkpoint is left: start the training anew"])
            if damaged
            else f"{self.folder} holds no checkpoint: the first is written after the first epoch"
        )


def _state(gan: DeformableGAN) -> dict[str, keras.Variable]:
    return {
        **_named("generator", gan.generator.variables),
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
