"""L1: the mean absolute difference of pixels."""

import numpy as np


def mean_absolute_error(reference: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Return the mean absolute difference over pixels and channels.

    Args:
        reference: uint8 [B, H, W, C].
        image: uint8 [B, H, W, C].

    Returns:
        float64 [B] in grey levels (0 to 255), exact. (The original reports it for values in
        [-1, 1]: multiply by 2 / 255.)
    """
    difference = np.asarray(reference).astype(np.int16) - np.asarray(image)
    return np.abs(difference).mean(axis=(1, 2, 3), dtype=np.float64)
