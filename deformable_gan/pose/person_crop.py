"""The part of an image that shows a person, resampled to the networks' size."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from deformable_gan.pose.body_box import BodyBox

#: A crop that is larger than the image is shrunk to no less than this share of its size.
LEAST_FITTED_SHARE = 0.9


@dataclass(frozen=True)
class PersonCrop:
    """A rectangle of an image and the size it is resampled to.

    *Convention.* The rectangle's edges are real numbers in the image's pixel coordinates, with
    pixel centres at integers: a whole H x W image has top -0.5, left -0.5, height H and width W.
    The centre of output row i is at image row `top + (i + 0.5) · height / H_out`.

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
        """Return the smallest crop of the output's shape that contains all given bodies.

        For a photograph, give one body. For a clip, give the bodies of all frames to get a crop
        that stays in place, so that a still camera's background stays still.

        Args:
            boxes: one or several boxes, whose union is centred in the crop.
            output_size: (height, width) of the crop, in pixels.

        Raises:
            ValueError: there are no boxes.
        """
        box = boxes if isinstance(boxes, BodyBox) else BodyBox.union(boxes)
        # The output has square pixels, so one side of the box determines the scale.
        scale = max(box.height / output_size[0], box.width / output_size[1])
        height, width = scale * output_size[0], scale * output_size[1]
        y, x = box.centre
        return cls(y - height / 2, x - width / 2, height, width, (output_size[0], output_size[1]))

    @classmethod
    def whole(cls, image_size: tuple[int, int]) -> "PersonCrop":
        """Return the crop that leaves an image of size (height, width) unchanged."""
        height, width = image_size
        return cls(-0.5, -0.5, height, width, (height, width))

    def within(self, image_size: tuple[int, int]) -> "PersonCrop":
        """Return the crop moved so that as little of it as possible lies outside the image.

        The crop still contains every part of the image that it contained before.

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
        """Return the crop moved into the image and, if it is too large, slightly shrunk.

        A smaller crop shows less of the repeated border pixels outside the image. Shrinking removes
        at most a twentieth of the crop's height and width on each side. If the crop is made around
        one body, this is at most 60 % of the margin that `BodyBox.of_pose` adds to the body.

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
        """Crop an image to the rectangle and resample it.

        Shrinking averages over all the pixels that an output pixel covers; enlarging is linear.
        Outside the image, its border pixels (or those of `beyond`) are repeated.

        Args:
            image: uint8 [H, W, 3] or [H, W].
            beyond: the image whose border pixels are repeated, of the same shape, such as the scene
                without the person, so that a person at the edge is not stretched. None for `image`.

        Returns:
            uint8 [H_out, W_out, 3] or [H_out, W_out].
        """
        # In Pillow's coordinates, where pixel 0 extends from 0 to 1.
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
        """Return the crop with a margin of this share of its height and width on every side."""
        return replace(
            self,
            top=self.top - share * self.height,
            left=self.left - share * self.width,
            height=self.height * (1 + 2 * share),
            width=self.width * (1 + 2 * share),
        )

    def covers(self, image_size: tuple[int, int]) -> np.ndarray:
        """Return a mask of the pixels of an image whose centres lie in the crop.

        Args:
            image_size: (height, width) of the image, in pixels.

        Returns:
            bool [H, W].
        """
        y, x = np.arange(image_size[0])[:, None], np.arange(image_size[1])
        rows = (y >= self.top) & (y < self.top + self.height)
        return rows & (x >= self.left) & (x < self.left + self.width)

    def to_crop(self, keypoints: np.ndarray) -> np.ndarray:
        """Convert joints from the image to the crop.

        Args:
            keypoints: float [..., 3] of (y, x, confidence) in pixels of the image.

        Returns:
            float32 [..., 3] in pixels of the crop. Joints outside the crop are kept.
        """
        scale, corner = self._scale_and_corner()
        places = np.asarray(keypoints, np.float64).copy()
        places[..., :2] = (places[..., :2] - corner) / scale - 0.5
        return places.astype(np.float32)

    def from_crop(self, keypoints: np.ndarray) -> np.ndarray:
        """Convert joints from the crop to the image, the inverse of `to_crop`.

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
    """Return rows and columns of an image; those outside it repeat its border."""
    taken = image.take(rows.clip(0, image.shape[0] - 1), axis=0)
    return taken.take(columns.clip(0, image.shape[1] - 1), axis=1)


def _span(first_edge: float, last_edge: float, scale: float) -> np.ndarray:
    reach = int(max(scale, 1)) + 2
    return np.arange(int(np.floor(first_edge)) - reach, int(np.ceil(last_edge)) + reach)


def _moved_inside(start: float, length: float, size: int) -> float:
    # The image extends from -0.5 to size - 0.5; the bounds swap if the crop is longer.
    low, high = sorted((-0.5, size - 0.5 - length))
    return min(max(start, low), high)
