"""Reading and writing single pictures."""

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.errors import MediaError

#: Endings (lower case) of the files taken for photographs in a folder.
PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})

# Far beyond any camera that photographs people, and 300 MB once decoded.
_MAX_PIXELS = 100_000_000
# Encoding must not depend on the machine: every option that changes the bytes is named here.
_SAVE_OPTIONS = {
    "PNG": {"compress_level": 6},
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"quality": 95},
}


def read_photo(path: str | Path) -> np.ndarray:
    """Read a photograph the way it is meant to be seen.

    The EXIF rotation is applied; grayscale, palette and CMYK pictures become RGB; 16-bit ones
    keep their upper 8 bits; transparent parts are laid on white. Of an animation the first frame
    is taken.

    Args:
        path: a picture file in any format that Pillow reads.

    Returns:
        uint8 [H, W, 3] RGB.

    Raises:
        MediaError: the file is absent, no picture, truncated, or claims more than 100 million
            pixels.
    """
    path = Path(path)
    try:
        with warnings.catch_warnings():
            # Our own limit below is the one that counts.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                width, height = image.size
                if width * height > _MAX_PIXELS:
                    raise MediaError(_too_large(path, f"{width}x{height}"))
                image.load()
                return _to_rgb(ImageOps.exif_transpose(image))
    except FileNotFoundError:
        raise MediaError(f"{path} does not exist") from None
    except Image.DecompressionBombError:
        raise MediaError(_too_large(path, "its header's size")) from None
    except Image.UnidentifiedImageError:
        raise MediaError(f"{path} is not a picture in a format that can be read") from None
    except (OSError, ValueError, SyntaxError, EOFError) as error:  # what Pillow's decoders raise
        raise MediaError(f"{path} cannot be read as a picture: {error}") from error


def write_image(path: str | Path, image: np.ndarray) -> None:
    """Write a picture; it appears under its name only when complete.

    Args:
        path: the file; its suffix chooses the format (`.png`, `.jpg`, `.webp`, …).
        image: uint8 [H, W, 3] RGB.

    Raises:
        MediaError: the suffix is unknown or the file cannot be written.
        ValueError: `image` is not uint8 [H, W, 3].
    """
    path = Path(path)
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(
            f"write_image expects an uint8 [H, W, 3] image, received {image.dtype} {image.shape}"
        )
    file_format = Image.registered_extensions().get(path.suffix.lower())
    if file_format not in Image.SAVE:
        raise MediaError(
            f"cannot write {path}: {path.suffix!r} is no picture format; use .png or .jpg"
        )
    with atomic_file(path) as temporary:
        try:
            options = _SAVE_OPTIONS.get(file_format, {})
            Image.fromarray(image).save(temporary, format=file_format, **options)
        except (OSError, ValueError) as error:
            raise MediaError(f"cannot write {path}: {error}") from error


def _to_rgb(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I"):  # 16 bits a pixel, which Pillow's own conversion would clip
        deep = np.asarray(image).astype(np.int64)
        gray = np.clip(deep >> 8, 0, 255).astype(np.uint8)
        return np.repeat(gray[..., None], 3, axis=2)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, image)
    return np.array(image.convert("RGB"))


def _too_large(path: Path, received: str) -> str:
    return (
        f"{path} is too large: {received}, but at most {_MAX_PIXELS:,} pixels are read; scale it "
        "down"
    )
