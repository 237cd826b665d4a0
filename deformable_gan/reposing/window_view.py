"""Mapping between the pixels of a photograph's window and the pixels of the network."""

import numpy as np

from deformable_gan.geometry.full_size_rules import FADE, REACH
from deformable_gan.pose.person_crop import PersonCrop
from deformable_gan.reposing.window import Window


class WindowView:
    """The data of a photograph's window that are the same for all poses.

    Args:
        window: the window.
        crop: the part of the photograph that the network sees.
        photograph: [H', W', 3].
        background: [H', W', 3], the photograph without the person; None if there is none.

    Attributes:
        window: the argument.
        photograph: the window's part of the photograph.
        background: the window's part of the background, or None.
        same_pixels: whether the window's pixels are those of the network.
    """

    def __init__(
        self,
        window: Window,
        crop: PersonCrop,
        photograph: np.ndarray,
        background: np.ndarray | None = None,
    ):
        self.window = window
        self.photograph = window.of(photograph)
        self.background = None if background is None else window.of(background)
        self._size = crop.output_size
        # The window's rows and columns, in pixels of the network.
        self._places = [
            (np.arange(count) + first - edge) / (length / pixels) - 0.5
            for count, first, edge, length, pixels in (
                (window.height, window.top, crop.top, crop.height, self._size[0]),
                (window.width, window.left, crop.left, crop.width, self._size[1]),
            )
        ]
        # At the network's own size, interpolation would return the channel unchanged.
        self.same_pixels = all(
            len(place) == length and np.array_equal(place, np.arange(length))
            for place, length in zip(self._places, self._size, strict=True)
        )
        self._matrices = [
            _bicubic(place, length) for place, length in zip(self._places, self._size, strict=True)
        ]

    def upsampled(self, channel: np.ndarray, rows: slice, columns: slice) -> np.ndarray:
        """Interpolate the network's channel [H, W] at the window's pixels, float32 [h, w]."""
        if self.same_pixels:
            return channel[rows, columns]
        vertical, horizontal = self._matrices
        return vertical[rows] @ channel @ horizontal[columns].T

    def box(self, wanted: np.ndarray) -> tuple[int, int, int, int] | None:
        """Return the part of the window that the given pixels of the network influence.

        Args:
            wanted: bool [H, W], true for the given pixels.

        Returns:
            (top, bottom, left, right) in pixels of the window; None if the part is empty.
        """
        ends = []
        for axis, places in enumerate(self._places):
            found = np.flatnonzero(wanted.any(axis=1 - axis))
            if not len(found):
                return None
            low, high = found[0] - REACH, found[-1] + REACH
            # Outside the network's pixels, values equal those at the edge.
            low = -np.inf if low < 0 else low
            high = np.inf if high > self._size[axis] - 1 else high
            ends += [np.searchsorted(places, low, "right"), np.searchsorted(places, high, "left")]
        top, bottom, left, right = (int(end) for end in ends)
        return (top, bottom, left, right) if top < bottom and left < right else None

    def fading(self, rows: slice) -> np.ndarray:
        """Return the result's weight in some rows, float32 [h, w]: 1 in the crop, falling to 0."""
        shares = []
        for places, length in zip(self._places, self._size, strict=True):
            beyond = np.maximum(np.maximum(-0.5 - places, places - (length - 0.5)), 0)
            share = np.maximum(1 - beyond / FADE, 0)
            shares.append((share * share * (3 - 2 * share)).astype(np.float32))
        return np.outer(shares[0][rows], shares[1])


def _bicubic(places: np.ndarray, length: int) -> np.ndarray:
    """Return the matrix that interpolates a row of pixels at given positions.

    It is cubic convolution (Keys 1981, a = -1/2) with the pixels at the ends repeated.

    Args:
        places: float [n], the positions in pixels.
        length: the length of the row, in pixels.

    Returns:
        float32 [n, length]; rows sum to 1.
    """
    places = np.clip(places, 0, length - 1)
    first = np.floor(places).astype(int)
    matrix = np.zeros((len(places), length))
    for neighbour in range(-1, 3):
        distance = np.abs(places - (first + neighbour))
        near = (1.5 * distance - 2.5) * distance * distance + 1
        far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
        weight = np.where(distance <= 1, near, np.where(distance < 2, far, 0))
        column = np.clip(first + neighbour, 0, length - 1)
        np.add.at(matrix, (np.arange(len(places)), column), weight)
    return matrix.astype(np.float32)
