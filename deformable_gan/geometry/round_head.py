"""The transforms of a head that is a ball.

Not in the paper, whose head is flat: the joints of a face come to lie on a line when the head
turns sideways, so that the affine transform between two views squeezes the head into a strip.

Convention: as in `affine`; joints are (y, x) in pixels.
"""

from dataclasses import dataclass
from typing import Any

from keras import ops

from deformable_gan.geometry.affine import apply_linear, outer, outside_unless
from deformable_gan.geometry.regions import (
    SHORTEST,
    mean_of_present,
    named_joints,
    shoulder_midpoint,
    torso_size,
)
from deformable_gan.pose.skeleton import Skeleton

# The face looks to the side if the nose is at least this far from the middle of the head, in torso
# sizes.
_SIDEWAYS = 0.05

# The back of a head takes its colours from the hair above the face. These are the heights of that
# hair and of the middle of the head's disc above the middle of the head, in torso sizes.
_HAIR = 0.25
_DISC = 0.1
# The height and the width of the patch of hair, as fractions of the disc's.
_HAIR_HEIGHT = 0.1
_HAIR_WIDTH = 0.3

_EARS = ("left_ear", "right_ear")
_NOSE = "nose"


@dataclass(frozen=True)
class _Head:
    """A head in one pose.

    Attributes:
        center: float [..., 2] of (y, x).
        up: float [..., 2], the unit vector from the shoulders to the head.
        right: float [..., 2], the unit vector across `up`: the image's right for an upright head.
        size: float [...], the torso size.
        nose: float [...], how far the nose lies to the right of the center, in torso sizes; 0 if it
            is missing.
        valid: bool [...].
    """

    center: Any
    up: Any
    right: Any
    size: Any
    nose: Any
    valid: Any


def round_head_transform(
    source, source_presence, target, target_presence, skeleton: Skeleton, joints
):
    """Return the similarity transform between two views of a head, and where it is known.

    It maps the middle of the target's head to the middle of the source's head, and the target's
    direction from the shoulders to the head to the source's direction. It scales by the ratio of
    the torso sizes. Where one face looks to the left and the other to the right, it mirrors the
    head.

    Args:
        source: float [..., J, 2] of `regions.joint_positions`.
        source_presence: bool [..., J] of the same function.
        target: float [..., J, 2].
        target_presence: bool [..., J].
        skeleton: the layout of both.
        joints: names of the head's joints.

    Returns:
        float [..., 8], target -> source, and bool [...]: False where, in one of the poses, the
        torso's size, a shoulder or every joint of the head is missing, or the middle of the head
        coincides with that of the shoulders. The transform is `affine.OUTSIDE` there.
    """
    to_head = _head(target, target_presence, skeleton, joints)
    from_head = _head(source, source_presence, skeleton, joints)
    left = ops.minimum(to_head.nose, from_head.nose) < -_SIDEWAYS
    right = ops.maximum(to_head.nose, from_head.nose) > _SIDEWAYS
    mirror = ops.where(left & right, -1.0, 1.0)
    linear = outer(from_head.up, to_head.up)
    linear = linear + mirror[..., None, None] * outer(from_head.right, to_head.right)
    linear = linear * (from_head.size / to_head.size)[..., None, None]
    translation = from_head.center - apply_linear(linear, to_head.center)
    known = to_head.valid & from_head.valid
    return outside_unless(known, linear, translation), known


def hair_transform(source, source_presence, target, target_presence, skeleton: Skeleton, joints):
    """Return the transform that covers a head with the hair above the source's face.

    It maps the head's whole disc in the target to a small patch of hair in the source. With it the
    back of a head, which a source with a face does not show, has the colour of the hair (or of the
    cap, or of a bald head's skin).

    Args:
        source: as in `round_head_transform`.
        source_presence: as in `round_head_transform`.
        target: as in `round_head_transform`.
        target_presence: as in `round_head_transform`.
        skeleton: the layout of both.
        joints: names of the head's joints.

    Returns:
        float [..., 8], target -> source; `affine.OUTSIDE` in the same cases as in
        `round_head_transform`.
    """
    to_head = _head(target, target_presence, skeleton, joints)
    from_head = _head(source, source_presence, skeleton, joints)
    linear = _HAIR_HEIGHT * outer(from_head.up, to_head.up)
    linear = linear + _HAIR_WIDTH * outer(from_head.right, to_head.right)
    linear = linear * (from_head.size / to_head.size)[..., None, None]
    hair = from_head.center + _HAIR * from_head.size[..., None] * from_head.up
    disc = to_head.center + _DISC * to_head.size[..., None] * to_head.up
    translation = hair - apply_linear(linear, disc)
    return outside_unless(to_head.valid & from_head.valid, linear, translation)


def head_center(positions, presence, skeleton: Skeleton, joints):
    """Return the middle of a head: the point between the ears, which is the same in every view.

    If an ear is missing, it is the mean of the head's joints that are present.

    Args:
        positions: float [..., J, 2] of `regions.joint_positions`.
        presence: bool [..., J] of the same function.
        skeleton: the layout.
        joints: names of the head's joints.

    Returns:
        float [..., 2] of (y, x), and bool [...]: whether a joint of the head is present.
    """
    face, known = mean_of_present(positions, presence, skeleton, joints)
    if not set(_EARS) <= set(joints):
        return face, known
    ears, ears_seen = named_joints(positions, presence, skeleton, _EARS)
    both = ops.all(ears_seen, axis=-1, keepdims=True)
    return ops.where(both, ops.mean(ears, axis=-2), face), known


def _head(positions, presence, skeleton, joints) -> _Head:
    size, size_known = torso_size(positions, presence, skeleton)
    center, known = head_center(positions, presence, skeleton, joints)
    shoulders, both = shoulder_midpoint(positions, presence, skeleton)
    line = center - shoulders
    square = ops.sum(line * line, axis=-1)
    valid = size_known & known & both & (square > SHORTEST**2)
    up = line / ops.sqrt(ops.where(valid, square, 1.0))[..., None]
    right = ops.stack([up[..., 1], -up[..., 0]], axis=-1)
    beside = ops.zeros_like(size)
    if _NOSE in joints:
        nose, seen = named_joints(positions, presence, skeleton, (_NOSE,))
        beside = ops.sum((nose[..., 0, :] - center) * right, axis=-1) / size
        beside = ops.where(seen[..., 0], beside, 0.0)
    return _Head(center, up, right, size, beside, valid)
