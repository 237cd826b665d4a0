"""Checkpoints: every variable of a training run in one file, whole or not at all."""

import json
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.errors import RunError
from deformable_gan.training.gan import DeformableGAN

_NAME = re.compile(r"checkpoint-(\d{9})\.npz")
_STEP = "step"
_CORRUPT = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, json.JSONDecodeError)


class CheckpointStore:
    """Saves and restores a training run's state in a folder.

    A checkpoint is an uncompressed `.npz` of arrays named by network and variable: both networks
    (weights and dropout's seeds), both optimisers, the loss terms' running means and the step.
    Each array carries a CRC that is checked when it is read, so damage is noticed. Files are
    written beside and renamed: one under its final name is complete.

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
        arrays = {name: np.asarray(variable) for name, variable in _variables(gan).items()}
        with atomic_file(path) as temporary, temporary.open("wb") as file:
            np.savez(file, **arrays, **{_STEP: np.int64(step)})
            file.flush()
        for old in self.paths()[self.keep :]:
            old.unlink()
        return path

    def restore(self, gan: DeformableGAN) -> tuple[int, list[str]]:
        """Load the newest readable checkpoint into a compiled model.

        Returns:
            The step it was taken after, and warnings about newer ones that are damaged.

        Raises:
            RunError: there is none, none is readable, or it is of another model.
        """
        warnings = []
        for path in self.paths():
            try:
                arrays = _read(path)
            except _CORRUPT as error:
                warnings.append(f"{path} is damaged ({error}): falling back to the one before")
                continue
            _assign(_variables(gan), arrays, path)
            return int(arrays[_STEP]), warnings
        raise RunError(
            "; ".join(warnings)
            or f"{self.folder} holds no checkpoint: the run has not got that far, start it anew"
        )

    def restore_generator(self, generator) -> int:
        """Load only the generator from the newest readable checkpoint; return its step."""
        damaged = []
        wanted = _named("generator", generator.variables)
        for path in self.paths():
            try:
                with np.load(path, allow_pickle=False) as file:
                    arrays = {name: file[name] for name in [*wanted, _STEP] if name in file}
            except _CORRUPT as error:
                damaged.append(f"{path} is damaged ({error})")
                continue
            _assign(wanted, arrays, path)
            return int(arrays[_STEP])
        raise RunError("; ".join(damaged) or f"{self.folder} holds no checkpoint: train first")


def _variables(gan: DeformableGAN) -> dict:
    return {
        **_named("generator", gan.generator.variables),
        **_named("discriminator", gan.discriminator.variables),
        **_named("generator_optimizer", gan.generator_optimizer.variables),
        **_named("discriminator_optimizer", gan.discriminator_optimizer.variables),
        **_named("metrics", [v for metric in gan.metrics for v in metric.variables]),
    }


def _named(group: str, variables: Iterable) -> dict:
    """Name variables by their place, which is stable, and their path, which is readable."""
    return {
        f"{group}/{index:03d}/{variable.path.replace('/', '.')}": variable
        for index, variable in enumerate(variables)
    }


def _read(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


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
