"""Fitting an image to a dataset's size; an image of that size stays unchanged."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from deformable_gan.data.media import photo_orientation, read_photo
from deformable_gan.errors import MediaError
from deformable_gan.pose.person_crop import PersonCrop

_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}


@dataclass(frozen=True)
class FittedImage:
    """An image at a dataset's size.

    Attributes:
        pixels: uint8 [H, W, 3] RGB.
        crop: the position of the pixels in the original image.
        data: the file's bytes if the dataset can hold them unchanged, else None.
    """

    pixels: np.ndarray
    crop: PersonCrop
    data: bytes | None


def read_fitted(path: Path, image_size: tuple[int, int]) -> FittedImage:
    """Read an image, cut out the largest central part with the wanted aspect ratio, and scale it.

    For example, a 256x256 image becomes a 256x176 image by removing 40 columns on either side.

    Args:
        path: an image; see `read_photo`.
        image_size: (height, width) of the result, in pixels.

    Raises:
        MediaError: the file cannot be read as an image.
    """
    image = read_photo(path)
    size = image.shape[:2]
    scale = min(size[0] / image_size[0], size[1] / image_size[1])
    height, width = scale * image_size[0], scale * image_size[1]
    crop = PersonCrop(
        (size[0] - height) / 2 - 0.5,
        (size[1] - width) / 2 - 0.5,
        height,
        width,
        (image_size[0], image_size[1]),
    )
    if size != tuple(image_size):
        return FittedImage(crop.apply(image), crop, None)
    return FittedImage(image, crop, _bytes_as_they_are(path))


def _bytes_as_they_are(path: Path) -> bytes | None:
    """Return the contents of a JPEG or PNG file that every decoder reads alike, or None."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path) as image:
            plain = (
                image.format == _FORMATS.get(path.suffix.lower(), "")
                and image.mode in ("RGB", "L")
                and "transparency" not in image.info
                and not getattr(image, "is_animated", False)
                and photo_orientation(path) == 1
            )
        return path.read_bytes() if plain else None
    except OSError as error:
        raise MediaError(f"{path} cannot be read: {error}") from error
    except Exception:  # Pillow fails on a damaged EXIF block, and other decoders may as well
        return None
