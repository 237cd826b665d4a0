"""Frames together with the joints found in them."""

from collections.abc import Generator, Iterable
from typing import NamedTuple

import numpy as np

from deformable_gan.data.read_ahead import read_ahead
from deformable_gan.pose.tracking import LookingEstimator, PersonTracker


class PosedFrame(NamedTuple):
    """A frame and the pose in it.

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
    """Estimate the pose in each of a stream of frames, while the next ones are decoded.

    Args:
        frames: (time in seconds, uint8 [H, W, 3] RGB), as from `read_frames`.
        movenet: a `MoveNet`.
        follow: whether they are the frames of a clip, in which one person is followed
            (`PersonTracker`), rather than photographs.
        looks: how many looks are averaged in a clip's frame; for photographs MoveNet has its own.

    Yields:
        The frames with their joints, in order.

    Raises:
        Exception: whatever `frames` raises, after the frames before it.
    """
    estimate = PersonTracker(movenet, looks).follow if follow else movenet.estimate
    for time, image in read_ahead(frames):
        yield PosedFrame(float(time), image, estimate(image))
