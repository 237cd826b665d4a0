"""Tracking one person through the frames of a clip.

For video, MoveNet's authors recommend running the network on a square around the person in the
previous frame instead of the whole image. A small person then fills the square, the result does not
depend on the rest of the image, and one look (one run of the network) per frame is enough. Their
rule assumes that every frame of a live camera is processed. Between frames sampled six times a
second, a dancer moves much farther, so a look with a doubtful result is repeated.
"""

from typing import Protocol

import numpy as np

from deformable_gan.pose.look_rules import SEEN
from deformable_gan.pose.skeleton import Skeleton

Square = tuple[int, int, int]

_TORSO = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
_BODY = (*_TORSO, "nose", "left_knee", "right_knee", "left_ankle", "right_ankle")
# A look is repeated if the square has moved by more than `_MOVED` of its side, if its size has
# changed by more than the factor `_RESIZED`, or if the lowest confidence of the body's joints is
# below `_DOUBTFUL`. On the ten clips used to choose these values, this results in 1.3 looks per
# frame; repeating every look brings no gain.
_MOVED = 0.15
_RESIZED = 4 / 3
_DOUBTFUL = 0.4
# Below this mean confidence of the torso's joints, the whole image is also searched.
_NEARLY_LOST = 0.4
# The largest movement of a joint between two frames such that the frames in between can be
# interpolated, as a share of the person's extent.
_STILL = 1 / 40


class LookingEstimator(Protocol):
    """The methods of a `MoveNet` that a tracker needs."""

    second_look: bool
    skeleton: Skeleton

    def estimate(self, image: np.ndarray) -> np.ndarray: ...  # noqa: D102
    def look_at(self, image: np.ndarray, square: Square) -> tuple[np.ndarray, Square]: ...  # noqa: D102
    def look_around(self, image: np.ndarray, square: Square, looks: int) -> np.ndarray: ...  # noqa: D102


class PersonTracker:
    """A tracker that estimates the joints of one person in frame after frame.

    In the first frame the whole image is searched, and MoveNet returns the most prominent person:
    large and near the middle. From then on only the square around that person is searched, even if
    other people are present. If no person is seen in the square, or the torso's confidence is low,
    the whole frame is searched as well, and another person may be found (`person_tracks` divides
    the clip between the people).

    If `movenet.second_look` is False, the whole of every frame is searched.

    Args:
        movenet: the estimator.
        looks: above 1, this many further looks are made at the person found in a frame, and their
            mean is the result (see `averaged_looks`). With 1, the result is that of the look that
            found the person.
        dense: whether frames follow one another so closely, as in a video at its full rate, that a
            doubtful look is not repeated: the second square would nearly be the first one. On three
            clips of 24 to 60 frames per second, joints are as close to the mean of eight looks
            without these repetitions, which are 7 to 24 % of all looks.

    Attributes:
        looks: the number of looks so far, in all frames.
        skeleton: the estimator's layout of the joints.
    """

    def __init__(self, movenet: LookingEstimator, looks: int = 1, dense: bool = False):
        self.movenet = movenet
        self.skeleton = movenet.skeleton
        self.looks = 0
        self._averaged = looks
        self._least_certainty = 0.0 if dense else _DOUBTFUL
        self._square: Square | None = None

    def follow(self, image: np.ndarray) -> np.ndarray:
        """Return the joints in the next frame.

        Args:
            image: uint8 [H, W, 3] RGB; of one size throughout a clip.

        Returns:
            float32 [J, 3] of (y, x, confidence) in pixels of `image`, even if no person is seen.
        """
        if not self.movenet.second_look:
            self.looks += 1
            return self.movenet.estimate(image)
        if self._square is None:
            keypoints, square = self._search(image)
        else:
            keypoints, square = self._look_near(image, self._square)
        if not self._seen(keypoints):
            self._square = None
            return keypoints
        self._square = square
        if self._averaged > 1:
            self.looks += self._averaged
            keypoints = self.movenet.look_around(image, square, self._averaged)
        return keypoints

    def _look_near(self, image: np.ndarray, square: Square) -> tuple[np.ndarray, Square]:
        keypoints, following = self._look(image, square)
        if self._seen(keypoints) and (
            _has_moved(square, following) or self._certainty(keypoints) < self._least_certainty
        ):
            again = self._look(image, following)
            if self._seen(again[0]) and self._certainty(again[0]) >= self._certainty(keypoints):
                keypoints, following = again
        if not self._seen(keypoints) or self._torso_confidence(keypoints) < _NEARLY_LOST:
            found = self._search(image)
            if not self._seen(keypoints) or (
                self._torso_confidence(found[0]) > self._torso_confidence(keypoints)
            ):
                keypoints, following = found
        return keypoints, following

    def _search(self, image: np.ndarray) -> tuple[np.ndarray, Square]:
        """Look at the whole image, then at the person found."""
        height, width = image.shape[:2]
        side = max(height, width)
        first = self._look(image, (-((side - height) // 2), -((side - width) // 2), side))
        if not self._seen(first[0]):
            return first
        second = self._look(image, first[1])
        surer = self._torso_confidence(second[0]) >= self._torso_confidence(first[0])
        return second if surer else first

    def _look(self, image: np.ndarray, square: Square) -> tuple[np.ndarray, Square]:
        self.looks += 1
        return self.movenet.look_at(image, square)

    def _seen(self, keypoints: np.ndarray) -> bool:
        return person_seen(keypoints, self.skeleton)

    def _torso_confidence(self, keypoints: np.ndarray) -> float:
        return float(keypoints[self.skeleton.indices(*_TORSO), 2].mean())

    def _certainty(self, keypoints: np.ndarray) -> float:
        return float(keypoints[self.skeleton.indices(*_BODY), 2].min())


def person_seen(keypoints: np.ndarray, skeleton: Skeleton) -> bool:
    """Return whether a person is present: a shoulder and a hip with a confidence above 0.2.

    Args:
        keypoints: float [J, 3] of (y, x, confidence), from MoveNet.
        skeleton: the layout of the joints.
    """
    seen = keypoints[skeleton.indices(*_TORSO), 2] > SEEN
    return bool(seen[:2].any() and seen[2:].any())


def hardly_moved(before: np.ndarray, after: np.ndarray, skeleton: Skeleton) -> bool:
    """Return whether the person moved so little that a frame in between can be interpolated.

    The same joints must be seen in both frames, and none of them may have moved by more than one
    fortieth of the person's extent, the longer side of the box around the joints seen. This is
    about four times the noise of MoveNet's joints.

    Args:
        before: float [J, 3] of (y, x, confidence) in one frame.
        after: the same in a later frame.
        skeleton: the layout of the joints.
    """
    seen = before[:, 2] > SEEN
    if (seen != (after[:, 2] > SEEN)).any():
        return False
    if not (person_seen(before, skeleton) and person_seen(after, skeleton)):
        return False
    places = before[seen, :2]
    size = np.ptp(places, axis=0).max()
    moved = np.linalg.norm(after[seen, :2] - places, axis=1).max()
    return bool(moved <= _STILL * size)


def _has_moved(before: Square, after: Square) -> bool:
    middles = [(top + side / 2, left + side / 2) for top, left, side in (before, after)]
    farthest = max(abs(a - b) for a, b in zip(*middles, strict=True))
    ratio = after[2] / before[2]
    return farthest > _MOVED * before[2] or not 1 / _RESIZED < ratio < _RESIZED
