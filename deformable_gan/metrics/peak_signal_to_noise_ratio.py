"""PSNR: the largest value squared over the mean squared difference of pixels, in decibels."""

import numpy as np


def peak_signal_to_noise_ratio(reference: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Return 10 log10(255² / mean squared difference).

    Args:
        reference: uint8 [B, H, W, C].
        image: uint8 [B, H, W, C].

    Returns:
        float64 [B] in decibels; infinite where the images are equal.
    """
    difference = np.asarray(reference).astype(np.int32) - np.asarray(image)
    square = (difference**2).mean(axis=(1, 2, 3), dtype=np.float64)
    with np.errstate(divide="ignore"):
        return 10 * np.log10(255.0**2 / square)
