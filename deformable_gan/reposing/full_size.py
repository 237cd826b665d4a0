"""Composing at a photograph's own size what a network has chosen at its own."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from deformable_gan.geometry.regions import REGION_COUNT
from deformable_gan.pose.person_crop import PersonCrop

# Pixels that are composed at a time; their intermediates stay in the processor's cache.
_BAND = 1 << 17
# Weights are upsampled as logarithms: e^-16 counts as zero.
_LEAST_LOGARITHM = -16.0
# Pixels of the network over which a result fades into the photograph around the crop.
_FADE = 2.0
# Interpolation looks at two pixels on either side.
_REACH = 2


@dataclass(frozen=True)
class Window:
    """A rectangle of whole pixels of a photograph; it may reach beyond it.

    Attributes:
        top: its first row.
        left: its first column.
        height: in pixels.
        width: in pixels.
    """

    top: int
    left: int
    height: int
    width: int

    @classmethod
    def of_crop(cls, crop: PersonCrop) -> "Window":
        """Return the window whose edges lie nearest to those of a crop."""
        top, left = round(crop.top + 0.5), round(crop.left + 0.5)
        return cls(top, left, max(1, round(crop.height)), max(1, round(crop.width)))

    def grown(self, margin: tuple[float, float]) -> "Window":
        """Return the window with a margin of (rows, columns) on every side, rounded up."""
        rows, columns = (int(np.ceil(length)) for length in margin)
        return Window(
            self.top - rows, self.left - columns, self.height + 2 * rows, self.width + 2 * columns
        )

    def within(self, size: tuple[int, int]) -> "Window":
        """Return the part that lies inside of an image of size (height, width)."""
        top, left = max(self.top, 0), max(self.left, 0)
        bottom = min(self.top + self.height, size[0])
        right = min(self.left + self.width, size[1])
        return Window(top, left, max(bottom - top, 0), max(right - left, 0))

    def of(self, image: np.ndarray) -> np.ndarray:
        """Return the window of an image [H, W, C], border pixels repeated beyond its edges."""
        inside = self.within(image.shape[:2])
        if inside == self:
            rows = slice(self.top, self.top + self.height)
            return image[rows, self.left : self.left + self.width]
        rows, columns = np.ogrid[
            self.top : self.top + self.height, self.left : self.left + self.width
        ]
        return image[
            rows.clip(0, image.shape[0] - 1),
            columns.clip(0, image.shape[1] - 1),
        ]


class FullSizeComposer:
    """Mixes the candidates of a composite generator at the size of the photograph.

    The network sees a small crop of a photograph, and chooses for every pixel of it how much of
    each candidate is taken. Its weights are smooth: here they are upsampled by bicubic
    interpolation of their logarithms, so that borders between candidates become as sharp as the
    network is sure of them. The transforms are scaled exactly, and the photograph itself is warped,
    once for each region and only within the rectangle where the region has a weight. Where the crop
    is the photograph and has its size, the result is the generator's own.

    Args:
        photograph: uint8 [H', W', 3], or float32 of the same range from 0 to 255.
        crop: the part of it that the network saw.
        background: the photograph without the person, of the same size and type, for generators
            with a background candidate; None for others.
        least_weight: a candidate is left out outside of the rectangle around the network's pixels
            in which its weight is larger.
    """

    def __init__(
        self,
        photograph: np.ndarray,
        crop: PersonCrop,
        background: np.ndarray | None = None,
        least_weight: float = 1 / 512,
    ):
        self.photograph = photograph
        self.crop = crop
        self.background = background
        self._least_weight = least_weight
        self._scale = np.array([crop.height, crop.width]) / crop.output_size
        self._corner = np.array([crop.top, crop.left])
        self._views: dict[Window, _View] = {}

    def in_crop(self, parts: Mapping[str, np.ndarray]) -> np.ndarray:
        """Compose the part of the photograph that the crop shows, pixel for pixel.

        Args:
            parts: of one image, without the batch: what `inference.make_compose` returns.

        Returns:
            [round(crop.height), round(crop.width), 3] of the photograph's type.
        """
        return self.compose(parts, Window.of_crop(self.crop))

    def in_photograph(self, parts: Mapping[str, np.ndarray]) -> np.ndarray:
        """Compose the crop's part of the photograph within the rest, which stays as it is.

        Around the crop the result fades into the photograph over two pixels of the network.

        Args:
            parts: as for `in_crop`.

        Returns:
            [H', W', 3] of the photograph's type.
        """
        size = self.photograph.shape[:2]
        window = Window.of_crop(self.crop).grown(_FADE * self._scale).within(size)
        whole = self.photograph.copy()
        whole[window.top : window.top + window.height, window.left : window.left + window.width] = (
            self.compose(parts, window, fade=True)
        )
        return whole

    def compose(
        self, parts: Mapping[str, np.ndarray], window: Window, fade: bool = False
    ) -> np.ndarray:
        """Compose a window of the photograph.

        Args:
            parts: as for `in_crop`.
            window: what to compose.
            fade: whether to fade into the photograph outside of the crop.

        Returns:
            [window.height, window.width, 3] of the photograph's type.
        """
        view = self._view(window)
        weights = parts["weights"]
        logarithms = np.log(np.maximum(weights, np.exp(np.float32(_LEAST_LOGARITHM))))
        drawn = (parts["drawn"] + 1) * np.float32(127.5)
        matrices = self._to_photograph(parts["transforms"])
        boxes = [view.box(weights[..., k] > self._least_weight) for k in range(weights.shape[-1])]
        result = np.empty((window.height, window.width, 3), self.photograph.dtype)
        step = max(1, _BAND // window.width)
        for first in range(0, window.height, step):
            last = min(first + step, window.height)
            image = np.zeros((last - first, window.width, 3), np.float32)
            total = np.zeros((last - first, window.width), np.float32)
            for k, box in enumerate(boxes):
                if box is None:
                    continue
                top, bottom = max(box[0], first), min(box[1], last)
                if top >= bottom:
                    continue
                rows, columns = slice(top, bottom), slice(box[2], box[3])
                share = cv2.exp(view.upsampled(logarithms[..., k], rows, columns))
                candidate = self._candidate(k, weights, matrices, drawn, view, rows, columns)
                within = slice(top - first, bottom - first), columns
                total[within] += share
                image[within] += cv2.merge([share] * 3) * candidate
            image /= total[..., None]
            if fade:
                rows = slice(first, last)
                around = view.photograph[rows]
                image = around + view.fading(self.crop, rows)[..., None] * (image - around)
            if result.dtype == np.uint8:
                image = np.rint(np.clip(image, 0, 255))
            result[first:last] = image
        return result

    def _candidate(self, k, weights, matrices, drawn, view, rows, columns) -> np.ndarray:
        """Return a part of a candidate as grey levels, float32 or uint8 [h, w, 3]."""
        last = weights.shape[-1] - 1
        if k < REGION_COUNT:
            matrix = matrices[k].copy()
            start = view.window.left + columns.start, view.window.top + rows.start
            matrix[:, 2] += matrix[:, :2] @ start
            size = columns.stop - columns.start, rows.stop - rows.start
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            return cv2.warpAffine(
                self.photograph, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE
            )
        if k == last:
            channels = [view.upsampled(drawn[..., c], rows, columns) for c in range(3)]
            return cv2.merge(channels)
        if k == last - 1:
            return view.photograph[rows, columns]
        return view.background[rows, columns]

    def _to_photograph(self, transforms: np.ndarray) -> np.ndarray:
        """Return transforms between pixels of the photograph, float64 [R, 2, 3] of (x, y)."""
        scale, corner = self._scale[::-1], self._corner[::-1]
        matrices = np.asarray(transforms, np.float64)[:, :6].reshape(-1, 2, 3)
        linear = matrices[:, :, :2] * (scale[:, None] / scale[None])
        # Pixel p of the network lies at scale · (p + 1/2) + corner.
        zero = 0.5 * scale + corner
        offset = matrices[:, :, 2] * scale + zero - linear @ zero
        return np.concatenate([linear, offset[..., None]], axis=-1)

    def _view(self, window: Window) -> "_View":
        if window not in self._views:
            places = (
                (np.arange(length) + start - corner) / scale - 0.5
                for length, start, corner, scale in zip(
                    (window.height, window.width),
                    (window.top, window.left),
                    self._corner,
                    self._scale,
                    strict=True,
                )
            )
            self._views[window] = _View(
                window,
                self.crop.output_size,
                list(places),
                window.of(self.photograph),
                None if self.background is None else window.of(self.background),
            )
        return self._views[window]


class _View:
    """What stays the same for all poses in a window of a photograph.

    Args:
        window: the window.
        size: (H, W) of the network's images.
        places: of the window's rows and columns, in pixels of the network.
        photograph: the window's part of it.
        background: the same of the background.
    """

    def __init__(self, window, size, places, photograph, background):
        self.window = window
        self.photograph = photograph
        self.background = background
        self._size = size
        self._places = places
        self._matrices = [
            _bicubic(place, length) for place, length in zip(places, size, strict=True)
        ]

    def upsampled(self, channel: np.ndarray, rows: slice, columns: slice) -> np.ndarray:
        """Return a part of a channel [H, W] of the network, interpolated, float32 [h, w]."""
        vertical, horizontal = self._matrices
        return vertical[rows] @ channel @ horizontal[columns].T

    def box(self, wanted: np.ndarray) -> tuple[int, int, int, int] | None:
        """Return the window's (top, bottom, left, right) around pixels of the network, or None.

        Args:
            wanted: bool [H, W].
        """
        ends = []
        for axis, places in enumerate(self._places):
            found = np.flatnonzero(wanted.any(axis=1 - axis))
            if not len(found):
                return None
            low, high = found[0] - _REACH, found[-1] + _REACH
            # What lies beyond the network's pixels looks like those at its edge.
            low = -np.inf if low < 0 else low
            high = np.inf if high > self._size[axis] - 1 else high
            ends += [np.searchsorted(places, low, "right"), np.searchsorted(places, high, "left")]
        top, bottom, left, right = (int(end) for end in ends)
        return (top, bottom, left, right) if top < bottom and left < right else None

    def fading(self, crop: PersonCrop, rows: slice) -> np.ndarray:
        """Return the result's share around a crop, float32 [h, w]: 1 inside, falling outside."""
        shares = []
        for places, length in zip(self._places, crop.output_size, strict=True):
            beyond = np.maximum(np.maximum(-0.5 - places, places - (length - 0.5)), 0)
            share = np.maximum(1 - beyond / _FADE, 0)
            shares.append((share * share * (3 - 2 * share)).astype(np.float32))
        return np.outer(shares[0][rows], shares[1])


def _bicubic(places: np.ndarray, length: int) -> np.ndarray:
    """Return the matrix that interpolates a row of pixels at some places.

    Cubic convolution (Keys 1981, a = -1/2), the pixels at the ends repeated.

    Args:
        places: float [n].
        length: of the row.

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
