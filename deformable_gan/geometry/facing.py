"""Whether a pose shows a person's face or the back of the head.

Not in the paper.
"""

from keras import ops

from deformable_gan.geometry.regions import select_joints, torso_size
from deformable_gan.pose.skeleton import Skeleton

# Distances between left and right, in torso sizes, from which the view is certain. From the front,
# MoveNet finds a third of a torso between the ears, and two thirds between the shoulders.
_CERTAIN = {"ear": 0.15, "shoulder": 0.3}


def facing(positions, presence, skeleton: Skeleton):
    """Return the side of the head that a pose shows, from the order of left and right.

    The ears tell it, or the shoulders if an ear is missing.

    Args:
        positions: float [..., J, 2] of `regions.joint_positions`.
        presence: bool [..., J] of the same function.
        skeleton: the layout.

    Returns:
        float [...]: 1 for the face, -1 for the back of the head, values in between for the sides,
        and 0 where a shoulder or a hip is missing.
    """
    torso, known = torso_size(positions, presence, skeleton)
    pairs, seen = {}, {}
    for part in ("ear", "shoulder", "hip"):
        joints = skeleton.indices(f"left_{part}", f"right_{part}")
        pairs[part], both = select_joints(positions, presence, joints)
        seen[part] = ops.all(both, axis=-1)
    down = ops.mean(pairs["hip"], axis=-2) - ops.mean(pairs["shoulder"], axis=-2)
    length = ops.sqrt(ops.sum(down * down, axis=-1) + 1e-6)
    views = {}
    for part, certain in _CERTAIN.items():
        across = pairs[part][..., 0, :] - pairs[part][..., 1, :]
        right = (across[..., 1] * down[..., 0] - across[..., 0] * down[..., 1]) / length
        views[part] = ops.clip(right / (certain * torso), -1.0, 1.0)
    known = known & seen["shoulder"] & seen["hip"]
    return ops.where(known, ops.where(seen["ear"], views["ear"], views["shoulder"]), 0.0)
