"""Finding frames that are not worth training on (blurred, duplicate) and cuts between frames."""

import cv2
import numpy as np

from deformable_gan.pose.body_box import BodyBox

# Sharpness is compared at one size, so that it does not depend on the distance of the person.
_COMPARED_SIZE = (128, 64)
_BLOCK = 8
# A duplicate frame is bitwise equal, or equal up to the rounding of another encoder.
_SAME = 0.25
_CUT = 40.0
_THUMBNAIL_SIZE = (18, 32)


def sharpness(image: np.ndarray, box: BodyBox) -> float:
    """Return the variance of the Laplacian of the person's part of an image, at 128 x 64 pixels.

    The values are comparable only among frames of one clip.

    Args:
        image: uint8 [H, W, 3].
        box: the person's bounding box, within the image.
    """
    part = image[_pixels(box)]
    height, width = _COMPARED_SIZE
    small = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)
    gray = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return float(cv2.Laplacian(gray, cv2.CV_32F).var())


def is_duplicate(image: np.ndarray, other: np.ndarray) -> bool:
    """Return whether a frame is a duplicate of another.

    The mean over 8 x 8 pixels of the largest difference of the channels must be below a quarter of
    a grey level everywhere. Frames of a person who stands still differ by more, because the person
    breathes and a camera has noise.

    Args:
        image: uint8 [H, W, 3].
        other: uint8 [H, W, 3].
    """
    if image.shape != other.shape:
        return False
    # A quick test: this difference in a single pixel already makes the mean of a block too large.
    if cv2.norm(image, other, cv2.NORM_INF) >= _SAME * _BLOCK**2:
        return False
    difference = cv2.absdiff(image, other).max(axis=2).astype(np.float32)
    return bool(cv2.blur(difference, (_BLOCK, _BLOCK)).max() < _SAME)


def thumbnail(image: np.ndarray) -> np.ndarray:
    """Return an image at 18 x 32 pixels, float32, for `is_cut`."""
    height, width = _THUMBNAIL_SIZE
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)


def is_cut(before: np.ndarray, after: np.ndarray) -> bool:
    """Return whether two thumbnails differ so much that they show different scenes.

    The threshold is a mean difference of 40 grey levels (of 255). A person who passes close to the
    camera causes a difference of 20.
    """
    return bool(np.abs(before - after).mean() > _CUT)


def _pixels(box: BodyBox) -> tuple[slice, slice]:
    top, left = (max(0, int(np.floor(edge + 0.5))) for edge in (box.top, box.left))
    bottom, right = (int(np.ceil(edge + 0.5)) for edge in (box.bottom, box.right))
    return slice(top, max(bottom, top + 1)), slice(left, max(right, left + 1))
