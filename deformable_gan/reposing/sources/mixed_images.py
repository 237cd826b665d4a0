"""Mixing the images that were made from several photographs of a person."""

import cv2
import numpy as np

# An image that differs from the median by this many grey levels has 1/e of the weight.
_AGREEMENT = 12.0
# Standard deviation of the blur of shares, in pixels of the network, so that no edges are visible.
_SOFTNESS = 0.7


def agreeing_shares(images: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the share of each image at each pixel; images that differ from the others get less.

    Objects that hide the person in one photograph, and limbs that one photograph does not show,
    differ from the other images. The weights are multiplied by exp(-d/12), where d is the mean
    absolute difference of the colour from the weighted median, in grey levels.

    Args:
        images: [K, H, W, 3] from 0 to 255, images of the same pose made from different photographs.
        weights: float [K], positive, the weights of the photographs.

    Returns:
        float32 [K, H, W]; the shares of each pixel sum to 1.
    """
    images = np.asarray(images, np.float32)
    weights = np.asarray(weights, np.float32)
    apart = np.abs(images - weighted_median(images, weights)).mean(axis=-1)
    shares = weights[:, None, None] * np.exp(-apart / _AGREEMENT)
    shares /= shares.sum(axis=0)
    shares = np.stack([cv2.GaussianBlur(share, (0, 0), _SOFTNESS) for share in shares])
    return shares / shares.sum(axis=0)


def weighted_median(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted median at every position.

    It is the least value such that the weights of all values up to it are at least half of the sum
    of the weights.

    Args:
        values: [K, ...].
        weights: float [K], not negative.

    Returns:
        [...] of the same dtype.
    """
    order = np.argsort(values, axis=0)
    below = np.cumsum(np.asarray(weights)[order], axis=0)
    half = below[-1:] / 2
    place = (below < half).sum(axis=0, keepdims=True)
    return np.take_along_axis(np.take_along_axis(values, order, axis=0), place, axis=0)[0]
