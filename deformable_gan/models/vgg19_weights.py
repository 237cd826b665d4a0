"""Loading VGG19's weights from Keras, from a file, or at random."""

import os
import socket
import zipfile
from pathlib import Path

import keras
import numpy as np

from deformable_gan.errors import ConfigurationError
from deformable_gan.models.vgg19_features import VGG19Features

IMAGENET = "imagenet"
RANDOM = "random"
_ADDRESS = (
    "https://storage.googleapis.com/tensorflow/keras-applications/vgg19/"
    "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"
)
_TIMEOUT_SECONDS = 30


def load_vgg19_weights(features: VGG19Features, source: str | Path = IMAGENET) -> VGG19Features:
    """Fill the network's weights.

    Args:
        features: the network.
        source: `imagenet` for the weights of `keras.applications` (80 MB, downloaded once into
            `~/.keras/models`); `random` to keep the random weights of `features.seed`, which need
            no download; or a local file: the same `.h5`, or an `.npz` with arrays named
            `block1_conv1/kernel` [3, 3, in, out], `block1_conv1/bias` [out], ….

    Returns:
        `features`.

    Raises:
        ConfigurationError: the weights cannot be downloaded or read, or do not fit.
    """
    features.build()
    if source == RANDOM:
        return features
    if source == IMAGENET:
        _copy(features, _keras_application(IMAGENET))
    elif not Path(source).is_file():
        raise ConfigurationError(
            f"VGG19 weights {source} do not exist or are not a file: expected '{IMAGENET}', "
            f"'{RANDOM}', or a file (.npz, or the .h5 of {_ADDRESS})"
        )
    elif Path(source).suffix == ".npz":
        _load_arrays(features, Path(source))
    elif Path(source).suffix not in (".h5", ".hdf5"):
        # Keras would accept files of other kinds and load only the parts that fit.
        raise ConfigurationError(
            f"{source} does not hold VGG19's weights: expected a .npz or .h5 file"
        )
    else:
        _copy(features, _keras_application(str(source)))
    return features


def _keras_application(weights: str) -> keras.Model:
    timeout = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_TIMEOUT_SECONDS)
    try:
        return keras.applications.VGG19(weights=weights, include_top=False)
    except Exception as error:  # urllib, h5py and Keras each raise errors of their own
        if weights == IMAGENET:
            raise ConfigurationError(
                f"VGG19's weights could not be downloaded or read ({error}). Download {_ADDRESS} "
                f"by other means, then put the file at {_downloaded_file()} or name it with "
                f"--vgg19 FILE. Training with --vgg19 {RANDOM} needs no download"
            ) from error
        raise ConfigurationError(
            f"{weights} does not hold VGG19's weights without the top, as keras.applications saves "
            f"them: {error}"
        ) from error
    finally:
        socket.setdefaulttimeout(timeout)


def _downloaded_file() -> Path:
    """Return where Keras keeps the file; Keras does not download a complete file again."""
    home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))
    return home / "models" / _ADDRESS.rpartition("/")[2]


def _copy(features: VGG19Features, application: keras.Model) -> None:
    for layer in features.convolutions:
        layer.set_weights(application.get_layer(layer.name).get_weights())


def _load_arrays(features: VGG19Features, path: Path) -> None:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            for layer in features.convolutions:
                layer.set_weights([arrays[f"{layer.name}/{part}"] for part in ("kernel", "bias")])
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ConfigurationError(
            f"{path} does not hold VGG19's weights up to {features.layer}: {error}"
        ) from error
