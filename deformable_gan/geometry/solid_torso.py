"""The joints of a torso that has depth.

Not in the paper, whose torso is flat: the shoulders of a person who turns sideways come to lie on
one point, so that the affine transform between two views squeezes the whole torso into a strip.

Convention: joints are (y, x) in pixels, pixel centres at integers.
"""

from keras import ops

from deformable_gan.geometry.regions import across_torso, select_joints, torso_size
from deformable_gan.pose.skeleton import Skeleton

#: The distance between the two shoulders and between the two hips of a person seen from the front,
#: in torso sizes.
FRONT_WIDTHS = {"shoulder": 0.7, "hip": 0.45}

#: The depth of a torso as a fraction of its width.
DEPTH = 0.6


def solid_torso(positions, presence, skeleton: Skeleton):
    """Move the two shoulders, and the two hips, apart to the width that a solid torso shows.

    The torso is a cylinder whose base is an ellipse of width W (see `FRONT_WIDTHS`) and depth
    D = `DEPTH` W. Where the joints are w apart across the torso's axis, it shows the width
    sqrt(w² + D² (1 - w² / W²)): W from the front, D from the side. The middle of each pair stays in
    place, and so does the distance along the axis. Left and right are not exchanged.

    Args:
        positions: float [..., J, 2] of `regions.joint_positions`.
        presence: bool [..., J] of the same function.
        skeleton: the layout.

    Returns:
        float [..., J, 2]. Other joints stay in place, and so do shoulders and hips of a pose in
        which one of the four is missing.
    """
    torso, torso_known = torso_size(positions, presence, skeleton)
    normal, known = across_torso(positions, presence, skeleton)
    known = known & torso_known
    shifts = ops.zeros_like(positions)
    for part, front_width in FRONT_WIDTHS.items():
        joints = skeleton.indices(f"left_{part}", f"right_{part}")
        pair, _ = select_joints(positions, presence, joints)
        across = ops.sum((pair[..., 0, :] - pair[..., 1, :]) * normal, axis=-1)
        shown = _shown_width(across, front_width * torso)
        farther = ops.where(across < 0, -shown, shown) - across
        shift = ops.where(known, farther / 2, 0.0)[..., None] * normal
        for joint, sign in zip(joints, (1.0, -1.0), strict=True):
            here = ops.one_hot(joint, len(skeleton), dtype=positions.dtype)[:, None]
            shifts = shifts + sign * here * shift[..., None, :]
    return positions + shifts


def _shown_width(across, front_width):
    """Return the width of the elliptic cylinder where the joints are `across` apart."""
    square = across * across
    turned = ops.maximum(1.0 - square / (front_width * front_width), 0.0)
    depth = DEPTH * front_width
    return ops.sqrt(square + depth * depth * turned)
