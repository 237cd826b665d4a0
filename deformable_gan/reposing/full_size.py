"""Composing an image at a photograph's own size with the weights that a network has predicted."""

from collections.abc import Mapping

import cv2
import numpy as np

from deformable_gan.geometry.full_size_rules import (
    FADE,
    LEAST_LOGARITHM,
    LEAST_WEIGHT,
    MOST_DECISION,
)
from deformable_gan.pose.person_crop import PersonCrop
from deformable_gan.reposing.window import Window
from deformable_gan.reposing.window_view import WindowView

# Number of pixels that are composed at once, so that intermediate results fit into the CPU's cache.
_BAND = 1 << 17
# The largest number of pixels of a photograph that is also kept as floats.
_MOST_FLOATS = 4_000_000
_DEPTHS = {"uint8": cv2.CV_8U, "float32": cv2.CV_32F}


class FullSizeComposer:
    """A composer that mixes a composite generator's candidates at the size of the photograph.

    The network sees a small crop of a photograph and predicts the weight of each candidate for
    every pixel of the crop. The weights are smooth. The composer upsamples them by bicubic
    interpolation of their logarithms, so that the more certain the network is, the sharper the
    borders between candidates are. Candidates that differ by a shift of half a pixel of the network
    differ by a shift of several pixels of the photograph, so their mean is blurred. To make the
    choice more decisive, the weights are therefore raised to a power, which grows from 1 at the
    network's size to 2 at twice that size and stays at 2 for larger photographs. The transforms are
    scaled exactly, and the photograph itself is warped, once for each region and only within the
    rectangle where the region has a weight. If the crop is the whole photograph at its own size,
    the result equals the generator's.

    Args:
        photograph: uint8 [H', W', 3], or float32 with values from 0 to 255.
        crop: the part of the photograph that the network saw.
        background: the photograph without the person, of the same size and dtype, for generators
            with a background candidate; None for others.
        still: an image of the photograph's size and dtype that is shown around the crop and serves
            as the candidate of the unmoved source; None for the photograph itself.
        least_weight: a candidate is used only within the bounding box of the network's pixels where
            its weight is larger than this.
    """

    def __init__(
        self,
        photograph: np.ndarray,
        crop: PersonCrop,
        background: np.ndarray | None = None,
        still: np.ndarray | None = None,
        least_weight: float = LEAST_WEIGHT,
    ):
        self.photograph = photograph
        self.crop = crop
        # Floats are faster to mix, but would take too much memory for large photographs.
        small = photograph.shape[0] * photograph.shape[1] <= _MOST_FLOATS
        self._pixels, self._background, self._still = (
            image.astype(np.float32) if small and image is not None else image
            for image in (photograph, background, still)
        )
        self._around = photograph if still is None else still
        if still is None:
            self._still = self._pixels
        self._least_weight = least_weight
        self._scale = np.array([crop.height, crop.width]) / crop.output_size
        self._corner = np.array([crop.top, crop.left])
        enlarged = np.sqrt(self._scale.prod())
        self._decision = np.float32(1 + np.clip(enlarged - 1, 0, 1) * (MOST_DECISION - 1))
        self._views: dict[Window, WindowView] = {}

    def in_crop(self, parts: Mapping[str, np.ndarray]) -> np.ndarray:
        """Compose the part of the photograph in the crop, pixel for pixel.

        Args:
            parts: the result of `inference.make_compose` for one image, without the batch axis.

        Returns:
            [round(crop.height), round(crop.width), 3] of the photograph's dtype.
        """
        return self.compose(parts, Window.of_crop(self.crop))

    def in_photograph(self, parts: Mapping[str, np.ndarray]) -> np.ndarray:
        """Compose the crop's part of the photograph; the rest is the photograph (or `still`).

        Outside the crop, the result fades into the rest over a distance of two pixels of the
        network.

        Args:
            parts: as in `in_crop`.

        Returns:
            [H', W', 3] of the photograph's dtype.
        """
        size = self.photograph.shape[:2]
        window = Window.of_crop(self.crop).grown(FADE * self._scale).within(size)
        whole = self._around.copy()
        whole[window.top : window.top + window.height, window.left : window.left + window.width] = (
            self.compose(parts, window, fade=True)
        )
        return whole

    def compose(
        self, parts: Mapping[str, np.ndarray], window: Window, fade: bool = False
    ) -> np.ndarray:
        """Compose a window of the photograph.

        Args:
            parts: as in `in_crop`.
            window: the window to compose.
            fade: whether the result fades into the photograph (or `still`) outside the crop.

        Returns:
            [window.height, window.width, 3] of the photograph's dtype.
        """
        view = self._view(window)
        weights = parts["weights"]
        # At the network's own size, the weights are used as they are.
        exact = view.same_pixels and self._decision == 1
        least = np.exp(np.float32(LEAST_LOGARITHM))
        if not exact:
            logarithms = np.log(np.maximum(weights, least))
            logarithms *= self._decision
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
                if exact:
                    share = np.maximum(weights[rows, columns, k], least)
                else:
                    share = cv2.exp(view.upsampled(logarithms[..., k], rows, columns))
                candidate = self._candidate(k, weights, matrices, drawn, view, rows, columns)
                within = slice(top - first, bottom - first), columns
                total[within] += share
                share = cv2.merge([share] * 3)
                image[within] += cv2.multiply(share, candidate, dst=share, dtype=cv2.CV_32F)
            image = cv2.divide(image, cv2.merge([total] * 3), dst=image)
            if fade:
                rows = slice(first, last)
                around = view.photograph[rows]
                image = around + view.fading(rows)[..., None] * (image - around)
            # Rounded and clipped if the result is uint8.
            result[first:last] = cv2.add(image, 0.0, dtype=_DEPTHS[result.dtype.name])
        return result

    def _candidate(self, k, weights, matrices, drawn, view, rows, columns) -> np.ndarray:
        """Return a part of candidate `k`, float32 or uint8 [h, w, 3] from 0 to 255."""
        last = weights.shape[-1] - 1
        if k < len(matrices):
            matrix = matrices[k].copy()
            start = view.window.left + columns.start, view.window.top + rows.start
            matrix[:, 2] += matrix[:, :2] @ start
            size = columns.stop - columns.start, rows.stop - rows.start
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            return cv2.warpAffine(
                self._pixels, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE
            )
        if k == last:
            channels = [view.upsampled(drawn[..., c], rows, columns) for c in range(3)]
            return cv2.merge(channels)
        if k == last - 1:
            return view.photograph[rows, columns]
        return view.background[rows, columns]

    def _to_photograph(self, transforms: np.ndarray) -> np.ndarray:
        """Convert transforms to pixels of the photograph, float64 [R, 2, 3] on (x, y)."""
        scale, corner = self._scale[::-1], self._corner[::-1]
        matrices = np.asarray(transforms, np.float64)[:, :6].reshape(-1, 2, 3)
        linear = matrices[:, :, :2] * (scale[:, None] / scale[None])
        # Pixel p of the network is at scale · (p + 1/2) + corner.
        zero = 0.5 * scale + corner
        offset = matrices[:, :, 2] * scale + zero - linear @ zero
        return np.concatenate([linear, offset[..., None]], axis=-1)

    def _view(self, window: Window) -> WindowView:
        if window not in self._views:
            view = WindowView(window, self.crop, self._still, self._background)
            self._views[window] = view
        return self._views[window]
