"""Averaging several looks at one person, which makes the joints less noisy.

A look is one run of MoveNet on a square part of an image. The result depends slightly on the
person's position in the square. When the square moves by 3 %, joints move by about half a pixel
(for a person of 125 pixels), and moving limbs, such as knees and wrists, move by more. Errors of
the joints become errors of the warped image: an image moved by one pixel differs from the original
by 15 grey levels on the person. The looks differ in the square's position and size, and every
second look is mirrored. A look far from the median, which may have confused two limbs, has almost
no weight in the mean.
"""

import tensorflow as tf

from deformable_gan.pose.look_rules import FACTORS, OUTLIER_REACH, SHIFTS
from deformable_gan.pose.skeleton import Skeleton


def squares_around(top: tf.Tensor, left: tf.Tensor, side: tf.Tensor, looks: int) -> tf.Tensor:
    """Return the squares to look at, and whether each look is mirrored.

    Args:
        top: int32, the first row of the square around the person, in pixels.
        left: int32, its first column.
        side: int32, its side.
        looks: number of looks, from 1 to `movenet_source.MOST_LOOKS`; the first is at the square
            itself.

    Returns:
        int32 [looks, 4] of (top, left, side, mirrored); `mirrored` is 0 or 1.
    """
    numbers = range(looks)
    shift = tf.constant([SHIFTS[number // 2] for number in numbers])
    factor = tf.constant([FACTORS[number // 2] for number in numbers])[:, tf.newaxis]
    exact = tf.cast(side, tf.float32)
    corner = tf.stack([top, left]) + tf.cast(
        tf.round(exact * (1 - factor) / 2 + exact * shift), tf.int32
    )
    mirrored = tf.constant([[number % 2] for number in numbers])
    return tf.concat([corner, tf.cast(tf.round(exact * factor), tf.int32), mirrored], axis=1)


def unmirrored(answer: tf.Tensor, skeleton: Skeleton) -> tf.Tensor:
    """Return a network's result for a mirrored square, converted to the square itself.

    Args:
        answer: float32 [J, 3] of (y, x, confidence), y and x as fractions of the square.
        skeleton: the layout of the joints.
    """
    y, x, confidence = tf.unstack(answer, axis=-1)
    flipped = tf.stack([y, 1 - x, confidence], axis=-1)
    return tf.gather(flipped, skeleton.mirror_permutation)


def average_looks(looks: tf.Tensor, side: tf.Tensor) -> tf.Tensor:
    """Return the mean of several estimates of one person's joints.

    A look's weight at a joint is its confidence times a Gaussian of its distance from the median
    of all looks, so that single outliers hardly count.

    Args:
        looks: float32 [L, J, 3] of (y, x, confidence) in pixels.
        side: int32, the side of the square looked at, in pixels.

    Returns:
        float32 [J, 3]; the confidence is the mean of the looks' confidences.
    """
    places, confidence = looks[..., :2], looks[..., 2]
    count = looks.shape[0]
    ordered = tf.sort(places, axis=0)
    median = (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
    distance = tf.norm(places - median, axis=-1) / (OUTLIER_REACH * tf.cast(side, tf.float32))
    weights = (confidence + 1e-3) * tf.exp(-(distance**2) / 2)
    total = tf.reduce_sum(weights, axis=0)
    mean = (
        tf.reduce_sum(weights[..., tf.newaxis] * places, axis=0)
        / tf.maximum(total, 1e-12)[..., tf.newaxis]
    )
    # If the looks form two distant clusters, the median may lie between them, far from every look.
    places = tf.where((total > 1e-6)[..., tf.newaxis], mean, median)
    return tf.concat([places, tf.reduce_mean(confidence, axis=0)[..., tf.newaxis]], axis=-1)
