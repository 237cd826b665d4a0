"""Reading checkpoints: the variables of a training run in one file."""

import io
import json
import logging
import re
import struct
import zipfile
from collections.abc import Iterable
from pathlib import Path

import keras
import numpy as np

from deformable_gan.errors import RunError

#: The names of the arrays that contain facts about the training and the number of steps.
ABOUT, STEP = "about", "step"
#: The group of the generator's averaged weights.
AVERAGE = "averaged_generator"
_NAME = re.compile(r"checkpoint-(\d{9})\.npz")
# Keras numbers the seed generators of a process one after another, so equal models have different
# numbers.
_AUTOMATIC_NUMBER = re.compile(r"(?<=/seed_generator)_\d+(?=\.)")
# The exceptions of zipfile and NumPy for a damaged file; they depend on which byte is wrong.
_DAMAGE = (
    *(OSError, ValueError, KeyError, EOFError, RuntimeError, SyntaxError, TypeError),
    *(OverflowError, MemoryError, struct.error, zipfile.BadZipFile, zipfile.LargeZipFile),
)

log = logging.getLogger(__name__)


class CheckpointFiles:
    """A reader of the checkpoints in a folder; `training.CheckpointStore` writes them.

    Args:
        folder: the folder of the checkpoints, which may not exist.
    """

    def __init__(self, folder: Path):
        self.folder = Path(folder)

    def paths(self) -> list[Path]:
        """Return the checkpoints, newest first."""
        if not self.folder.is_dir():
            return []
        return sorted(
            (path for path in self.folder.iterdir() if _NAME.fullmatch(path.name)), reverse=True
        )

    def about(self, step: int) -> dict:
        """Return the facts given to `CheckpointStore.save` at a step; empty if there are none."""
        path = self.folder / f"checkpoint-{step:09d}.npz"
        arrays = _read(path, {ABOUT, STEP})
        return json.loads(arrays[ABOUT].tobytes()) if ABOUT in arrays else {}

    def restore_generator(self, generator: keras.Model) -> int:
        """Load the generator's weights, or their averages if there are any; return the step."""
        variables = generator.variables
        return self.load(
            named_variables("generator", variables), named_variables(AVERAGE, variables)
        )

    def load(
        self,
        wanted: dict[str, keras.Variable],
        preferred: dict[str, keras.Variable] | None = None,
    ) -> int:
        """Assign the arrays of the newest readable checkpoint; return its step.

        Args:
            wanted: the variables by the names of their arrays.
            preferred: the variables by other names, which are used instead if the checkpoint has
                these names. A variable may be in both dictionaries.

        Raises:
            RunError: there is no checkpoint, no checkpoint is readable, or the checkpoint belongs
                to another model.
        """
        preferred = preferred or {}
        damaged = []
        for path in self.paths():
            try:
                arrays = _read(path, {*wanted, *preferred, STEP})
            except _DAMAGE as error:
                damaged.append(f"{path} is damaged ({error})")
                continue
            for warning in damaged:
                log.warning("%s: using %s instead", warning, path.name)
            if preferred.keys() & arrays.keys():
                named = {id(variable) for variable in preferred.values()}
                others = {name: one for name, one in wanted.items() if id(one) not in named}
                wanted = others | preferred
            _assign(wanted, arrays, path)
            return int(arrays[STEP])
        raise RunError(
            "; ".join([*damaged, "no readable checkpoint is left: start the training again"])
            if damaged
            else f"{self.folder} holds no checkpoint: start the training again"
        )


def named_variables(group: str, variables: Iterable[keras.Variable]) -> dict[str, keras.Variable]:
    """Return variables by names that consist of the group, their position and their path."""
    return {
        _AUTOMATIC_NUMBER.sub(
            "", f"{group}/{index:03d}/{variable.path.replace('/', '.')}"
        ): variable
        for index, variable in enumerate(variables)
    }


def _read(path: Path, names: set[str]) -> dict[str, np.ndarray]:
    """Return those of the file's arrays whose names are given, by name."""
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for information in archive.infolist():
            name = _AUTOMATIC_NUMBER.sub("", information.filename.removesuffix(".npy"))
            # `open` also checks that the two copies of a member's name agree.
            with archive.open(information) as member:
                if name in names:
                    # Reading to the end checks the CRC. NumPy alone would stop after the number of
                    # bytes in the array's header.
                    arrays[name] = np.load(io.BytesIO(member.read()), allow_pickle=False)
    if STEP not in arrays:  # a whole archive, but no checkpoint; `ZipFile` refuses truncated ones
        raise KeyError("the number of its step is missing")
    return arrays


def _assign(variables: dict, arrays: dict[str, np.ndarray], path: Path) -> None:
    for name, variable in variables.items():
        if name not in arrays or arrays[name].shape != tuple(variable.shape):
            received = arrays[name].shape if name in arrays else "nothing"
            raise RunError(
                f"{path} belongs to another model: expected {name} of shape "
                f"{tuple(variable.shape)}, received {received}"
            )
    for name, variable in variables.items():
        variable.assign(arrays[name])
