"""The masks of the regions in the target image."""

from keras import ops

from deformable_gan.geometry.rectangles import limb_rectangles
from deformable_gan.geometry.regions import (
    HEAD_HALF_SIDE,
    joint_positions,
    mean_of_present,
    torso_size,
)
from deformable_gan.pose.skeleton import Skeleton

# Added before truncation, so that rounding errors do not lower a whole number by one.
_ROUNDING = 1e-4


def region_masks(target_keypoints, size, skeleton: Skeleton, stride=(1.0, 1.0), offset=(0.0, 0.0)):
    """Return the region masks: where each region lies in the target image (paper section 3.2).

    Torso: everywhere. Head: a square around the mean of the head joints present. Limbs: rectangles.
    The mask of a limb with a missing joint is empty, and so is that of a head without any joint.
    All limbs and heads have empty masks if the torso's size is unknown.

    Convention: sample (i, j) looks at the image at (y, x) = stride · (i, j) + offset, so masks
    of every feature size are exact and none is resized. Stride s and offset 0 take every s-th pixel
    from the first, as in the original. Stride s and offset (s - 1) / 2 take the centres of blocks
    of s x s pixels.

    Args:
        target_keypoints: float [B, J, 3] of (y, x, confidence) in pixels of the full image.
        size: (h, w), the number of samples.
        skeleton: the layout.
        stride: (y, x) distance of the samples in pixels of the image.
        offset: (y, x) of the first sample.

    Returns:
        float32 [B, R, h, w] of 0 and 1 in the order of `skeleton.regions`. No gradient flows into
        the key points, since the masks are step functions.

    Raises:
        ValueError: the key points do not have the layout's shape.
    """
    positions, presence = joint_positions(ops.stop_gradient(target_keypoints), skeleton)
    y = ops.arange(size[0], dtype="float32") * stride[0] + offset[0]
    x = ops.arange(size[1], dtype="float32") * stride[1] + offset[1]
    masks = head_and_limb_masks(positions, presence, skeleton, y, x)
    pixels = ops.ones_like(y)[:, None] * ops.ones_like(x)
    everywhere = ops.ones_like(positions[:, :1, :1, None]) * pixels > 0
    masks = [everywhere for _ in skeleton.regions_of("torso")] + masks
    return ops.cast(ops.concatenate(masks, axis=-3), "float32")


def head_and_limb_masks(positions, presence, skeleton: Skeleton, y, x) -> list:
    """Return the masks of the heads and the limbs, in the order of `skeleton.regions`.

    Args:
        positions: float32 [B, J, 2] of `regions.joint_positions`.
        presence: bool [B, J] of the same function.
        skeleton: the layout.
        y: float32 [h], rows of the samples in pixels of the image.
        x: float32 [w], columns.

    Returns:
        A list of bool [B, N, h, w]: one mask for each head (N = 1), and the masks of all limbs
        together.
    """
    masks = [
        ops.expand_dims(head_mask(positions, presence, skeleton, head.joints, y, x), axis=-3)
        for head in skeleton.regions_of("head")
    ]
    if limbs := skeleton.regions_of("limb"):
        extensions = [limb.mask_extension for limb in limbs]
        masks.append(limb_rectangles(positions, presence, skeleton, limbs, extensions).cover(y, x))
    return masks


def head_mask(positions, presence, skeleton: Skeleton, joints, y, x):
    """Return where the head lies: a square around the mean of its joints.

    Args:
        positions: float32 [B, J, 2] of `regions.joint_positions`.
        presence: bool [B, J] of the same function.
        skeleton: the layout.
        joints: the names of the head's joints.
        y: float32 [h], rows of the samples in pixels of the image.
        x: float32 [w], columns.

    Returns:
        bool [B, h, w].
    """
    torso, torso_known = torso_size(positions, presence, skeleton)
    center, any_seen = mean_of_present(positions, presence, skeleton, joints)
    center = _truncate(center)[..., None, :]
    half_side = ops.floor(HEAD_HALF_SIDE * torso + _ROUNDING)[..., None]
    rows = (y >= center[..., 0] - half_side) & (y < center[..., 0] + half_side)
    columns = (x >= center[..., 1] - half_side) & (x < center[..., 1] + half_side)
    known = torso_known & any_seen
    return rows[..., :, None] & columns[..., None, :] & known[..., None, None]


def _truncate(value):
    return ops.sign(value) * ops.floor(ops.abs(value) + _ROUNDING)
