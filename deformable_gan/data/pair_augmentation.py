"""Random changes to training pairs, so that a network does not rely on constant conditions."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from keras import ops

from deformable_gan.pose.skeleton import Skeleton

#: The share of training pairs whose background is the source image with the person replaced by a
#: fill, although the target has a stored background.
FILLED_SHARE = 0.5
# Standard deviations; each comment gives the unit or the quantity.
_JOINT_SHIFT = 0.006  # image heights
_EXPOSURE = 0.12  # of the logarithm of the gain that all channels share
_COLOR_CAST = 0.06  # of the logarithm of each channel's own gain
_CONTRAST = 0.10  # of the logarithm of the gain about the image's mean
_OFFSET = 6.0  # grey levels
_BETWEEN = 0.015  # of the logarithm of the gain between source and target
# Probabilities.
_MISSING_JOINT = 0.02
_MISSING_LIMB = 0.04

#: Joints that go missing together: the outer joints of each limb.
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
      outer joints of whole limbs go missing. Shoulders and hips never go missing.

    It runs on every backend of Keras. The caller draws the random numbers.

    Args:
        skeleton: the joints' layout.
        image_size: (H, W) of the images.

    Attributes:
        normals, uniforms: how many numbers `apply` needs for each pair, normally distributed and
            uniform in [0, 1).
    """

    def __init__(self, skeleton: Skeleton, image_size: tuple[int, int]):
        self._shift = _JOINT_SHIFT * image_size[0]
        self._losable = np.array([name not in _ALWAYS_KEPT for name in skeleton.joints])
        self._limbs = np.zeros((len(_LIMB_ENDS), len(skeleton)), bool)
        for limb, joints in enumerate(_LIMB_ENDS):
            self._limbs[limb, list(skeleton.indices(*joints))] = True
        self._joints = len(skeleton)
        self.normals = 7 + 4 * self._joints
        self.uniforms = 2 * (self._joints + len(_LIMB_ENDS))

    def apply(self, batch: Mapping[str, Any], normal, uniform) -> dict[str, Any]:
        """Return an augmented batch.

        Args:
            batch: a batch as described in `data.pipeline`.
            normal: float32 [B, normals].
            uniform: float32 [B, uniforms].
        """
        changed = dict(batch)
        exposure, contrast = ops.exp(_EXPOSURE * normal[:, 0]), ops.exp(_CONTRAST * normal[:, 1])
        cast = ops.exp(_COLOR_CAST * normal[:, 2:5])
        offset = _OFFSET * normal[:, 5]
        gain = (exposure[:, None] * cast)[:, None, None]
        for name, extra in (("source_image", 0.0), ("target_image", 1.0), ("background", 1.0)):
            if name in batch:
                image = ops.cast(batch[name], "float32")
                between = ops.exp(extra * _BETWEEN * normal[:, 6])
                image = image * gain * between[:, None, None, None]
                image = (image - 128.0) * contrast[:, None, None, None] + 128.0
                image = image + offset[:, None, None, None]
                changed[name] = ops.cast(ops.round(ops.clip(image, 0.0, 255.0)), "uint8")
        joints = self._joints
        shifts = ops.reshape(normal[:, 7:], (-1, 2, joints, 2)) * self._shift
        single = ops.reshape(uniform[:, : 2 * joints], (-1, 2, joints)) < _MISSING_JOINT
        limbs = ops.reshape(uniform[:, 2 * joints :], (-1, 2, len(self._limbs))) < _MISSING_LIMB
        whole = ops.any(ops.logical_and(limbs[..., None], self._limbs), axis=2)
        lost = ops.logical_and(ops.logical_or(single, whole), self._losable)
        for role, name in enumerate(("source_keypoints", "target_keypoints")):
            keypoints = batch[name]
            seen = ops.logical_and(keypoints[..., 2] > 0, ops.logical_not(lost[:, role]))
            moved = ops.concatenate(
                [keypoints[..., :2] + shifts[:, role], keypoints[..., 2:]], axis=-1
            )
            changed[name] = ops.where(seen[..., None], moved, 0.0)
        return changed
