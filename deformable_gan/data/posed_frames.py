"""Frames together with the joints found in them."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from deformable_gan.pose.movenet import MoveNet


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
    frames: Iterable[tuple[float, np.ndarray]], movenet: MoveNet
) -> Iterator[PosedFrame]:
    """Estimate the pose in each of a stream of frames, while the next ones are decoded.

    Args:
        frames: (time in seconds, uint8 [H, W, 3] RGB).
        movenet: the estimator.

    Yields:
        The frames with their joints, in order.

    Raises:
        whatever `frames` raises, after the frames before it.
    """
    failures: list[Exception] = []

    def generate() -> Iterator[tuple[float, np.ndarray]]:
        try:
            yield from frames
        except Exception as error:  # raised again below: tf.data would turn it into text
            failures.append(error)

    dataset = tf.data.Dataset.from_generator(
        generate,
        output_signature=(tf.TensorSpec((), tf.float64), tf.TensorSpec((None, None, 3), tf.uint8)),
    )
    dataset = dataset.prefetch(4).map(
        lambda time, image: (time, image, movenet.estimate_tensor(image))
    )
    for time, image, keypoints in dataset.prefetch(4).as_numpy_iterator():
        yield PosedFrame(float(time), image, keypoints)
    if failures:
        raise failures[0]
