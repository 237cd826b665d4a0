"""MoveNet: the 17 COCO joints of one person in an image.

MoveNet (Google, 2021) finds the most prominent person in a square image of 192 (Lightning) or
256 (Thunder) pixels.

*Convention.* Joints are (y, x, confidence) in pixels of the given image, pixel centres at integers.
The network receives a square of S x S pixels of the image, resampled to N x N. It returns fractions
f of the square, 0 at its first edge and 1 at its last: the position in the image is
`corner + f · S - 0.5`, where `corner` is the square's first pixel. Mirrored images confirm this: on
real clips, the fraction f in an image and f' in the mirrored image add up to 1 within 0.4 / N. If f
referred to pixel centres, the sum would be 1 - 1 / N.
"""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from deformable_gan.errors import PoseError
from deformable_gan.pose.averaged_looks import average_looks, squares_around, unmirrored
from deformable_gan.pose.look_rules import BODY_REACH, SEEN, TORSO_REACH
from deformable_gan.pose.movenet_network import LiteRTNetwork, SavedModelNetwork
from deformable_gan.pose.movenet_source import DEFAULT_VARIANT, find_movenet, get_variant
from deformable_gan.pose.skeleton import COCO17

_TORSO = list(COCO17.indices("left_shoulder", "right_shoulder", "left_hip", "right_hip"))


class _Look(NamedTuple):
    """The result of one look.

    Attributes:
        keypoints: float32 [17, 3], as from `MoveNet.estimate`.
        seen: whether a person is present (`torso_seen`).
        worthwhile: whether a second look at `following` is useful.
        following: the square around the person, for the next look.
    """

    keypoints: np.ndarray
    seen: bool
    worthwhile: bool
    following: tuple[int, int, int]


def _torso_confidence(look: _Look) -> float:
    return float(look.keypoints[_TORSO, 2].mean())


class MoveNet:
    """An estimator of the joints of the most prominent person in an image.

    Args:
        network: maps an int32 tensor [1, N, N, 3] with values 0 to 255 to a float32 tensor
            [1, 1, 17, 3] of (y, x, confidence), y and x as fractions of the square; has an
            attribute `input_size` (N).
        second_look: whether to look again at the square around the person found, as MoveNet's
            authors do on video, and to keep the more confident result; this finds small people
            better.
        looks: the number of looks at the person found whose results are averaged (see
            `averaged_looks`); 1 to average nothing. It has no effect without `second_look`.

    Attributes:
        skeleton: the layout of the joints, `COCO17`.
    """

    skeleton = COCO17

    def __init__(
        self,
        network: SavedModelNetwork | LiteRTNetwork,
        second_look: bool = True,
        looks: int = 1,
    ):
        self.network = network
        self.second_look = second_look
        self.looks = looks
        # For `estimate_tensor`: traced once, not again in every dataset that maps it.
        self._traced = tf.function(
            self._look_twice,
            input_signature=[tf.TensorSpec((None, None, 3), tf.uint8)],
            autograph=False,
        )

    @classmethod
    def load(
        cls,
        path: str | Path | None = None,
        variant: str | None = None,
        second_look: bool = True,
        looks: int = 1,
    ) -> "MoveNet":
        """Find and load a MoveNet.

        Args:
            path: a SavedModel folder or a `.tflite` file; None uses other places (see
                `find_movenet`).
            variant: `lightning` or `thunder`; None for the variant of the file at the path, or for
                Lightning without a path.
            second_look: as in the class.
            looks: as in the class.

        Raises:
            ConfigurationError: the variant is unknown.
            PoseError: no MoveNet is available, the files are not MoveNet, or they are of another
                variant.
        """
        found = find_movenet(path, variant or DEFAULT_VARIANT)
        network = (LiteRTNetwork if found.is_file() else SavedModelNetwork)(found)
        if variant is not None and network.input_size != get_variant(variant).input_size:
            raise PoseError(
                f"{found} has an input of {network.input_size} x {network.input_size} pixels, but "
                f"MoveNet {variant} has {get_variant(variant).input_size}: choose another path or "
                "model"
            )
        return cls(network, second_look, looks)

    def estimate(self, image: np.ndarray) -> np.ndarray:
        """Estimate the joints in an image.

        Args:
            image: uint8 [H, W, 3] RGB.

        Returns:
            float32 [17, 3] of (y, x, confidence) in pixels of `image`. Every joint has a position,
            even at low confidence, and the position can lie outside the image.

        Raises:
            ValueError: `image` is not uint8 [H, W, 3].
        """
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise ValueError(
                f"MoveNet expects a uint8 [H, W, 3] image, received {image.dtype} {image.shape}"
            )
        tensor = tf.constant(image)
        found = self._one_look(tensor, whole_square(image.shape[:2]))
        if not self.second_look:
            return found.keypoints
        if found.worthwhile:
            found = max(self._one_look(tensor, found.following), found, key=_torso_confidence)
        if self.looks == 1 or not found.seen:
            return found.keypoints
        return self.look_around(image, found.following, self.looks)

    def look_at(
        self, image: np.ndarray, square: tuple[int, int, int]
    ) -> tuple[np.ndarray, tuple[int, int, int]]:
        """Look once at a square of the image, to track a person from frame to frame.

        Args:
            image: uint8 [H, W, 3] RGB.
            square: (top, left, side) in pixels; it may extend beyond the image.

        Returns:
            The joints, as `estimate` returns them, and the square around the person for the next
            look (`person_square`).
        """
        look = self._one_look(tf.constant(image), square)
        return look.keypoints, look.following

    def look_around(
        self, image: np.ndarray, square: tuple[int, int, int], looks: int
    ) -> np.ndarray:
        """Average several looks at a person whose square is known.

        Args:
            image: uint8 [H, W, 3] RGB.
            square: (top, left, side) of the square around the person, in pixels.
            looks: number of looks (see `squares_around`).

        Returns:
            float32 [17, 3], as from `estimate`.
        """
        tensor = tf.constant(image)
        estimates = [
            self._one_look(tensor, place, mirrored).keypoints
            for *place, mirrored in squares_around(*square, looks).numpy().tolist()
        ]
        return average_looks(tf.stack(estimates), square[2]).numpy()

    def estimate_tensor(self, image: tf.Tensor) -> tf.Tensor:
        """Estimate the joints with TensorFlow operations, for use in `tf.data.Dataset.map`.

        MoveNet accepts one image at a time: map before batching.

        Args:
            image: uint8 [H, W, 3] RGB.

        Returns:
            float32 [17, 3].
        """
        return self._traced(image)

    def _look_twice(self, image: tf.Tensor) -> tf.Tensor:
        size = tf.shape(image)[:2]
        whole = whole_square(size)
        keypoints = self._look(image, *whole)
        if not self.second_look:
            return keypoints
        worthwhile, square = person_square(keypoints, size)
        keypoints = tf.cond(
            worthwhile,
            lambda: self._better(keypoints, self._look(image, *square)),
            lambda: keypoints,
        )
        if self.looks == 1:
            return keypoints
        _, square = person_square(keypoints, size)
        return tf.cond(
            torso_seen(keypoints),
            lambda: self._look_around(image, square, self.looks),
            lambda: keypoints,
        )

    def _look_around(self, image: tf.Tensor, square, looks: int) -> tf.Tensor:
        top, left, side = square
        # A loop, since a graph with a copy of the network for each look would be slow to build.
        estimates = tf.map_fn(
            lambda one: self._look(image, *tf.unstack(one)),
            squares_around(top, left, side, looks),
            parallel_iterations=1,
            fn_output_signature=tf.TensorSpec((len(self.skeleton), 3), tf.float32),
        )
        return average_looks(estimates, side)

    def _one_look(self, image: tf.Tensor, square, mirrored: int = 0) -> _Look:
        """Look once at a square of an image, with the same small graph for every look."""
        keypoints, seen, worthwhile, following = self._traced_look(
            image, tf.constant(square, tf.int32), tf.constant(mirrored, tf.int32)
        )
        top, left, side = following.numpy().tolist()
        return _Look(keypoints.numpy(), bool(seen), bool(worthwhile), (top, left, side))

    @functools.cached_property
    def _traced_look(self) -> Callable:
        look = tf.function(
            self._look_at,
            input_signature=[
                tf.TensorSpec((None, None, 3), tf.uint8),
                tf.TensorSpec((3,), tf.int32),
                tf.TensorSpec((), tf.int32),
            ],
            autograph=False,
        )
        # A concrete function has a single trace, so a call does not search for a matching one.
        return look.get_concrete_function()

    def _look_at(self, image: tf.Tensor, square: tf.Tensor, mirrored: tf.Tensor) -> tuple:
        top, left, side = tf.unstack(square)
        keypoints = self._look(image, top, left, side, mirrored)
        worthwhile, following = person_square(keypoints, tf.shape(image)[:2])
        return keypoints, torso_seen(keypoints), worthwhile, tf.stack(following)

    def _look(
        self,
        image: tf.Tensor,
        top: tf.Tensor,
        left: tf.Tensor,
        side: tf.Tensor,
        mirrored: tf.Tensor | int = 0,
    ) -> tf.Tensor:
        """Estimate the joints in a square of the image, which may extend beyond the image.

        `mirrored` is 1 for a look at the square's mirror image; the returned joints are not
        mirrored.
        """
        n = self.network.input_size
        cut = cut_square(image, top, left, side)
        resized = tf.image.resize(cut, (n, n), antialias=True)
        resized = tf.where(mirrored > 0, resized[:, ::-1], resized)
        answer = self.network(tf.cast(tf.round(resized), tf.int32)[tf.newaxis])
        answer = tf.reshape(answer, (len(self.skeleton), 3))
        answer = tf.where(mirrored > 0, unmirrored(answer, self.skeleton), answer)
        corner = tf.cast(tf.stack([top, left]), tf.float32)
        places = corner + answer[:, :2] * tf.cast(side, tf.float32) - 0.5
        return tf.concat([places, answer[:, 2:]], axis=1)

    @staticmethod
    def _better(first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
        """Return the estimate with the higher mean confidence of the torso's joints."""

        def torso(keypoints: tf.Tensor) -> tf.Tensor:
            return tf.reduce_mean(tf.gather(keypoints[:, 2], _TORSO))

        return tf.where(torso(second) >= torso(first), second, first)


def whole_square(size) -> tuple:
    """Return the smallest square around an image, centred on it, as (top, left, side).

    Args:
        size: height and width: int32 [2], or two numbers.
    """
    side = tf.reduce_max(size) if tf.is_tensor(size) else max(size)
    return -((side - size[0]) // 2), -((side - size[1]) // 2), side


def torso_seen(keypoints: tf.Tensor) -> tf.Tensor:
    """Return whether a shoulder and a hip are seen, MoveNet's rule for the presence of a person.

    Args:
        keypoints: float32 [17, 3] of (y, x, confidence).
    """
    left_shoulder, right_shoulder, left_hip, right_hip = _TORSO
    seen = keypoints[:, 2] > SEEN
    return (seen[left_shoulder] | seen[right_shoulder]) & (seen[left_hip] | seen[right_hip])


def person_square(
    keypoints: tf.Tensor, size: tf.Tensor
) -> tuple[tf.Tensor, tuple[tf.Tensor, tf.Tensor, tf.Tensor]]:
    """Return the square around the person for a second look, by MoveNet's published rule.

    The square is centred between the hips and extends 1.9 times as far as the farthest torso joint
    or 1.2 times as far as the farthest joint seen, whichever is more.

    Args:
        keypoints: float32 [17, 3] of (y, x, confidence).
        size: int32 [2]: height and width of the image.

    Returns:
        Whether a second look is useful (a shoulder and a hip are seen, and the square is smaller
        than the image), and the square: (top, left, side), int32, in pixels.
    """
    _, _, left_hip, right_hip = _TORSO
    seen = keypoints[:, 2] > SEEN
    centre = (keypoints[left_hip, :2] + keypoints[right_hip, :2]) / 2
    distance = tf.reduce_max(tf.abs(keypoints[:, :2] - centre), axis=1)
    torso_reach = TORSO_REACH * tf.reduce_max(tf.gather(distance, _TORSO))
    body_reach = BODY_REACH * tf.reduce_max(tf.where(seen, distance, 0.0))
    half = tf.maximum(torso_reach, body_reach)
    side = tf.maximum(tf.cast(tf.round(2 * half), tf.int32), 2)
    corner = tf.cast(tf.round(centre + 0.5 - half), tf.int32)
    return torso_seen(keypoints) & (side < tf.reduce_max(size)), (corner[0], corner[1], side)


def cut_square(image: tf.Tensor, top: tf.Tensor, left: tf.Tensor, side: tf.Tensor) -> tf.Tensor:
    """Cut a square out of an image; parts outside the image are black.

    Args:
        image: [H, W, 3].
        top: int32, the first row; may be negative.
        left: int32, the first column; may be negative.
        side: int32.

    Returns:
        [side, side, 3].
    """
    size = tf.shape(image)[:2]
    start = tf.stack([top, left])
    end = start + side
    first = tf.clip_by_value(start, 0, size)
    last = tf.clip_by_value(end, first, size)
    inside = image[first[0] : last[0], first[1] : last[1]]
    before = tf.clip_by_value(-start, 0, side)
    after = side - before - (last - first)
    return tf.pad(inside, [[before[0], after[0]], [before[1], after[1]], [0, 0]])
