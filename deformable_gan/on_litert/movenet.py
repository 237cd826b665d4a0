"""MoveNet in a LiteRT file, without TensorFlow.

It follows the same rules as `pose.movenet.MoveNet`, which is made of TensorFlow operations, so that
datasets can map it and exports can contain it. The docstrings there explain the rules.
"""

from pathlib import Path

import numpy as np

from deformable_gan.devices.description import core_count
from deformable_gan.errors import PoseError, RunError
from deformable_gan.on_litert.network import Network
from deformable_gan.on_litert.resampling import resize_square
from deformable_gan.pose.look_rules import (
    BODY_REACH,
    FACTORS,
    OUTLIER_REACH,
    SEEN,
    SHIFTS,
    TORSO_REACH,
)
from deformable_gan.pose.skeleton import COCO17

Square = tuple[int, int, int]

# The largest number of threads of one look, as in `pose.movenet_network.LiteRTNetwork`.
_MOST_THREADS = 4

_TORSO = list(COCO17.indices("left_shoulder", "right_shoulder", "left_hip", "right_hip"))
_HIPS = _TORSO[2:]


class LiteRTMoveNet:
    """An estimator of the joints of the most prominent person in an image.

    Args:
        path: MoveNet's `.tflite` file.
        second_look: see `MoveNet`.
        looks: see `MoveNet`.

    Attributes:
        skeleton: the layout of the joints, `COCO17`.

    Raises:
        PoseError: LiteRT is not installed, or the file is missing, damaged or not MoveNet.
    """

    skeleton = COCO17

    def __init__(self, path: Path, second_look: bool = True, looks: int = 1):
        try:
            self._network = Network(path, threads=min(core_count(), _MOST_THREADS))
        except RunError as error:
            raise PoseError(
                f"{error}: give MoveNet's .tflite file; if this is the file, download it again"
            ) from error
        shapes = [list(shape) for shape in self._network.inputs.values()]
        self._size = shapes[0][1] if len(shapes) == 1 and len(shapes[0]) == 4 else 0
        if self._size < 2 or shapes != [[1, self._size, self._size, 3]]:
            raise PoseError(
                f"{path} is not a single-person MoveNet: expected one input of shape "
                f"[1, N, N, 3], received {shapes}: give MoveNet Lightning or Thunder, single pose"
            )
        self._path = path
        (self._input,) = self._network.inputs
        self.second_look = second_look
        self.looks = looks

    def estimate(self, image: np.ndarray) -> np.ndarray:
        """Estimate the joints in an image; see `MoveNet.estimate`."""
        height, width = image.shape[:2]
        side = max(height, width)
        keypoints = self._look(image, (-((side - height) // 2), -((side - width) // 2), side))
        if not self.second_look:
            return keypoints
        square = person_square(keypoints)
        if torso_seen(keypoints) and square[2] < side:
            second = self._look(image, square)
            if second[_TORSO, 2].mean() >= keypoints[_TORSO, 2].mean():
                keypoints = second
        if self.looks == 1 or not torso_seen(keypoints):
            return keypoints
        return self.look_around(image, person_square(keypoints), self.looks)

    def look_at(self, image: np.ndarray, square: Square) -> tuple[np.ndarray, Square]:
        """Look once at a square of the image; see `MoveNet.look_at`."""
        keypoints = self._look(image, square)
        return keypoints, person_square(keypoints)

    def look_around(self, image: np.ndarray, square: Square, looks: int) -> np.ndarray:
        """Average several looks at a person whose square is known; see `MoveNet.look_around`."""
        estimates = [
            self._look(image, around, mirrored)
            for around, mirrored in squares_around(square, looks)
        ]
        return average_looks(np.stack(estimates), square[2])

    def _look(self, image: np.ndarray, square: Square, mirrored: bool = False) -> np.ndarray:
        resized = resize_square(image, square, self._size)
        pixels = np.round(resized[:, ::-1] if mirrored else resized)[None]
        answers = list(self._network(**{self._input: pixels}).values())
        if len(answers) != 1 or answers[0].shape[-2:] != (len(self.skeleton), 3):
            raise PoseError(
                f"{self._path} is not a single-person MoveNet: expected a result of shape "
                f"[1, 1, 17, 3], received {[list(answer.shape) for answer in answers]}"
            )
        answer = np.array(answers[0], np.float32).reshape(len(self.skeleton), 3)
        if mirrored:
            answer[:, 1] = 1 - answer[:, 1]
            answer = answer[list(self.skeleton.mirror_permutation)]
        top, left, side = square
        corner = np.array((top, left), np.float32)
        answer[:, :2] = corner + answer[:, :2] * np.float32(side) - np.float32(0.5)
        return answer


def torso_seen(keypoints: np.ndarray) -> bool:
    """Return whether a shoulder and a hip are seen; see `movenet.torso_seen`."""
    seen = keypoints[_TORSO, 2] > SEEN
    return bool(seen[:2].any() and seen[2:].any())


def person_square(keypoints: np.ndarray) -> Square:
    """Return the square around the person for the next look; see `movenet.person_square`."""
    centre = keypoints[_HIPS, :2].sum(axis=0) / np.float32(2)
    distance = np.abs(keypoints[:, :2] - centre).max(axis=1)
    torso = np.float32(TORSO_REACH) * distance[_TORSO].max()
    body = np.float32(BODY_REACH) * np.where(keypoints[:, 2] > SEEN, distance, 0).max()
    half = max(torso, body)
    top, left = np.round(centre + np.float32(0.5) - half)
    return int(top), int(left), max(int(np.round(2 * half)), 2)


def squares_around(square: Square, looks: int) -> list[tuple[Square, bool]]:
    """Return the squares to look at, and whether each look is mirrored.

    See `averaged_looks.squares_around`.
    """
    top, left, side = square
    squares = []
    for number in range(looks):
        factor, exact = np.float32(FACTORS[number // 2]), np.float32(side)
        shift = exact * (1 - factor) / 2 + exact * np.array(SHIFTS[number // 2], np.float32)
        down, right = (int(one) for one in np.round(shift))
        around = top + down, left + right, int(np.round(exact * factor))
        squares.append((around, number % 2 == 1))
    return squares


def average_looks(looks: np.ndarray, side: int) -> np.ndarray:
    """Return the mean of several estimates of one person's joints.

    See `averaged_looks.average_looks`.
    """
    places, confidence = looks[..., :2], looks[..., 2]
    ordered = np.sort(places, axis=0)
    count = len(looks)
    median = (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
    distance = np.linalg.norm(places - median, axis=-1) / np.float32(OUTLIER_REACH * side)
    weights = (confidence + np.float32(1e-3)) * np.exp(-(distance**2) / 2)
    total = weights.sum(axis=0)
    mean = (weights[..., None] * places).sum(axis=0) / np.maximum(total, 1e-12)[..., None]
    places = np.where((total > 1e-6)[..., None], mean, median)
    return np.concatenate([places, confidence.mean(axis=0)[..., None]], axis=-1).astype(np.float32)
