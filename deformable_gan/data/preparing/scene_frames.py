"""Frames of a clip that show the scene without a usable person."""

from collections.abc import Iterator

import numpy as np

from deformable_gan.backgrounds.even_selection import EvenSelection
from deformable_gan.data.usable_pose import keep_seen_joints

#: The largest number of frames to keep: 12 MB at a height of 240 pixels.
MOST_HELD = 40

# A frame without a usable pose may still show a person. Joints above this confidence hide the
# background.
_LEAST_CONFIDENCE = 0.1


class SceneFrames:
    """A collection of frames without a usable person, spread evenly over a clip.

    Before a person walks into view and after the person has left, a clip shows the person's
    background. Of a long clip only every second, fourth, … of these frames is kept.

    Args:
        most: the largest number of frames to keep.
    """

    def __init__(self, most: int = MOST_HELD):
        self._selection = EvenSelection(most)

    def add(self, number: int, image: np.ndarray, keypoints: np.ndarray) -> None:
        """Add a frame.

        Args:
            number: the frame's number in the clip; numbers increase.
            image: uint8 [H, W, 3].
            keypoints: float [J, 3] of (y, x, confidence) in pixels of the image, of any confidence.
        """
        if self._selection.wants_next():
            joints = keep_seen_joints(keypoints, image.shape[:2], _LEAST_CONFIDENCE)
            self._selection.items.append((number, image.copy(), joints))

    def between(self, first: int, end: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the frames numbered from `first` to before `end`, and their joints [J, 3]."""
        for number, image, joints in self._selection.items:
            if first <= number < end:
                yield image, joints
