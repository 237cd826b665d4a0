"""Cropping a person from a photograph with TensorFlow operations.

The results equal those of `BodyBox`, `PersonCrop` and Pillow to the last bit, except for numbers
exactly half way between two values. An exported model therefore sees the same pixels as the Python
package.

*Convention.* As in `person_crop`, a rectangle's edges are real numbers in pixels of the image, with
pixel centres at integers. Positions are (y, x).
"""

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from deformable_gan.pose.body_box import LEAST_TORSO_IN_BOX, MARGIN_IN_TORSOS, TORSO_SIDES
from deformable_gan.pose.person_crop import LEAST_FITTED_SHARE
from deformable_gan.pose.skeleton import Skeleton

# Pillow's coefficients are integer multiples of 2 ** -22.
_PRECISION = 2.0**22
# The constants of Pillow's Hamming filter are C floats.
_HAMMING = (float(np.float32(0.54)), float(np.float32(0.46)))


class Rectangle(NamedTuple):
    """A part of an image.

    Attributes:
        corner: float64 [2]: (top, left) edges.
        size: float64 [2]: (height, width).
    """

    corner: tf.Tensor
    size: tf.Tensor

    def to_crop(self, keypoints: tf.Tensor, output_size: tuple[int, int]) -> tf.Tensor:
        """Convert joints from the image to the crop, like `PersonCrop.to_crop`.

        Args:
            keypoints: float32 [..., 3] of (y, x, confidence) in pixels of the image.
            output_size: (height, width) of the crop, in pixels.

        Returns:
            float32 [..., 3] in pixels of the crop.
        """
        scale = self.size / tf.constant(output_size, tf.float64)
        places = (tf.cast(keypoints[..., :2], tf.float64) - self.corner) / scale - 0.5
        return tf.concat([tf.cast(places, tf.float32), keypoints[..., 2:]], axis=-1)

    def cut_out(self, image: tf.Tensor, output_size: tuple[int, int]) -> tf.Tensor:
        """Crop and resample an image, like `PersonCrop.apply`.

        Args:
            image: uint8 [H, W, 3].
            output_size: (height, width) of the crop, in pixels.

        Returns:
            uint8 [H_out, W_out, 3].
        """
        # In Pillow's coordinates, where pixel 0 extends from 0 to 1.
        start = self.corner + 0.5
        end = start + self.size
        scale = self.size / tf.constant(output_size, tf.float64)
        reach = tf.cast(tf.maximum(scale, 1.0), tf.int32) + 2
        first = tf.cast(tf.floor(start), tf.int32) - reach
        last = tf.cast(tf.math.ceil(end), tf.int32) + reach
        limit = tf.shape(image)[:2] - 1
        rows, columns = (
            tf.clip_by_value(tf.range(first[axis], last[axis]), 0, limit[axis]) for axis in (0, 1)
        )
        canvas = tf.gather(tf.gather(image, rows), columns, axis=1)
        # Pillow converts its box to float32 and subtracts its edges in float32 as well.
        low = tf.cast(start - tf.cast(first, tf.float64), tf.float32)
        high = tf.cast(end - tf.cast(first, tf.float64), tf.float32)
        steps = tf.cast(high - low, tf.float64) / tf.constant(output_size, tf.float64)
        shrinking = tf.reduce_max(scale) > 1
        low, count = tf.cast(low, tf.float64), last - first
        vertical, horizontal = (
            _coefficients(low[axis], steps[axis], length, count[axis], shrinking)
            for axis, length in enumerate(output_size)
        )
        # Horizontally first, and rounded in between, like Pillow.
        pixels = tf.transpose(canvas, (0, 2, 1))
        narrow = _resampled(pixels, horizontal)
        return tf.transpose(_resampled(tf.transpose(narrow, (2, 1, 0)), vertical), (2, 0, 1))


def person_rectangle(
    keypoints: tf.Tensor, skeleton: Skeleton, image_size: tf.Tensor, output_size: tuple[int, int]
) -> Rectangle:
    """Return the rectangle that a photograph is cropped to.

    It is the result of `BodyBox.of_pose`, `BodyBox.within`, `PersonCrop.around` and
    `PersonCrop.fitted`, one after the other.

    Args:
        keypoints: float32 [J, 3] of (y, x, confidence) in pixels of the image; the confidence of a
            missing joint is 0.
        skeleton: the joints' layout.
        image_size: int32 [2]: (height, width) of the image.
        output_size: (height, width) of the crop.

    Returns:
        The rectangle. For a pose with fewer than two joints, the whole image takes the place of
        the body's box.
    """
    keypoints = tf.cast(keypoints, tf.float64)
    whole = tf.cast(image_size, tf.float64)
    output = tf.constant(output_size, tf.float64)
    seen, places = keypoints[:, 2] > 0, keypoints[:, :2]
    low = tf.reduce_min(tf.where(seen[:, None], places, math.inf), axis=0)
    high = tf.reduce_max(tf.where(seen[:, None], places, -math.inf), axis=0)
    margin = MARGIN_IN_TORSOS * tf.maximum(
        tf.maximum(_torso(places, seen, skeleton), LEAST_TORSO_IN_BOX * tf.reduce_max(high - low)),
        1.0,
    )
    known = tf.reduce_sum(tf.cast(seen, tf.int32)) >= 2
    low = tf.where(known, tf.maximum(low - margin, -0.5), -0.5)
    high = tf.where(known, tf.minimum(high + margin, whole - 0.5), whole - 0.5)

    size = tf.reduce_max((high - low) / output) * output
    corner = (low + high) / 2 - size / 2
    share = tf.clip_by_value(tf.reduce_min(whole / size), LEAST_FITTED_SHARE, 1.0)
    fitted = size * share
    corner = corner + (size - fitted) / 2
    ends = tf.stack([tf.fill([2], tf.constant(-0.5, tf.float64)), whole - 0.5 - fitted])
    corner = tf.clip_by_value(corner, tf.reduce_min(ends, axis=0), tf.reduce_max(ends, axis=0))
    return Rectangle(corner, fitted)


def _torso(places: tf.Tensor, seen: tf.Tensor, skeleton: Skeleton) -> tf.Tensor:
    """Return the root mean square length of the torso's visible sides, or 0."""
    ends = tf.constant([skeleton.indices(*side) for side in TORSO_SIDES])
    complete = tf.cast(tf.reduce_all(tf.gather(seen, ends), axis=1), tf.float64)
    sides = tf.gather(places, ends)
    squares = tf.reduce_sum((sides[:, 0] - sides[:, 1]) ** 2, axis=1) * complete
    return tf.sqrt(tf.reduce_sum(squares) / tf.maximum(tf.reduce_sum(complete), 1.0))


def _coefficients(
    start: tf.Tensor, step: tf.Tensor, length: int, size: tf.Tensor, shrinking: tf.Tensor
) -> tf.Tensor:
    """Return Pillow's resampling matrix along one axis, float64 [size, length] of whole numbers.

    Column i contains the weights of the input pixels for output pixel i; its sum is about 2 ** 22.

    Args:
        start: where the box begins, in Pillow's coordinates.
        step: how many input pixels an output pixel covers.
        length: the number of output pixels.
        size: the number of input pixels.
        shrinking: whether to use the Hamming filter instead of the triangle filter.
    """
    support = tf.maximum(step, 1.0)
    centre = start + (tf.range(length, dtype=tf.float64) + 0.5) * step
    first = tf.maximum(tf.floor(centre - support + 0.5), 0.0)
    last = tf.minimum(tf.floor(centre + support + 0.5), tf.cast(size, tf.float64))
    pixel = tf.range(tf.cast(size, tf.float64), dtype=tf.float64)[:, None]
    distance = tf.abs((pixel - centre + 0.5) * (1.0 / support))
    triangle = tf.maximum(1.0 - distance, 0.0)
    angle = distance * math.pi
    window = _HAMMING[0] + _HAMMING[1] * tf.cos(angle)
    hamming = tf.math.divide_no_nan(tf.sin(angle), angle) * window
    hamming = tf.where(distance > 0, tf.where(distance < 1, hamming, 0.0), 1.0)
    weights = tf.where(shrinking, hamming, triangle)
    weights = tf.where((pixel >= first) & (pixel < last), weights, 0.0)
    weights /= tf.reduce_sum(weights, axis=0)
    return tf.floor(weights * _PRECISION + 0.5)


def _resampled(pixels: tf.Tensor, coefficients: tf.Tensor) -> tf.Tensor:
    """Resample the last axis of [n, 3, size]; float64 is exact, since all numbers are integers."""
    sums = tf.tensordot(tf.cast(pixels, tf.float64), coefficients, axes=1)
    return tf.cast(tf.clip_by_value(tf.floor(sums / _PRECISION + 0.5), 0.0, 255.0), tf.uint8)
