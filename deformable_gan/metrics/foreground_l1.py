"""The mean absolute difference on the person."""

import tensorflow as tf

from deformable_gan.geometry.evaluation_mask import evaluation_mask
from deformable_gan.pose.skeleton import Skeleton


def foreground_l1(
    reference: tf.Tensor, image: tf.Tensor, keypoints: tf.Tensor, skeleton: Skeleton
) -> tf.Tensor:
    """Return the mean absolute difference over the pixels of the person.

    The person is the evaluation mask of the target pose (see `geometry.evaluation_mask`).

    Args:
        reference: uint8 or float [B, H, W, 3] in [0, 255].
        image: of the same shape and range.
        keypoints: float32 [B, J, 3], the pose in `reference`.
        skeleton: the joints' layout.

    Returns:
        float32 [B] in grey levels (0 to 255); 0 where no joint is present.
    """
    mask = evaluation_mask(keypoints, reference.shape[1:3], skeleton)[..., None]
    return mean_absolute_error_within(reference, image, mask)


def mean_absolute_error_within(
    reference: tf.Tensor, image: tf.Tensor, mask: tf.Tensor
) -> tf.Tensor:
    """Return the mean absolute difference over the pixels of a mask.

    Args:
        reference: uint8 or float [B, H, W, 3] in [0, 255].
        image: of the same shape and range.
        mask: [B, H, W, 1] of 0 and 1.

    Returns:
        float32 [B] in grey levels (0 to 255); 0 where the mask is empty.
    """
    mask = tf.cast(mask, tf.float32)
    difference = tf.abs(tf.cast(reference, tf.float32) - tf.cast(image, tf.float32)) * mask
    covered = tf.reduce_sum(mask, axis=(1, 2, 3)) * reference.shape[3]
    return tf.reduce_sum(difference, axis=(1, 2, 3)) / tf.maximum(covered, 1.0)
