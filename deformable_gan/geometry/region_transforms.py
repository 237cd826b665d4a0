"""The transforms that bring the source person's regions to the target pose."""

from keras import ops

from deformable_gan.geometry.affine import map_rectangles
from deformable_gan.geometry.facing import turns_away
from deformable_gan.geometry.least_squares import ordinary_least_squares, total_least_squares
from deformable_gan.geometry.rectangles import Rectangles, limb_rectangles
from deformable_gan.geometry.regions import joint_positions, named_joints
from deformable_gan.geometry.round_head import hair_transform, round_head_transform
from deformable_gan.geometry.solid_torso import solid_torso
from deformable_gan.pose.skeleton import Skeleton

#: The models of a body: flat regions as in the paper, or a solid torso and a round head.
BODIES = ("flat", "solid")

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
    body: str = "flat",
):
    """Compute one affine transform for each region (paper section 3.2, equation 2).

    - Torso: least squares on the region's joints present in both poses.
    - Head: least squares on the region's joints and the supporting joints present in both poses.
    - Limbs: the map from the target's rectangle to the source's. The mirror limb replaces a limb
      that is missing in the source.

    With a `solid` body (not in the paper) the torso has depth and the head is a ball, so that they
    keep their width when the person turns: the torso's joints are those of `solid_torso`, and the
    head's transform is `round_head_transform` where that is known. Where the source shows the face
    and the target the back of the head, it is `hair_transform`.

    A region that is missing in the target or (with its mirror limb) in the source, that has too
    few joints, or whose transform is not well invertible, gets `affine.OUTSIDE`.

    Convention: a transform maps a target pixel (x, y) to a source pixel, at full image size, as
    the eight numbers of `ImageProjectiveTransformV3`; pixel centres at integers. Joints are
    (y, x, confidence).

    Args:
        source_keypoints: float [B, J, 3].
        target_keypoints: float [B, J, 3].
        skeleton: the layout of both.
        estimator: "total" (as the original) or "ordinary" least squares for torso and head.
        dtype: the type to compute in. The original computed in float64 and rounded the result to
            float32; this matters only where coordinates are rounded for sampling.
        body: `flat` as in the paper, or `solid`.

    Returns:
        float [B, R, 8] in the order of `skeleton.regions`, always finite.

    Raises:
        ValueError: the key points do not have the layout's shape, or the estimator is unknown.
    """
    estimate = get_estimator(estimator)
    source, source_presence = joint_positions(source_keypoints, skeleton, dtype)
    target, target_presence = joint_positions(target_keypoints, skeleton, dtype)

    fitted = [region for region in skeleton.regions if region.kind != "limb"]
    carrying = [joint for region in fitted for joint in region.joints]
    joints = list(dict.fromkeys((*carrying, *(joint for one in fitted for joint in one.support))))
    source_shape, target_shape = source, target
    if body == "solid":
        both = source_presence & target_presence
        source_shape = solid_torso(source, both, skeleton)
        target_shape = solid_torso(target, both, skeleton)
    source_points, source_seen = named_joints(source_shape, source_presence, skeleton, joints)
    target_points, target_seen = named_joints(target_shape, target_presence, skeleton, joints)
    common = source_seen & target_seen
    weights = ops.stack([_weights(common, region, joints) for region in fitted], axis=-2)
    over_determined = estimate(
        target_points[..., None, :, :], source_points[..., None, :, :], weights, dtype
    )
    if body == "solid":
        poses = (source, source_presence, target, target_presence)
        over_determined = _with_round_heads(over_determined, fitted, poses, skeleton)

    limbs = skeleton.regions_of("limb")
    if not limbs:
        return over_determined
    extensions = [limb.transform_extension for limb in limbs]
    mirrors = [limb.mirror for limb in limbs]
    source_limbs = _choose(
        _limbs_seen(source, source_presence, skeleton, limbs),
        limb_rectangles(source, source_presence, skeleton, limbs, extensions),
        limb_rectangles(source, source_presence, skeleton, mirrors, extensions),
    )
    target_limbs = limb_rectangles(target, target_presence, skeleton, limbs, extensions)
    return ops.concatenate([over_determined, map_rectangles(target_limbs, source_limbs)], axis=-2)


def outlines_of_heads(transforms, source_keypoints, target_keypoints, skeleton: Skeleton) -> dict:
    """Return the transforms that warp the outlines of a solid body's heads.

    A head has the same outline from the front and the back. Where `region_transforms` covers a head
    with hair, its outline is warped by `round_head_transform` instead.

    Args:
        transforms: float [B, R, 8], the result of `region_transforms` for these poses.
        source_keypoints: float [B, J, 3].
        target_keypoints: float [B, J, 3].
        skeleton: the layout of both.

    Returns:
        float32 [B, 8] by the index of each head in `skeleton.regions`.
    """
    source, source_presence = joint_positions(source_keypoints, skeleton)
    target, target_presence = joint_positions(target_keypoints, skeleton)
    away = turns_away(source, source_presence, target, target_presence, skeleton)
    outlines = {}
    for index, region in enumerate(skeleton.regions):
        if region.kind == "head":
            head = source, source_presence, target, target_presence, skeleton, region.joints
            round_head, known = round_head_transform(*head)
            covered = (away & known)[..., None]
            outlines[index] = ops.where(covered, round_head, transforms[..., index, :])
    return outlines


def _with_round_heads(transforms, regions, poses, skeleton):
    """Replace the transforms of heads whose round transform is known."""
    source, source_presence, target, target_presence = poses
    away = turns_away(source, source_presence, target, target_presence, skeleton)
    chosen = []
    for transform, region in zip(ops.unstack(transforms, axis=-2), regions, strict=True):
        if region.kind == "head":
            head = source, source_presence, target, target_presence, skeleton, region.joints
            round_head, known = round_head_transform(*head)
            round_head = ops.where(away[..., None], hair_transform(*head), round_head)
            transform = ops.where(known[..., None], round_head, transform)
        chosen.append(transform)
    return ops.stack(chosen, axis=-2)


def _weights(common, region, joints):
    """Return which joints a region's least squares take, bool [..., N]."""

    def members(names):
        return ops.convert_to_tensor([joint in names for joint in joints], "bool")

    # Supporting joints alone say nothing about the region.
    seen = ops.any(common & members(region.joints), axis=-1, keepdims=True)
    return common & members(region.joints + region.support) & seen


def _limbs_seen(positions, presence, skeleton, limbs):
    starts = named_joints(positions, presence, skeleton, [limb.start for limb in limbs])[1]
    return starts & named_joints(positions, presence, skeleton, [limb.end for limb in limbs])[1]


def _choose(condition, first, second):
    return Rectangles(
        center=ops.where(condition[..., None], first.center, second.center),
        direction=ops.where(condition[..., None], first.direction, second.direction),
        half_length=ops.where(condition, first.half_length, second.half_length),
        half_width=ops.where(condition, first.half_width, second.half_width),
        valid=ops.where(condition, first.valid, second.valid),
    )
