"""Frames together with the joints found in them."""

import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from deformable_gan.pose.movenet import MoveNet

# Two calls at a time nearly halve the time on two cores; one call cannot use more than a few.
_MOST_PARALLEL_CALLS = 4


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
        frames: (time in seconds, uint8 [H, W, 3] RGB), as from `read_frames`.
        movenet: the estimator.

    Yields:
        The frames with their joints, in order.

    Raises:
        Exception: whatever `frames` raises, after the frames before it.
    """
    return next(posed_streams([frames], movenet))


def posed_streams(
    streams: Sequence[Iterable[tuple[float, np.ndarray]]], movenet: MoveNet
) -> Iterator[Iterator[PosedFrame]]:
    """Do what `posed_frames` does for several streams, one after the other.

    They share one `tf.data` pipeline, which takes half a second to start.

    Args:
        streams: of frames.
        movenet: the estimator.

    Yields:
        For each stream an iterator over its frames with their joints, to be used up before the
        next one is asked for. It raises what the stream raises, after the frames before it; the
        streams after it go on.
    """
    failures: dict[int, Exception] = {}

    def generate() -> Iterator[tuple[int, float, np.ndarray]]:
        for number, stream in enumerate(streams):
            try:
                for time, image in stream:
                    yield number, time, image
            except Exception as error:  # raised again below: tf.data would turn it into text
                failures[number] = error

    dataset = tf.data.Dataset.from_generator(
        generate,
        output_signature=(
            tf.TensorSpec((), tf.int64),
            tf.TensorSpec((), tf.float64),
            tf.TensorSpec((None, None, 3), tf.uint8),
        ),
    )
    dataset = dataset.map(
        lambda number, time, image: (number, time, image, movenet.estimate_tensor(image)),
        num_parallel_calls=min(_MOST_PARALLEL_CALLS, os.cpu_count() or 1),
        deterministic=True,
    ).prefetch(4)
    groups = itertools.groupby(dataset.as_numpy_iterator(), key=lambda row: int(row[0]))

    def frames_of(number: int, rows: Iterable[tuple]) -> Iterator[PosedFrame]:
        for _, time, image, keypoints in rows:
            yield PosedFrame(float(time), image, keypoints)
        # The stream had its end before the group had: the row that ends it came after.
        if number in failures:
            raise failures[number]

    group = next(groups, None)
    for number in range(len(streams)):
        if group is None or group[0] != number:  # a stream without a single frame
            yield frames_of(number, ())
        else:
            yield frames_of(*group)
            group = next(groups, None)
