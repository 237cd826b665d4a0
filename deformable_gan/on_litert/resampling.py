"""Resampling of a square part of an image, as `tf.image.resize` does it, without TensorFlow."""

import functools

import numpy as np

# Number of output rows that are computed by one matrix product. They depend on few input rows, so
# that most of a single large product would be multiplications by zero.
_BLOCK = 16


def resize_square(image: np.ndarray, square: tuple[int, int, int], n: int) -> np.ndarray:
    """Cut a square out of an image and resize it; parts outside the image are black.

    The result equals `tf.image.resize(…, antialias=True)` of the square: bilinear interpolation
    and, for larger squares, a triangular filter.

    Args:
        image: uint8 [H, W, C].
        square: (top, left, side) in pixels; it may extend beyond the image.
        n: the side of the result.

    Returns:
        float32 [n, n, C].
    """
    top, left, side = square
    rows, columns = (
        slice(max(0, -start), max(0, min(side, size - start)))
        for start, size in zip((top, left), image.shape[:2], strict=True)
    )
    inside = image[top + rows.start : top + rows.stop, left + columns.start : left + columns.stop]
    if not inside.size:
        return np.zeros((n, n, image.shape[2]), np.float32)
    # Rows first; the transposition makes columns the first axis, and the second one turns it back.
    half = _resample(inside.astype(np.float32), _weights(side, n), rows.start)
    return _resample(half.swapaxes(0, 1), _weights(side, n), columns.start).swapaxes(0, 1)


def _resample(values: np.ndarray, weights: np.ndarray, start: int) -> np.ndarray:
    """Multiply weights [n, side] by the values [k, m, C] of the rows from `start` on."""
    count, n = len(values), len(weights)
    flat = np.ascontiguousarray(values).reshape(count, -1)
    result = np.zeros((n, flat.shape[1]), np.float32)
    for first in range(0, n, _BLOCK):
        block = weights[first : first + _BLOCK, start : start + count]
        used = np.flatnonzero(block.any(axis=0))
        if len(used):
            reach = slice(used[0], used[-1] + 1)
            result[first : first + _BLOCK] = block[:, reach] @ flat[reach]
    return result.reshape(n, *values.shape[1:])


@functools.lru_cache(maxsize=16)  # several megabytes each for large photographs
def _weights(side: int, n: int) -> np.ndarray:
    """Return the weight of each input pixel in each output pixel, float32 [n, side]."""
    step = np.float32(side) / np.float32(n)
    centres = (np.arange(n, dtype=np.float32) + np.float32(0.5)) * step
    pixels = np.arange(side, dtype=np.float32) + np.float32(0.5)
    distance = np.abs(pixels - centres[:, None]) / max(step, np.float32(1))
    weights = np.maximum(np.float32(1) - distance, np.float32(0))
    return weights / weights.sum(axis=1, keepdims=True)
