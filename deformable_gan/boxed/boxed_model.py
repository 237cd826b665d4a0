"""A trained model in a folder, such as those that ship with the package."""

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from deformable_gan.boxed.names import (
    CARD,
    DEFAULT_MODEL,
    DESCRIPTION,
    ROOT,
    WEIGHTS,
    boxed_name,
)
from deformable_gan.config import ExperimentConfig
from deformable_gan.errors import ConfigurationError, RunError
from deformable_gan.text_files import read_text

FORMAT = "deformable_gan boxed model"
FORMAT_VERSION = 1
_REMEDY = "install deformable-gan again, or copy the model's folder again"
# The errors of zipfile and NumPy depend on which byte is wrong.
_DAMAGE = (OSError, ValueError, KeyError, EOFError, RuntimeError, struct.error, zipfile.BadZipFile)


@dataclass(frozen=True)
class BoxedModel:
    """Both networks of a training run, in half precision.

    The folder of a model holds `model.json` (the experiment's configuration, the number of
    training steps, the checksum of the weights), `weights.npz` (float16 arrays) and `README.md`
    (the model card).

    Attributes:
        folder: the folder.
        config: the experiment.
        step: the number of training steps.
        digest: SHA-256 of `weights.npz`.
    """

    folder: Path
    config: ExperimentConfig
    step: int
    digest: str

    @property
    def name(self) -> str:
        """The model's name for `--model`."""
        return self.folder.name

    @property
    def card(self) -> Path:
        """The model card, Markdown."""
        return self.folder / CARD

    @classmethod
    def find(cls, place: str | Path | None) -> "BoxedModel | None":
        """Return the boxed model of this name or in this folder; None if there is none.

        Args:
            place: a model's name or folder, or a handle, as given to `--model`; None for the
                default model.

        Raises:
            RunError: the model's `model.json` is missing, damaged or of a later release.
        """
        if place is None:
            return cls.open(ROOT / DEFAULT_MODEL)
        if name := boxed_name(place):
            return cls.open(ROOT / name)
        return cls.open(Path(place)) if (Path(place) / DESCRIPTION).is_file() else None

    @classmethod
    def open(cls, folder: Path) -> "BoxedModel":
        """Return the model in a folder; its weights are read later.

        Raises:
            RunError: `model.json` is missing, damaged or of a later release.
        """
        file = folder / DESCRIPTION
        try:
            values = json.loads(read_text(file))
            if values["format"] != FORMAT or values["format_version"] != FORMAT_VERSION:
                raise ValueError(
                    f"unknown format {values['format']!r:.60}, version "
                    f"{values['format_version']!r:.20}; a later release may read it"
                )
            config = ExperimentConfig.from_json(json.dumps(values["experiment"]), str(file))
            return cls(folder, config, int(values["steps"]), str(values["sha256"]))
        except FileNotFoundError:
            raise RunError(f"the model {folder.name} is missing ({file}): {_REMEDY}") from None
        except (OSError, ValueError, TypeError, LookupError, ConfigurationError) as error:
            raise RunError(f"{file} cannot be read ({error!r:.200}): {_REMEDY}") from error

    @cached_property
    def _arrays(self) -> dict[str, np.ndarray]:
        """The weights, float16, by name."""
        file = self.folder / WEIGHTS
        try:
            data = file.read_bytes()
            received = hashlib.sha256(data).hexdigest()
            if received != self.digest:
                raise ValueError(f"its SHA-256 is {received:.12}, expected {self.digest:.12}")
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
        except _DAMAGE as error:
            raise RunError(f"{file} is missing or is damaged ({error}): {_REMEDY}") from error

    def restore(self, group: str, weights: Iterable[Any]) -> None:
        """Assign the stored weights, converted to float32, to a network's variables.

        Args:
            group: `generator` or `discriminator`.
            weights: the network's Keras variables, in the order of `model.weights`.

        Raises:
            RunError: the file is missing, damaged or belongs to another network.
        """
        wanted = named_weights(group, weights)
        stored = {name: one for name, one in self._arrays.items() if name.startswith(f"{group}/")}
        for name in [*wanted, *(name for name in stored if name not in wanted)]:
            expected = tuple(wanted[name].shape) if name in wanted else "nothing"
            received = stored[name].shape if name in stored else "nothing"
            if expected != received:
                raise RunError(
                    f"{self.folder / WEIGHTS} belongs to another network (shape of {name}: "
                    f"expected {expected}, received {received}): {_REMEDY}"
                )
        for name, variable in wanted.items():
            variable.assign(stored[name].astype(np.float32))


def named_weights(group: str, weights: Iterable[Any]) -> dict[str, Any]:
    """Return Keras variables by the names of their arrays in `weights.npz`."""
    return {
        f"{group}/{index:03d}/{variable.path.replace('/', '.')}": variable
        for index, variable in enumerate(weights)
    }
