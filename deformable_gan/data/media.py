"""Reading and writing single images."""

import importlib.util
import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, features

from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.data.photo_orientation import exif_orientation, split_jpeg, upright
from deformable_gan.errors import MediaError

_HEIF_SUFFIXES = frozenset({".heic", ".heif", ".hif"})
_READS_HEIF = importlib.util.find_spec("pillow_heif") is not None
_AVIF_SUFFIXES = frozenset({".avif"})
_READS_AVIF = "avif" in features.modules and features.check("avif")

#: Suffixes (lower case) of the files that count as photographs in a folder.
PHOTO_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".bmp", ".webp", ".tif", ".tiff"}
    | (_HEIF_SUFFIXES if _READS_HEIF else set())
    | (_AVIF_SUFFIXES if _READS_AVIF else set())
)
_CONVERT = "convert them to JPEG"
#: Advice for media files that cannot be read, by their suffixes (lower case).
UNREADABLE_MEDIA = {
    **(
        {}
        if _READS_HEIF
        else dict.fromkeys(
            _HEIF_SUFFIXES,
            f'install pillow-heif (pip install "deformable-gan[heic]") or {_CONVERT}',
        )
    ),
    **(
        {}
        if _READS_AVIF
        else dict.fromkeys(_AVIF_SUFFIXES, f"install a newer Pillow or {_CONVERT}")
    ),
    **dict.fromkeys(
        (".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".raf", ".rw2", ".jxl", ".psd"), _CONVERT
    ),
}

_ORIENTATION = 0x0112
# More than a photograph of people needs; this many pixels take 300 MB once decoded.
_MAX_PIXELS = 100_000_000
# Encoding must not depend on the machine: every option that changes the bytes is set here.
_SAVE_OPTIONS = {
    "PNG": {"compress_level": 6},
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"quality": 95},
}


def read_photo(path: str | Path) -> np.ndarray:
    """Read a photograph the way it is meant to be viewed.

    The EXIF orientation is applied; the rest of the EXIF block is ignored, even if it is damaged.
    Grayscale, palette and CMYK images are converted to RGB, 16-bit images keep their upper 8 bits,
    and transparent parts become white. For an animation the first frame is returned.

    Args:
        path: an image file in any format that Pillow reads, or HEIF if pillow-heif is installed.

    Returns:
        uint8 [H, W, 3] RGB.

    Raises:
        MediaError: the file is absent, not an image, truncated, or claims more than 100 million
            pixels.
    """
    path = Path(path)
    try:
        with warnings.catch_warnings():
            # Our own limit below applies, and warnings about unusual tags do not help users.
            warnings.simplefilter("ignore")
            file, orientation = _opened(path)
            with Image.open(file) as image:
                width, height = image.size
                if width * height > _MAX_PIXELS:
                    raise MediaError(_too_large(path, f"it has {width}x{height} pixels"))
                _load(image)
                return upright(_to_rgb(image), orientation or _orientation_of(image))
    except FileNotFoundError:
        raise MediaError(f"{path} does not exist") from None
    except (MediaError, MemoryError):
        raise
    except Image.DecompressionBombError:
        raise MediaError(_too_large(path, "its header states an excessive size")) from None
    except Image.UnidentifiedImageError:
        advice = UNREADABLE_MEDIA.get(path.suffix.lower())
        raise MediaError(
            f"{path} is not an image, or its format cannot be read"
            + (f": {advice.replace('them', 'it')}" if advice else "")
        ) from None
    except Exception as error:  # Pillow's decoders raise all kinds of errors for damaged files
        raise MediaError(f"{path} cannot be read as an image: {error}") from error


def photo_orientation(path: str | Path) -> int:
    """Return a photograph's EXIF orientation, 1 to 8; 1 if it has no readable orientation.

    Raises:
        MediaError: the file cannot be read as an image.
    """
    path = Path(path)
    try:
        file, orientation = _opened(path)
        if orientation:
            return orientation
        with warnings.catch_warnings(action="ignore"), Image.open(file) as image:
            return _orientation_of(image)
    except MemoryError:
        raise
    except Exception as error:  # as in `read_photo`
        raise MediaError(f"{path} cannot be read as an image: {error}") from error


def write_image(path: str | Path, image: np.ndarray) -> None:
    """Write an image; it appears under its name only when complete.

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
            f"write_image expects a uint8 [H, W, 3] image, received {image.dtype} {image.shape}"
        )
    file_format = Image.registered_extensions().get(path.suffix.lower())
    if file_format not in Image.SAVE:
        raise MediaError(
            f"cannot write {path}: {path.suffix!r} is not a supported image format: use .png or "
            ".jpg"
        )
    with atomic_file(path) as temporary:
        try:
            options = _SAVE_OPTIONS.get(file_format, {})
            Image.fromarray(image).save(temporary, format=file_format, **options)
        except (OSError, ValueError) as error:
            raise MediaError(f"cannot write {path}: {error}") from error


def _opened(path: Path) -> tuple[Path | io.BytesIO, int | None]:
    """Return the path or stream for Pillow to open, and the orientation if it is already known."""
    if path.suffix.lower() in _HEIF_SUFFIXES and _READS_HEIF:
        import pillow_heif

        pillow_heif.register_heif_opener()
    with path.open("rb") as file:
        if file.read(2) != b"\xff\xd8":
            return path, None
        # Pillow reads the EXIF block of a JPEG while opening it, and fails if it is damaged.
        file.seek(0)
        data, orientation = split_jpeg(file.read())
    return io.BytesIO(data), orientation


def _load(image: Image.Image) -> None:
    """Decode the pixels, even if the tags of a TIFF are damaged."""
    if image.format == "TIFF":
        # Pillow rotates TIFFs after reading all their tags; an error in the tags must not lose
        # the image.
        finish = image.load_end  # type: ignore[attr-defined]  # images of files have it

        def finish_if_possible() -> None:
            try:
                finish()
            except Exception:
                # The pixels were not rotated, but `size` is already that of the rotated image.
                image._size = image.im.size

        image.load_end = finish_if_possible  # type: ignore[attr-defined]  # images of files have it
    image.load()


def _orientation_of(image: Image.Image) -> int:
    """Return the orientation to apply to an image that is not a JPEG."""
    exif = image.info.get("exif")
    if isinstance(exif, bytes) and (found := exif_orientation(exif)):
        return found
    try:
        orientation = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # damaged blocks raise all kinds of errors
        orientation = getattr(image, "tag_v2", {}).get(_ORIENTATION, 1)  # of a TIFF
    return orientation if orientation in range(1, 9) else 1


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
        f"{path} is too large: {received}, but at most {_MAX_PIXELS:,} are allowed; scale it down"
    )
