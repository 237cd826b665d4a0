"""The ten transforms that bring the source person's regions to the target pose."""

from keras import ops

from deformable_gan.geometry.affine import map_rectangles
from deformable_gan.geometry.least_squares import ordinary_least_squares, total_least_squares
from deformable_gan.geometry.rectangles import Rectangles, limb_rectangles
from deformable_gan.geometry.regions import (
    HEAD_JOINTS,
    LIMBS,
    SHOULDERS,
    TORSO_JOINTS,
    joint_positions,
)
from deformable_gan.pose.skeleton import Skeleton

_ESTIMATORS = {"total": total_least_squares, "ordinary": ordinary_least_squares}


def get_estimator(name: str):
    """Return the least-squares estimator of that name, "total" or "ordinary".

    Raises:
        ValueError: no estimator has that name.
    """
    try:
        return _ESTIMATORS[name]
    except KeyError:
        raise ValueError(
            f"estimator must be one of {', '.join(map(repr, _ESTIMATORS))}, received {name!r}"
        ) from None


def region_transforms(
    source_keypoints,
    target_keypoints,
    skeleton: Skeleton,
    estimator: str = "total",
    dtype: str = "float32",
):
    """Compute one affine transform for each region (paper section 3.2, equation 3).

    - Body: least squares on the torso joints present in both poses.
    - Head: least squares on the head joints present in both and the shoulders.
    - Limbs: the map from the target's rectangle to the source's. The mirror limb replaces a limb
      that is missing in the source.

    A region that is missing in the target or (with its mirror limb) in the source, that has too
    few joints, or whose transform is not well invertible, gets `affine.OUTSIDE`.

    Convention: a transform maps a target pixel (x, y) to a source pixel, at full image size, as
    the eight numbers of `ImageProjectiveTransformV3`; pixel centres at integers. Joints are
    (y, x, confidence).

    Args:
        source_keypoints: float [B, J, 3].
        target_keypoints: float [B, J, 3].
        skeleton: the layout of both.
        estimator: "total" (as the original) or "ordinary" least squares for body and head.
        dtype: the type to compute in. The original computed in float64 and rounded the result to
            float32; this matters only where coordinates are rounded for sampling.

    Returns:
        float [B, 10, 8] in the order of `regions.REGION_NAMES`, always finite.

    Raises:
        ValueError: the key points do not have the layout's shape, or the estimator is unknown.
    """
    estimate = get_estimator(estimator)
    source, source_presence = joint_positions(source_keypoints, skeleton, dtype)
    target, target_presence = joint_positions(target_keypoints, skeleton, dtype)

    joints = skeleton.indices(*TORSO_JOINTS, *HEAD_JOINTS)
    common = ops.take(source_presence & target_presence, joints, axis=-1)
    weights = ops.stack([_body_weights(common), _head_weights(common)], axis=-2)
    over_determined = estimate(
        ops.take(target, joints, axis=-2)[..., None, :, :],
        ops.take(source, joints, axis=-2)[..., None, :, :],
        weights,
        dtype,
    )

    extensions = [limb.transform_extension for limb in LIMBS]
    mirrors = [limb.mirror for limb in LIMBS]
    source_limbs = _choose(
        _limbs_seen(source_presence, skeleton),
        limb_rectangles(source, source_presence, skeleton, LIMBS, extensions),
        limb_rectangles(source, source_presence, skeleton, mirrors, extensions),
    )
    target_limbs = limb_rectangles(target, target_presence, skeleton, LIMBS, extensions)
    return ops.concatenate([over_determined, map_rectangles(target_limbs, source_limbs)], axis=-2)


def _body_weights(common):
    return common & _members(TORSO_JOINTS)


def _head_weights(common):
    # The shoulders only support the estimate: without a head joint they do not determine it.
    seen = ops.any(common & _members(HEAD_JOINTS), axis=-1, keepdims=True)
    return common & _members(HEAD_JOINTS + SHOULDERS) & seen


def _members(names):
    return ops.convert_to_tensor([joint in names for joint in TORSO_JOINTS + HEAD_JOINTS], "bool")


def _limbs_seen(presence, skeleton):
    starts = skeleton.indices(*(limb.start for limb in LIMBS))
    ends = skeleton.indices(*(limb.end for limb in LIMBS))
    return ops.take(presence, starts, axis=-1) & ops.take(presence, ends, axis=-1)


def _choose(condition, first, second):
    return Rectangles(
        center=ops.where(condition[..., None], first.center, second.center),
        direction=ops.where(condition[..., None], first.direction, second.direction),
        half_length=ops.where(condition, first.half_length, second.half_length),
        half_width=ops.where(condition, first.half_width, second.half_width),
        valid=ops.where(condition, first.valid, second.valid),
    )
