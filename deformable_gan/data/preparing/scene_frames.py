"""The frames of a clip that show more of the scene behind one person."""

from collections.abc import Iterator

import numpy as np

from deformable_gan.data.usable_pose import keep_seen_joints

#: The most frames that are held: 12 MB at 240 lines.
MOST_HELD = 40

# A frame without a usable pose may still show a person. Joints above this confidence hide what is
# behind them.
_LEAST_CONFIDENCE = 0.1


class SceneFrames:
    """Holds frames in which no usable person stands, spread evenly over a clip.

    Before a person walks into view and after the person has left, a clip shows what is behind
    the person. Of a long clip every second, fourth, … of these frames is held.

    Args:
        most: the most frames held.
    """

    def __init__(self, most: int = MOST_HELD):
        self._most = most
        self._held: list[tuple[int, np.ndarray, np.ndarray]] = []
        self._step = 1
        self._count = 0

    def add(self, number: int, image: np.ndarray, keypoints: np.ndarray) -> None:
        """Hold a frame.

        Args:
            number: its number in the clip; numbers increase.
            image: uint8 [H, W, 3].
            keypoints: float [J, 3] of (y, x, confidence) in its pixels, however unsure.
        """
        position = self._count
        self._count += 1
        if position % self._step:
            return
        if len(self._held) == self._most:
            self._held = self._held[::2]
            self._step *= 2
            if position % self._step:
                return
        joints = keep_seen_joints(keypoints, image.shape[:2], _LEAST_CONFIDENCE)
        self._held.append((number, image.copy(), joints))

    def between(self, first: int, end: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the frames numbered from `first` to before `end`, and their joints [J, 3]."""
        for number, image, joints in self._held:
            if first <= number < end:
                yield image, joints
