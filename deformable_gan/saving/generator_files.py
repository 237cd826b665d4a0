"""A generator's files in Keras's form: its configuration and its weights.

This module does not know `Generator`, which reads itself from such files.
"""

import json
import struct
import tempfile
from pathlib import Path

import keras

from deformable_gan.config import ExperimentConfig
from deformable_gan.errors import ConfigurationError, RunError
from deformable_gan.sharing.model_folder import CONFIG, METADATA, WEIGHTS
from deformable_gan.text_files import read_text

_REGISTERED_NAME = "deformable_gan>Generator"
# Every Keras layer's own.
_OF_KERAS = ("name", "trainable", "dtype")
# What h5py and Keras raise depends on which byte is wrong.
_DAMAGE = (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError, struct.error)


def write_generator(generator: keras.Model, folder: Path) -> None:
    """Write a generator's configuration and weights as Keras does.

    `keras.saving.load_model(folder)` reads them, too (with this package imported).

    Args:
        generator: any.
        folder: where to write.
    """
    # Apart, since Keras also makes a folder `assets`, which may be a SavedModel's.
    with tempfile.TemporaryDirectory(dir=folder) as apart:
        generator.save(apart, zipped=False, overwrite=True)
        for name in (CONFIG, METADATA, WEIGHTS):
            (Path(apart) / name).rename(folder / name)


def read_generator_config(folder: Path) -> ExperimentConfig:
    """Return the configuration of a generator that `write_generator` wrote.

    Nothing in the file chooses what is run: the configuration is checked against the generator's
    own arguments.

    Raises:
        RunError: it is no generator's, or damaged, or of another release.
    """
    file = folder / CONFIG
    try:
        saved = json.loads(read_text(file))
        name = saved["registered_name"]
        arguments = dict(saved["config"])
    except (OSError, ValueError, TypeError, LookupError, RecursionError) as error:
        raise RunError(f"{file} is not a generator's configuration: {error!r:.200}") from error
    if name != _REGISTERED_NAME:
        raise RunError(f"{file} is of a {name!r:.60}, not of a {_REGISTERED_NAME!r}")
    for name in _OF_KERAS:
        arguments.pop(name, None)
    outer = {key: arguments.pop(key, None) for key in ("image_size", "skeleton")}
    training = {"seed": arguments.pop("seed", 0)}
    values = {"preset": "", **outer, "generator": arguments, "training": training}
    try:
        return ExperimentConfig.from_json(json.dumps(values), str(file))
    except ConfigurationError as error:
        raise RunError(
            f"{error}: the model is damaged, or of a later release; upgrade deformable-gan"
        ) from error


def read_generator_weights(generator: keras.Model, folder: Path) -> None:
    """Read the weights that `write_generator` wrote into a generator of the same configuration.

    Raises:
        RunError: they are damaged, or of another generator.
    """
    try:
        generator.load_weights(folder / WEIGHTS)
    except _DAMAGE as error:
        reason = " ".join(str(error).split())[:400]
        raise RunError(
            f"{folder / WEIGHTS} is damaged, or not of this generator: {reason}"
        ) from error
