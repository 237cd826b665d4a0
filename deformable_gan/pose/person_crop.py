"""The part of an image that shows a person, brought to the networks' size."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from deformable_gan.pose.body_box import BodyBox

#: How much of its size a crop gives up at most, to lie within the image.
LEAST_FITTED_SHARE = 0.9


@dataclass(frozen=True)
class PersonCrop:
    """A rectangle of an image and the size it is resampled to.

    *Convention.* The rectangle's edges are real numbers in the image's pixel coordinates, pixel
    centres at integers: the whole of an H x W image is top -0.5, left -0.5, height H, width W.
    The centre of output pixel i lies at image coordinate `top + (i + 0.5) · height / H_out`.

    Attributes:
        top: the rectangle's upper edge; it may lie outside the image.
        left: its left edge.
        height: its height, in image pixels.
        width: its width.
        output_size: (height, width) of the crop, in pixels.
    """

    top: float
    left: float
    height: float
    width: float
    output_size: tuple[int, int]

    def __post_init__(self):
        if not (self.height > 0 and self.width > 0 and min(self.output_size) > 0):
            raise ValueError(
                f"a crop needs positive sizes, received rectangle {self.height} x {self.width}, "
                f"output {self.output_size}"
            )

    @classmethod
    def around(
        cls, boxes: BodyBox | Sequence[BodyBox], output_size: tuple[int, int]
    ) -> "PersonCrop":
        """Return the smallest crop of the output's shape that holds some bodies.

        Round one body for a photograph; round all of a clip for a crop that stays in place, so
        that a still camera's background stays still.

        Args:
            boxes: one or several boxes, which lie in the middle.
            output_size: (height, width) of the crop, in pixels.

        Raises:
            ValueError: there are no boxes.
        """
        box = boxes if isinstance(boxes, BodyBox) else BodyBox.union(boxes)
        # Pixel for pixel the output has square pixels: one side of the box decides.
        scale = max(box.height / output_size[0], box.width / output_size[1])
        height, width = scale * output_size[0], scale * output_size[1]
        y, x = box.centre
        return cls(y - height / 2, x - width / 2, height, width, (output_size[0], output_size[1]))

    @classmethod
    def whole(cls, image_size: tuple[int, int]) -> "PersonCrop":
        """Return the crop that is the whole of an image of (height, width), as it is."""
        height, width = image_size
        return cls(-0.5, -0.5, height, width, (height, width))

    def within(self, image_size: tuple[int, int]) -> "PersonCrop":
        """Return the crop moved so that as little of it as possible lies outside the image.

        What it shows of the image it still shows.

        Args:
            image_size: (height, width) of the image, in pixels.
        """
        top, left = (
            _moved_inside(start, length, size)
            for start, length, size in zip(
                (self.top, self.left), (self.height, self.width), image_size, strict=True
            )
        )
        return replace(self, top=top, left=left)

    def fitted(self, image_size: tuple[int, int]) -> "PersonCrop":
        """Return the crop moved into the image and, where it is too large, shrunk a little.

        At most a tenth of its size is given up, half of the margin round a body at most, to show
        less of what is not there: repeated border pixels.

        Args:
            image_size: (height, width) of the image, in pixels.
        """
        fits = min(image_size[0] / self.height, image_size[1] / self.width)
        share = min(1.0, max(fits, LEAST_FITTED_SHARE))
        height, width = self.height * share, self.width * share
        top = self.top + (self.height - height) / 2
        left = self.left + (self.width - width) / 2
        return replace(self, top=top, left=left, height=height, width=width).within(image_size)

    def apply(self, image: np.ndarray, beyond: np.ndarray | None = None) -> np.ndarray:
        """Cut the rectangle out of an image and resample it.

        Shrinking averages over all the pixels that an output pixel covers; enlarging is linear.
        Beyond the image its border pixels are repeated, or those of another image.

        Args:
            image: uint8 [H, W, 3] or [H, W].
            beyond: the image whose border pixels are repeated, of the same shape: the scene
                without the person, so that a person at the edge is not drawn out. None for `image`.

        Returns:
            uint8 [H_out, W_out, 3] or [H_out, W_out].
        """
        # In Pillow's coordinates, where pixel 0 reaches from 0 to 1.
        top, left = self.top + 0.5, self.left + 0.5
        bottom, right = top + self.height, left + self.width
        # Only the rows and columns that the rectangle and the filter's support need.
        scale = (self.height / self.output_size[0], self.width / self.output_size[1])
        rows = _span(top, bottom, scale[0])
        columns = _span(left, right, scale[1])
        canvas = _spread(image, rows, columns)
        if beyond is not None:
            inside = [
                (places >= 0) & (places < length)
                for places, length in zip((rows, columns), image.shape, strict=False)
            ]
            canvas = np.array(canvas)
            outside = ~np.logical_and.outer(*inside)
            canvas[outside] = _spread(beyond, rows, columns)[outside]
        shrinking = max(scale) > 1
        resized = Image.fromarray(canvas).resize(
            self.output_size[::-1],
            Image.Resampling.HAMMING if shrinking else Image.Resampling.BILINEAR,
            box=(left - columns[0], top - rows[0], right - columns[0], bottom - rows[0]),
        )
        return np.asarray(resized)

    def grown(self, share: float) -> "PersonCrop":
        """Return the crop with a margin of that share of its height and width on every side."""
        return replace(
            self,
            top=self.top - share * self.height,
            left=self.left - share * self.width,
            height=self.height * (1 + 2 * share),
            width=self.width * (1 + 2 * share),
        )

    def covers(self, image_size: tuple[int, int]) -> np.ndarray:
        """Return which pixels of an image lie in the crop, by their centres.

        Args:
            image_size: (height, width) of the image, in pixels.

        Returns:
            bool [H, W].
        """
        y, x = np.arange(image_size[0])[:, None], np.arange(image_size[1])
        rows = (y >= self.top) & (y < self.top + self.height)
        return rows & (x >= self.left) & (x < self.left + self.width)

    def to_crop(self, keypoints: np.ndarray) -> np.ndarray:
        """Bring joints from the image into the crop.

        Args:
            keypoints: float [..., 3] of (y, x, confidence) in pixels of the image.

        Returns:
            float32 [..., 3] in pixels of the crop. Joints outside it stay, with places outside.
        """
        scale, corner = self._scale_and_corner()
        places = np.asarray(keypoints, np.float64).copy()
        places[..., :2] = (places[..., :2] - corner) / scale - 0.5
        return places.astype(np.float32)

    def from_crop(self, keypoints: np.ndarray) -> np.ndarray:
        """Bring joints from the crop into the image: the inverse of `to_crop`.

        Args:
            keypoints: float [..., 3] of (y, x, confidence) in pixels of the crop.

        Returns:
            float32 [..., 3] in pixels of the image.
        """
        scale, corner = self._scale_and_corner()
        places = np.asarray(keypoints, np.float64).copy()
        places[..., :2] = (places[..., :2] + 0.5) * scale + corner
        return places.astype(np.float32)

    def _scale_and_corner(self) -> tuple[np.ndarray, np.ndarray]:
        scale = np.array([self.height, self.width]) / self.output_size
        return scale, np.array([self.top, self.left])


def _spread(image: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return rows and columns of an image; those beyond it repeat its border."""
    taken = image.take(rows.clip(0, image.shape[0] - 1), axis=0)
    return taken.take(columns.clip(0, image.shape[1] - 1), axis=1)


def _span(first_edge: float, last_edge: float, scale: float) -> np.ndarray:
    reach = int(max(scale, 1)) + 2
    return np.arange(int(np.floor(first_edge)) - reach, int(np.ceil(last_edge)) + reach)


def _moved_inside(start: float, length: float, size: int) -> float:
    # The image reaches from -0.5 to size - 0.5; the bounds change places where the crop is longer.
    low, high = sorted((-0.5, size - 0.5 - length))
    return min(max(start, low), high)
