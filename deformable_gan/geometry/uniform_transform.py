"""The single transform of the `full` skip, for the whole person."""

from keras import ops

from deformable_gan.geometry.region_transforms import get_estimator
from deformable_gan.geometry.regions import TORSO_JOINTS, joint_positions
from deformable_gan.pose.skeleton import Skeleton

_JOINTS = (*TORSO_JOINTS, "right_knee", "left_knee")


def uniform_transform(
    source_keypoints,
    target_keypoints,
    skeleton: Skeleton,
    estimator: str = "total",
    dtype="float32",
):
    """Compute one affine transform from the joints of torso and knees present in both poses.

    Convention: as in `region_transforms`: target pixel -> source pixel at full image size.

    Args:
        source_keypoints: float [B, J, 3] of (y, x, confidence).
        target_keypoints: float [B, J, 3].
        skeleton: the layout of both.
        estimator: "total" (as the original) or "ordinary" least squares.
        dtype: the type to compute in, as in `region_transforms`.

    Returns:
        float [B, 1, 8], always finite; `affine.OUTSIDE` where the joints do not determine it.

    Raises:
        ValueError: the key points do not have the layout's shape, or the estimator is unknown.
    """
    estimate = get_estimator(estimator)
    source, source_presence = joint_positions(source_keypoints, skeleton, dtype)
    target, target_presence = joint_positions(target_keypoints, skeleton, dtype)
    joints = skeleton.indices(*_JOINTS)
    transform = estimate(
        ops.take(target, joints, axis=-2),
        ops.take(source, joints, axis=-2),
        ops.take(source_presence & target_presence, joints, axis=-1),
        dtype,
    )
    return transform[..., None, :]
