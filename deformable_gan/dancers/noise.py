"""Smooth random fields, the basis of textures that look photographed."""

import cv2
import numpy as np

from deformable_gan.dancers.tones import Color


def fractal_noise(
    rng: np.random.Generator,
    size: tuple[int, int],
    cells: tuple[float, float],
    octaves: int = 4,
    gain: float = 0.55,
    wrap: bool = False,
) -> np.ndarray:
    """Return the weighted mean of smooth random fields, each twice as fine as the previous one.

    Args:
        rng: determines the values.
        size: (height, width) in pixels.
        cells: (rows, columns) of random values in the coarsest field.
        octaves: largest number of fields; fields finer than the pixels are left out.
        gain: weight of a field relative to the next coarser one.
        wrap: whether the left and the right edge match.

    Returns:
        float32 [height, width] around 0.5, rarely outside 0 to 1.
    """
    height, width = size
    total = np.zeros((height, width), np.float32)
    weight, weights = 1.0, 0.0
    for octave in range(octaves):
        rows = max(1, round(cells[0] * 2**octave))
        columns = max(1, round(cells[1] * 2**octave))
        if octave and (rows > height and columns > width):
            break
        rows, columns = min(rows, height), min(columns, width)
        if wrap:
            field = _wrapped(rng.random((rows + 1, columns), np.float32), height, width)
        else:
            field = cv2.resize(
                rng.random((rows + 1, columns + 1), np.float32),
                (width, height),
                interpolation=cv2.INTER_CUBIC,
            )
        total += weight * field
        weights += weight
        weight *= gain
    return total / np.float32(weights)


def _wrapped(grid: np.ndarray, height: int, width: int) -> np.ndarray:
    columns = grid.shape[1]
    grid = np.pad(grid, ((0, 0), (2, 2)), mode="wrap")
    stretched = round(width * (columns + 4) / columns)
    field = cv2.resize(grid, (max(stretched, width), height), interpolation=cv2.INTER_CUBIC)
    start = min(round(2 * width / columns), field.shape[1] - width)
    return field[:, start : start + width]


def blend(first: np.ndarray | Color, second: np.ndarray | Color, amount: np.ndarray) -> np.ndarray:
    """Return a mixture [..., 3] of two colours; `amount` [...] is the share of `second`."""
    first, second = np.asarray(first, np.float32), np.asarray(second, np.float32)
    return first + (second - first) * amount[..., None].astype(np.float32)
