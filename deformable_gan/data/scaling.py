"""Scaling images down and up."""

import cv2
import numpy as np


def scaled(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return an image at another size: averaged if neither side grows, otherwise interpolated.

    Args:
        image: uint8 [h, w, 3].
        size: (H, W) of the result, in pixels.

    Returns:
        uint8 [H, W, 3].
    """
    if image.shape[:2] == tuple(size):
        return image
    shrinks = size[0] <= image.shape[0] and size[1] <= image.shape[1]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(image, size[::-1], interpolation=interpolation)
