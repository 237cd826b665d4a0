"""A rectangle of whole pixels of a photograph."""

from dataclasses import dataclass

import numpy as np

from deformable_gan.pose.person_crop import PersonCrop


@dataclass(frozen=True)
class Window:
    """A rectangle of whole pixels of a photograph, which may extend beyond it.

    Attributes:
        top: first row.
        left: first column.
        height: in pixels.
        width: in pixels.
    """

    top: int
    left: int
    height: int
    width: int

    @classmethod
    def of_crop(cls, crop: PersonCrop) -> "Window":
        """Return the window of a crop, whose corner and size are rounded to whole pixels."""
        top, left = round(crop.top + 0.5), round(crop.left + 0.5)
        return cls(top, left, max(1, round(crop.height)), max(1, round(crop.width)))

    def grown(self, margin: tuple[float, float]) -> "Window":
        """Return the window with a margin of (rows, columns) on every side, rounded up."""
        rows, columns = (int(np.ceil(length)) for length in margin)
        return Window(
            self.top - rows, self.left - columns, self.height + 2 * rows, self.width + 2 * columns
        )

    def within(self, size: tuple[int, int]) -> "Window":
        """Return the part inside an image of size (height, width)."""
        top, left = max(self.top, 0), max(self.left, 0)
        bottom = min(self.top + self.height, size[0])
        right = min(self.left + self.width, size[1])
        return Window(top, left, max(bottom - top, 0), max(right - left, 0))

    def of(self, image: np.ndarray) -> np.ndarray:
        """Return the window of an image [H, W, C]; outside the image its border is repeated."""
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
