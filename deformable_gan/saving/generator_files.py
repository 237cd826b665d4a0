"""A generator's files in Keras's format: its configuration and its weights.

This module does not import `Generator`, because `models` imports this module to read such files.
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
# Arguments that every Keras layer has.
_KERAS_ARGUMENTS = ("name", "trainable", "dtype")
# The exceptions of h5py and Keras for a damaged file; they depend on which byte is wrong.
_DAMAGE = (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError, struct.error)


def write_generator(generator: keras.Model, folder: Path) -> None:
    """Write a generator's configuration and weights as Keras does.

    `keras.saving.load_model(folder)` also reads them if this package is imported.

    Args:
        generator: any generator.
        folder: the folder to write to.
    """
    # A temporary folder, because Keras also makes a folder `assets`, which would mix with the
    # `assets` of a SavedModel in the same folder.
    with tempfile.TemporaryDirectory(dir=folder) as apart:
        generator.save(apart, zipped=False, overwrite=True)
        for name in (CONFIG, METADATA, WEIGHTS):
            (Path(apart) / name).rename(folder / name)


def read_generator_config(folder: Path) -> ExperimentConfig:
    """Return the configuration of a generator that `write_generator` wrote.

    The file cannot choose which code runs: the configuration is checked against the generator's own
    arguments.

    Raises:
        RunError: the file is damaged, comes from another release, or describes no generator.
    """
    file = folder / CONFIG
    try:
        saved = json.loads(read_text(file))
        name = saved["registered_name"]
        arguments = dict(saved["config"])
    except (OSError, ValueError, TypeError, LookupError, RecursionError) as error:
        raise RunError(
            f"{file} cannot be read or is not a generator's configuration: {error!r:.200}"
        ) from error
    if name != _REGISTERED_NAME:
        raise RunError(
            f"{file} describes a {name!r:.60}, expected a {_REGISTERED_NAME!r}: choose the folder "
            "of a generator"
        )
    for name in _KERAS_ARGUMENTS:
        arguments.pop(name, None)
    outer = {key: arguments.pop(key, None) for key in ("image_size", "skeleton")}
    training = {"seed": arguments.pop("seed", 0)}
    values = {"preset": "", **outer, "generator": arguments, "training": training}
    try:
        return ExperimentConfig.from_json(json.dumps(values), str(file))
    except ConfigurationError as error:
        raise RunError(
            f"{error}: the model is damaged or comes from a later release; upgrade deformable-gan"
        ) from error


def read_generator_weights(generator: keras.Model, folder: Path) -> None:
    """Read the weights that `write_generator` wrote into a generator of the same configuration.

    Raises:
        RunError: the weights are damaged or belong to another generator.
    """
    try:
        generator.load_weights(folder / WEIGHTS)
    except _DAMAGE as error:
        reason = " ".join(str(error).split())[:400]
        raise RunError(
            f"{folder / WEIGHTS} is damaged or belongs to another generator: {reason}; export "
            "or download the model again"
        ) from error
