"""Dividing a clip into tracks of one person each."""

from collections.abc import Sequence

import numpy as np

from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.pose.tracking import person_seen

# How far the middle of a torso can move between two frames, in torso lengths (half a metre).
_JUMP = 1.0  # by an estimation error
_SPEED = 6.0  # per second, by running
_FARTHEST = 3.0  # at most, in any time
_TORSO = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")


def person_tracks(
    keypoints: np.ndarray,
    times: Sequence[float],
    skeleton: Skeleton,
    cuts: Sequence[bool] | None = None,
    absence: float = 1.0,
) -> list[int | None]:
    """Divide a clip into tracks that each show one person, by the positions of the person seen.

    A new track begins when no person was seen for longer than `absence`, when the person is
    farther from the previous position than a person can move in that time (one torso length plus
    six per second, three at most), or at a cut to another scene. A person who returns is not
    recognised: one person under two names is better than two people under one.

    Args:
        keypoints: float [T, J, 3] of (y, x, confidence) in all frames, from a tracker.
        times: T times at which the frames are shown, in seconds, increasing.
        skeleton: the tracker's layout.
        cuts: T flags, whether a frame follows a cut; None for no cuts.
        absence: the longest time without a person within a track, in seconds.

    Returns:
        For each frame the number of its track, from 0, or None if no person is seen.
    """
    numbers: list[int | None] = []
    number = -1
    last = None  # time, middle and length of the last torso seen
    cut = False
    for index, (joints, time) in enumerate(zip(keypoints, times, strict=True)):
        cut = cut or bool(cuts is not None and cuts[index])
        if not person_seen(joints, skeleton):
            numbers.append(None)
            continue
        middle, length = _torso(joints, skeleton)
        if last is None or cut or time - last[0] > absence:
            number += 1
        else:
            reach = min(_JUMP + _SPEED * (time - last[0]), _FARTHEST)
            if np.linalg.norm(middle - last[1]) > reach * max(length, last[2]):
                number += 1
        cut = False
        last = (time, middle, length)
        numbers.append(number)
    return numbers


def _torso(keypoints: np.ndarray, skeleton: Skeleton) -> tuple[np.ndarray, float]:
    places = np.asarray(keypoints, np.float64)[skeleton.indices(*_TORSO), :2]
    sides = np.linalg.norm(places[:2] - places[2:], axis=1)
    # Seen from above, the torso looks short, but shoulders and hips are still wide.
    widths = np.linalg.norm(places[::2] - places[1::2], axis=1)
    return places.mean(axis=0), float(max(sides.max(), widths.max(), 1.0))
