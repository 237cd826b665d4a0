"""Making a background plate from the frames of a clip."""

import cv2
import numpy as np

from deformable_gan.backgrounds.background_plate import MOST_CHANGE, VISIBLE, BackgroundPlate
from deformable_gan.backgrounds.fill_hole import fill_hole
from deformable_gan.backgrounds.masked_median import masked_median
from deformable_gan.backgrounds.person_area import person_area
from deformable_gan.pose.skeleton import Skeleton

#: The most frames that are held, and the most pixels of each: 110 MB.
MOST_FRAMES = 40
MOST_PIXELS = 1280 * 720

# Frames that change this many times as much as the others are left out.
_UNUSUAL = 3


class PlateBuilder:
    """Collects frames and their joints, and makes a plate of them.

    The memory is bounded: of a longer clip every second, fourth, … frame is held, spread evenly
    from its beginning to its end; larger frames are scaled down. Equal frames give equal plates.

    ::

        builder = PlateBuilder(COCO17)
        for frame, keypoints in clip:
            builder.add(frame, keypoints)
        plate = builder.build()

    Args:
        skeleton: the joints' layout.
        most_frames: the most frames held; at least 2.
        most_pixels: the most pixels of a held frame. The plate is enlarged to the frames' size.
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
        self._held: list[tuple[np.ndarray, np.ndarray]] = []
        self._step = 1
        self._count = 0

    def add(self, image: np.ndarray, *people: np.ndarray, hidden: np.ndarray | None = None) -> None:
        """Look at a frame.

        Args:
            image: uint8 [H, W, 3] RGB, all of one size.
            people: float [J, 3] of (y, x, confidence) in pixels of the image, for each person.
            hidden: bool [H, W], true for pixels that show nothing of the scene; None for none.

        Raises:
            ValueError: the frame has another size than those before, or a shape does not fit.
        """
        size = image.shape[:2]
        if image.ndim != 3 or image.dtype != np.uint8:
            raise ValueError(
                f"a frame must be uint8 [H, W, 3], received {image.dtype} {image.shape}"
            )
        if self._frame_size not in (None, size):
            raise ValueError(
                f"all frames must have one size: received {size} after {self._frame_size}"
            )
        self._frame_size = size
        number = self._count
        self._count += 1
        if number % self._step:
            return
        if len(self._held) == self.most_frames:
            self._held = self._held[::2]
            self._step *= 2
            if number % self._step:
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
        self._held.append((image.copy(), occupied))

    def build(self) -> BackgroundPlate:
        """Make the plate of the frames seen so far.

        Raises:
            ValueError: there are none.
        """
        if not self._held or self._frame_size is None:
            raise ValueError("a plate needs at least one frame, received none")
        held = self._held
        median, count = masked_median(*zip(*held, strict=True))
        changes = np.array([_change(*one, median) for one in held])
        change = float(np.median(changes))
        # A jump at the clip's beginning, say: those frames show another view of the scene.
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
