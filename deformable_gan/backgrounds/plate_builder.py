"""Making a background plate from the frames of a clip."""

import cv2
import numpy as np

from deformable_gan.backgrounds.background_plate import MOST_CHANGE, VISIBLE, BackgroundPlate
from deformable_gan.backgrounds.even_selection import EvenSelection
from deformable_gan.backgrounds.fill_hole import fill_hole
from deformable_gan.backgrounds.masked_median import masked_median
from deformable_gan.backgrounds.person_area import person_area
from deformable_gan.pose.skeleton import Skeleton

#: The most frames that are kept, and the most pixels of each: together 110 MB, and 37 MB of masks.
MOST_FRAMES = 40
MOST_PIXELS = 1280 * 720

# Frames are left out if their change exceeds `MOST_CHANGE` and this multiple of the median change.
_UNUSUAL = 3


class PlateBuilder:
    """A builder that collects frames with their joints and makes a plate of them.

    The memory is bounded: of a longer clip only every second, fourth, … frame is kept, spread
    evenly from its beginning to its end; larger frames are scaled down. Equal frames give equal
    plates.

    ::

        builder = PlateBuilder(COCO17)
        for frame, keypoints in clip:
            builder.add(frame, keypoints)
        plate = builder.build()

    Args:
        skeleton: the joints' layout.
        most_frames: the most frames to keep; at least 2.
        most_pixels: the most pixels of a kept frame. The plate is enlarged to the frames' size.

    Raises:
        ValueError: `most_frames` or `most_pixels` is too small.
    """

    def __init__(
        self,
        skeleton: Skeleton,
        most_frames: int = MOST_FRAMES,
        most_pixels: int = MOST_PIXELS,
    ):
        if most_frames < 2 or most_pixels < 1:
            raise ValueError(
                "most_frames must be at least 2 and most_pixels at least 1, received "
                f"{most_frames} and {most_pixels}"
            )
        self.skeleton = skeleton
        self.most_frames = most_frames
        self.most_pixels = most_pixels
        self._frame_size: tuple[int, int] | None = None
        self._selection = EvenSelection(most_frames)

    def add(self, image: np.ndarray, *people: np.ndarray, hidden: np.ndarray | None = None) -> None:
        """Add a frame.

        Args:
            image: uint8 [H, W, 3] RGB; all frames have one size.
            people: float [J, 3] of (y, x, confidence) in pixels of the image, for each person.
            hidden: bool [H, W], true for pixels that do not show the scene; None if all show it.

        Raises:
            ValueError: the frame is not uint8 with three axes, or its size differs from that of
                earlier frames.
        """
        size = image.shape[:2]
        if image.ndim != 3 or image.dtype != np.uint8:
            raise ValueError(
                f"a frame must be uint8 [H, W, 3], received {image.dtype} {image.shape}"
            )
        if self._frame_size not in (None, size):
            raise ValueError(
                f"all frames must have one size, received {size} after {self._frame_size}"
            )
        self._frame_size = size
        if not self._selection.wants_next():
            return
        scale = min(1.0, (self.most_pixels / (size[0] * size[1])) ** 0.5)
        scaled = tuple(max(1, int(length * scale)) for length in size)
        occupied = np.zeros(scaled, bool)
        for keypoints in people:
            places = np.array(keypoints, np.float64)
            places[:, :2] = (places[:, :2] + 0.5) * np.divide(scaled, size) - 0.5
            occupied |= person_area(places, scaled, self.skeleton)
        if hidden is not None:
            share = cv2.resize(
                hidden.astype(np.uint8) * 255, scaled[::-1], interpolation=cv2.INTER_AREA
            )
            occupied |= share > 0
        if scaled != size:
            image = cv2.resize(image, scaled[::-1], interpolation=cv2.INTER_AREA)
        self._selection.items.append((image.copy(), occupied))

    def build(self) -> BackgroundPlate:
        """Make the plate of the frames added so far.

        Raises:
            ValueError: no frame was added.
        """
        if not self._selection.items or self._frame_size is None:
            raise ValueError("a plate needs at least one frame, received none")
        held: list[tuple[np.ndarray, np.ndarray]] = self._selection.items
        median, count = masked_median(*zip(*held, strict=True))
        changes = np.array([_change(*one, median) for one in held])
        change = float(np.median(changes))
        # Some frames may show another view, such as those before a jump of the camera.
        usual = changes <= max(MOST_CHANGE, _UNUSUAL * change)
        if not usual.all():
            held = [one for one, alike in zip(held, usual, strict=True) if alike]
            median, count = masked_median(*zip(*held, strict=True))
        unseen = count == 0
        image = fill_hole(median, unseen)
        if image.shape[:2] != self._frame_size:
            height, width = self._frame_size
            image = cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC)
            unseen = cv2.resize(
                unseen.view(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST
            ).view(bool)
        return BackgroundPlate(image, unseen, change, len(held))


def _change(image: np.ndarray, occupied: np.ndarray, plate: np.ndarray) -> float:
    """Return the share of the free pixels that differ visibly from the plate."""
    alike = cv2.inRange(cv2.absdiff(image, plate), (0, 0, 0), (VISIBLE, VISIBLE, VISIBLE))
    free = (~occupied).view(np.uint8)
    count = cv2.countNonZero(free)
    return 1 - cv2.countNonZero(cv2.bitwise_and(alike, free)) / count if count else 0.0
