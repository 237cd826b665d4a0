"""The published variants of MoveNet, and where to find them."""

from dataclasses import dataclass
from pathlib import Path

from deformable_gan.errors import ConfigurationError, PoseError
from deformable_gan.pretrained.hub_model import HubModel

#: The environment variable with the path of a MoveNet, used if no path is given.
PATH_VARIABLE = "DEFORMABLE_GAN_MOVENET"


@dataclass(frozen=True)
class MoveNetVariant:
    """One of the published single-person networks.

    Attributes:
        handle: its address on TF-Hub.
        kaggle_handle: its address on Kaggle, to which TF-Hub's models have moved.
        input_size: side of the square input image, in pixels.
    """

    handle: str
    kaggle_handle: str
    input_size: int


#: Lightning is the fast variant, Thunder the accurate one.
VARIANTS = {
    "lightning": MoveNetVariant(
        "https://tfhub.dev/google/movenet/singlepose/lightning/4",
        "google/movenet/tensorFlow2/singlepose-lightning/4",
        192,
    ),
    "thunder": MoveNetVariant(
        "https://tfhub.dev/google/movenet/singlepose/thunder/4",
        "google/movenet/tensorFlow2/singlepose-thunder/4",
        256,
    ),
}
#: The number of looks (runs of MoveNet on a square around the person) whose joints commands average
#: by default, in a photograph and in each frame that `prepare` samples; see `averaged_looks`.
DEFAULT_LOOKS = 8
#: The largest number of looks that can be averaged; `averaged_looks` defines no more squares.
MOST_LOOKS = 16

DEFAULT_VARIANT = "lightning"


def get_variant(name: str) -> MoveNetVariant:
    """Return the variant with this name.

    Raises:
        ConfigurationError: the name is unknown.
    """
    try:
        return VARIANTS[name]
    except KeyError:
        raise ConfigurationError(
            f"unknown MoveNet model {name!r}: expected one of {', '.join(VARIANTS)}"
        ) from None


def find_movenet(path: str | Path | None = None, variant: str = DEFAULT_VARIANT) -> Path:
    """Return the path of a MoveNet, downloading it if necessary; see `HubModel.find`.

    Args:
        path: a SavedModel folder or a `.tflite` file; None for the path in the environment
            variable `DEFORMABLE_GAN_MOVENET` or, without it, the variant in TF-Hub's cache or a
            download of it.
        variant: the network to look for if no path is given.

    Returns:
        A SavedModel folder or `.tflite` file.

    Raises:
        ConfigurationError: `variant` is unknown.
        PoseError: the given path holds no MoveNet, or no MoveNet is available.
    """
    wanted = get_variant(variant)
    return HubModel(
        "MoveNet",
        wanted.handle,
        wanted.kaggle_handle,
        "--movenet",
        PATH_VARIABLE,
        PoseError,
        files=(".tflite",),
    ).find(path)
