"""Frames together with the joints found in them."""

from collections.abc import Generator, Iterable
from typing import NamedTuple

import numpy as np

from deformable_gan.data.read_ahead import read_ahead
from deformable_gan.pose.tracking import LookingEstimator, PersonTracker


class PosedFrame(NamedTuple):
    """A frame and its pose.

    Attributes:
        time: in seconds since the start of the clip.
        image: uint8 [H, W, 3] RGB.
        keypoints: float32 [17, 3] of (y, x, confidence) in pixels of `image`.
    """

    time: float
    image: np.ndarray
    keypoints: np.ndarray


def posed_frames(
    frames: Iterable[tuple[float, np.ndarray]],
    movenet: LookingEstimator,
    follow: bool = True,
    looks: int = 1,
) -> Generator[PosedFrame, None, None]:
    """Estimate the pose in each frame of a stream, while the next frames are decoded.

    Args:
        frames: (time in seconds, uint8 [H, W, 3] RGB), as from `read_frames`.
        movenet: a `MoveNet`.
        follow: whether the frames belong to a clip in which one person is tracked
            (`PersonTracker`), rather than being photographs.
        looks: number of looks that are averaged in each frame of a clip; MoveNet decides this
            itself for photographs.

    Yields:
        The frames with their joints, in order.

    Raises:
        Exception: whatever `frames` raises, after its earlier frames were yielded.
    """
    estimate = PersonTracker(movenet, looks).follow if follow else movenet.estimate
    for time, image in read_ahead(frames):
        yield PosedFrame(float(time), image, estimate(image))
