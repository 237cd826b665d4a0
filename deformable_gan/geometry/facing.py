"""Whether a pose shows a person's face or the back of the head.

Not in the paper.
"""

from keras import ops

from deformable_gan.geometry.regions import across_torso, select_joints, torso_size
from deformable_gan.pose.skeleton import Skeleton

# If the left and the right joint are at least this far apart, in torso sizes, the view is certain.
# From the front, MoveNet finds a third of a torso between the ears, and two thirds between the
# shoulders.
_CERTAIN = {"ear": 0.15, "shoulder": 0.3}

# A pose mostly shows the face if `facing` is above this number, and mostly the back of the head if
# `facing` is below minus this number.
_MOSTLY = 0.5


def facing(positions, presence, skeleton: Skeleton):
    """Return whether a pose shows the face or the back of the head.

    The order of the left and the right ear decides, or that of the shoulders if an ear is missing.

    Args:
        positions: float [..., J, 2] of `regions.joint_positions`.
        presence: bool [..., J] of the same function.
        skeleton: the layout.

    Returns:
        float [...]: 1 for the face, -1 for the back of the head, values in between for the sides,
        and 0 where a shoulder or a hip is missing.
    """
    torso, torso_known = torso_size(positions, presence, skeleton)
    normal, known = across_torso(positions, presence, skeleton)
    views, seen = {}, {}
    for part, certain in _CERTAIN.items():
        joints = skeleton.indices(f"left_{part}", f"right_{part}")
        pair, both = select_joints(positions, presence, joints)
        across = ops.sum((pair[..., 0, :] - pair[..., 1, :]) * normal, axis=-1)
        views[part] = ops.clip(across / (certain * torso), -1.0, 1.0)
        seen[part] = ops.all(both, axis=-1)
    view = ops.where(seen["ear"], views["ear"], views["shoulder"])
    return ops.where(known & torso_known, view, 0.0)


def turns_away(source, source_presence, target, target_presence, skeleton: Skeleton):
    """Return where the source shows the face and the target the back of the head, bool [...].

    Args:
        source: float [..., J, 2] of `regions.joint_positions`.
        source_presence: bool [..., J] of the same function.
        target: float [..., J, 2].
        target_presence: bool [..., J].
        skeleton: the layout of both.
    """
    face = facing(source, source_presence, skeleton) > _MOSTLY
    return face & (facing(target, target_presence, skeleton) < -_MOSTLY)
