"""Frames that are not worth learning from: blurred ones, repeated ones; and cuts between frames."""

import cv2
import numpy as np

from deformable_gan.pose.body_box import BodyBox

# Sharpness is compared at one size, so that it does not depend on how near somebody is.
_COMPARED_SIZE = (128, 64)
_BLOCK = 8
# A repeated frame is the same to the bit, or to the rounding of another encoder.
_SAME = 0.25
_CUT = 40.0
_THUMBNAIL_SIZE = (18, 32)


def sharpness(image: np.ndarray, box: BodyBox) -> float:
    """Return the variance of the Laplacian of the person's part of a picture, at 128 x 64 pixels.

    Comparable only among frames of one clip.

    Args:
        image: uint8 [H, W, 3].
        box: where the person is; within the picture.
    """
    part = image[_pixels(box)]
    height, width = _COMPARED_SIZE
    small = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)
    gray = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return float(cv2.Laplacian(gray, cv2.CV_32F).var())


def same_picture(image: np.ndarray, other: np.ndarray) -> bool:
    """Say whether two frames are one frame shown twice.

    Nowhere may the mean difference over 8 x 8 pixels reach a quarter of a gray level. Somebody who
    stands still still breathes, and a camera has noise: such frames differ by more.

    Args:
        image: uint8 [H, W, 3].
        other: uint8 [H, W, 3].
    """
    if image.shape != other.shape:
        return False
    if cv2.norm(image, other, cv2.NORM_INF) >= _SAME * _BLOCK**2:  # one pixel is enough; quick
        return False
    difference = cv2.absdiff(image, other).max(axis=2).astype(np.float32)
    return bool(cv2.blur(difference, (_BLOCK, _BLOCK)).max() < _SAME)


def thumbnail(image: np.ndarray) -> np.ndarray:
    """Return a picture at 18 x 32 pixels, float32, for `is_cut`."""
    height, width = _THUMBNAIL_SIZE
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)


def is_cut(before: np.ndarray, after: np.ndarray) -> bool:
    """Say whether two thumbnails differ so much that they are not of one scene.

    The mean difference is more than 40 of 255; somebody who passes close by the camera makes 20.
    """
    return bool(np.abs(before - after).mean() > _CUT)


def _pixels(box: BodyBox) -> tuple[slice, slice]:
    top, left = (max(0, int(np.floor(edge + 0.5))) for edge in (box.top, box.left))
    bottom, right = (int(np.ceil(edge + 0.5)) for edge in (box.bottom, box.right))
    return slice(top, max(bottom, top + 1)), slice(left, max(right, left + 1))
