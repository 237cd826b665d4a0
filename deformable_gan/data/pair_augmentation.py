"""Random changes to training pairs, so that a network does not rely on constant conditions."""

import numpy as np
import tensorflow as tf

from deformable_gan.pose.skeleton import Skeleton

# Standard deviations, in the units given.
_JOINT_SHIFT = 0.006  # image heights
_EXPOSURE = 0.12  # of the logarithm of the gain that all channels share
_COLOR_CAST = 0.06  # of the logarithm of each channel's own gain
_CONTRAST = 0.10  # of the logarithm of the gain about the image's mean
_OFFSET = 6.0  # grey levels
_BETWEEN = 0.015  # of the logarithm of the gain between source and target
# Probabilities.
_MISSING_JOINT = 0.02
_MISSING_LIMB = 0.04

#: Joints that go missing together: the outer ones of each limb.
_LIMB_ENDS = (
    ("left_elbow", "left_wrist"),
    ("right_elbow", "right_wrist"),
    ("left_knee", "left_ankle"),
    ("right_knee", "right_ankle"),
)
_ALWAYS_KEPT = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")


class PairAugmentation:
    """An augmentation of the light, the colours and the joints of training pairs.

    - Light and colour: exposure, contrast, brightness and a colour cast, the same for both images
      of a pair and its background, with a small difference between source and target.
    - Joints: each is moved by Gaussian noise, like an estimator's error; single joints and the
      outer joints of whole limbs go missing. Shoulders and hips stay.

    Args:
        skeleton: the joints' layout.
        image_size: (H, W) of the images.
    """

    def __init__(self, skeleton: Skeleton, image_size: tuple[int, int]):
        self._shift = _JOINT_SHIFT * image_size[0]
        self._losable = tf.constant([name not in _ALWAYS_KEPT for name in skeleton.joints])
        limbs = np.zeros((len(_LIMB_ENDS), len(skeleton)), np.float32)
        for limb, joints in enumerate(_LIMB_ENDS):
            limbs[limb, list(skeleton.indices(*joints))] = 1.0
        self._limbs = tf.constant(limbs)
        self._joints = len(skeleton)

    def draw(self, count: int, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Draw the random numbers for some pairs.

        Args:
            count: number of pairs.
            seed: int32 [2], which determines all of them.

        Returns:
            float32 [count, 7 + 4 J], normal, and [count, 2 (J + 4)], uniform in [0, 1).
        """
        losses = 2 * (self._joints + len(self._limbs))
        return (
            tf.random.stateless_normal([count, 7 + 4 * self._joints], seed),
            tf.random.stateless_uniform([count, losses], seed),
        )

    def apply(
        self, batch: dict[str, tf.Tensor], normal: tf.Tensor, uniform: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """Return an augmented batch of `data.pipeline`.

        Args:
            batch: the batch.
            normal: the pairs' rows of the first result of `draw`.
            uniform: the pairs' rows of the second result of `draw`.
        """
        changed = dict(batch)
        exposure, contrast = tf.exp(_EXPOSURE * normal[:, 0]), tf.exp(_CONTRAST * normal[:, 1])
        cast = tf.exp(_COLOR_CAST * normal[:, 2:5])
        offset = _OFFSET * normal[:, 5]
        gain = (exposure[:, None] * cast)[:, None, None]
        for name, extra in (("source_image", 0.0), ("target_image", 1.0), ("background", 1.0)):
            if name in batch:
                image = tf.cast(batch[name], tf.float32)
                between = tf.exp(extra * _BETWEEN * normal[:, 6])
                image = image * gain * between[:, None, None, None]
                image = (image - 128.0) * contrast[:, None, None, None] + 128.0
                image = image + offset[:, None, None, None]
                changed[name] = tf.cast(tf.round(tf.clip_by_value(image, 0.0, 255.0)), tf.uint8)
        joints = self._joints
        shifts = tf.reshape(normal[:, 7:], (-1, 2, joints, 2)) * self._shift
        single = tf.reshape(uniform[:, : 2 * joints], (-1, 2, joints)) < _MISSING_JOINT
        limbs = tf.reshape(uniform[:, 2 * joints :], (-1, 2, len(self._limbs))) < _MISSING_LIMB
        whole = tf.einsum("brl,lj->brj", tf.cast(limbs, tf.float32), self._limbs) > 0
        lost = (single | whole) & self._losable
        for role, name in enumerate(("source_keypoints", "target_keypoints")):
            keypoints = batch[name]
            seen = (keypoints[..., 2] > 0) & ~lost[:, role]
            moved = tf.concat([keypoints[..., :2] + shifts[:, role], keypoints[..., 2:]], axis=-1)
            changed[name] = tf.where(seen[..., None], moved, 0.0)
        return changed
