"""Frames together with the joints found in them."""

from collections.abc import Generator, Iterable
from typing import NamedTuple

import numpy as np

from deformable_gan.data.read_ahead import read_ahead
from deformable_gan.pose.tracking import LookingEstimator, PersonTracker, hardly_moved


class PosedFrame(NamedTuple):
    """A frame and its pose.

    Attributes:
        time: in seconds since the start of the clip.
        image: uint8 [H, W, 3] RGB.
        keypoints: float32 [J, 3] of (y, x, confidence) in pixels of `image`, in the layout of the
            estimator.
    """

    time: float
    image: np.ndarray
    keypoints: np.ndarray


def posed_frames(
    frames: Iterable[tuple[float, np.ndarray]],
    movenet: LookingEstimator,
    follow: bool = True,
    looks: int = 1,
    halve: bool = False,
) -> Generator[PosedFrame, None, None]:
    """Estimate the pose in each frame of a stream, while the next frames are decoded.

    Args:
        frames: (time in seconds, uint8 [H, W, 3] RGB), as from `read_frames`.
        movenet: a `MoveNet`.
        follow: whether the frames belong to a clip in which one person is tracked
            (`PersonTracker`), rather than being photographs.
        looks: number of looks (runs of MoveNet on the person) that are averaged in each frame of a
            clip; for photographs, the number given to `MoveNet` applies.
        halve: whether the pose in every other frame of a clip is interpolated between the poses in
            the neighbouring frames while the person hardly moves (`hardly_moved`).

    Yields:
        The frames with their joints, in order.

    Raises:
        Exception: whatever `frames` raises, after its earlier frames were yielded.
    """
    if follow and halve:
        yield from _halved(read_ahead(frames), PersonTracker(movenet, looks, dense=True))
        return
    estimate = PersonTracker(movenet, looks).follow if follow else movenet.estimate
    for time, image in read_ahead(frames):
        yield PosedFrame(float(time), image, estimate(image))


def _halved(frames, tracker: PersonTracker) -> Generator[PosedFrame, None, None]:
    """Follow a person, and interpolate every other pose while the person hardly moves."""
    before: PosedFrame | None = None
    held: tuple[float, np.ndarray] | None = None
    rests = False
    try:
        for time, image in frames:
            if rests and held is None:
                held = (float(time), image)
                continue
            frame = PosedFrame(float(time), image, tracker.follow(image))
            rests = before is not None and hardly_moved(
                before.keypoints, frame.keypoints, tracker.skeleton
            )
            if held is not None:
                one, held = held, None
                yield _between(before, *one, frame) if rests else _estimated(tracker, *one)
            before = frame
            yield frame
    except Exception:
        if held is not None:
            yield _estimated(tracker, *held)
        raise
    if held is not None:
        yield _estimated(tracker, *held)


def _estimated(tracker: PersonTracker, time: float, image: np.ndarray) -> PosedFrame:
    return PosedFrame(time, image, tracker.follow(image))


def _between(before, time: float, image: np.ndarray, after: PosedFrame) -> PosedFrame:
    share = (time - before.time) / max(after.time - before.time, 1e-9)
    keypoints = before.keypoints + np.float32(share) * (after.keypoints - before.keypoints)
    return PosedFrame(time, image, keypoints)
