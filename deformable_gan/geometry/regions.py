"""Sizes and joints of body regions, and quantities that depend on a single pose.

Source: paper section 3.2 (and the original implementation for the numbers).

Convention: joints and points are (y, x) in pixels, pixel centres at integers. A boolean *presence*
tensor tells which joints are known; the coordinates of missing joints are never used.
"""

from keras import ops

from deformable_gan.pose.region import REGIONS
from deformable_gan.pose.skeleton import Skeleton

#: The joints of the paper's body region, which also define the torso size.
TORSO_JOINTS = REGIONS[0].joints

#: The two sides of the torso; the torso size is computed from their lengths.
TORSO_SIDES = (("right_hip", "right_shoulder"), ("left_hip", "left_shoulder"))

#: The joints of the paper's head region, whose transform also uses the shoulders.
HEAD_JOINTS = REGIONS[1].joints
SHOULDERS = ("left_shoulder", "right_shoulder")

#: A limb is a rectangle of this half width, in torso sizes.
LIMB_HALF_WIDTH = 0.2

#: The head's mask is a square of this half side, in torso sizes.
HEAD_HALF_SIDE = 0.4

#: A limb's rectangle begins this fraction of the limb's length before its first joint.
START_EXTENSION = 0.1

# Joints with larger coordinates, in pixels, count as missing: squared distances of much larger
# ones would overflow float32.
_FARTHEST = 1e5

# Smaller confidences count as 0: whether a subnormal number is positive depends on the compiler.
_LEAST_CONFIDENCE = 1e-30

# Torso sides and limbs shorter than this, in pixels, have no usable direction.
SHORTEST = 1e-2


#: The paper's limb regions.
LIMBS = tuple(region for region in REGIONS if region.kind == "limb")
#: The names of the paper's regions in order.
REGION_NAMES = tuple(region.name for region in REGIONS)
REGION_COUNT = len(REGION_NAMES)


def present(keypoints):
    """Return which joints are present.

    Args:
        keypoints: float [..., J, 3] of (y, x, confidence).

    Returns:
        bool [..., J]: the confidence is positive and every number is finite (coordinates of
        100,000 pixels and more count as not finite).
    """
    keypoints = ops.cast(keypoints, "float32")
    near = ops.abs(keypoints[..., :2]) < _FARTHEST
    # Comparisons with NaN are false, so only an infinite confidence is left to exclude.
    confidence = keypoints[..., 2]
    return ops.all(near, axis=-1) & (confidence > _LEAST_CONFIDENCE) & (confidence < float("inf"))


def joint_positions(keypoints, skeleton: Skeleton, dtype: str = "float32"):
    """Separate key points into positions that are safe to compute with and their presence.

    Args:
        keypoints: float [..., J, 3] of (y, x, confidence).
        skeleton: the layout that names the joints.
        dtype: the type of the positions. The key points themselves are read as float32.

    Returns:
        float [..., J, 2] of (y, x), zero (with zero gradient) where missing, and bool [..., J].

    Raises:
        ValueError: the key points do not have the layout's shape.
    """
    keypoints = ops.cast(ops.convert_to_tensor(keypoints), "float32")
    if tuple(keypoints.shape[-2:]) != (len(skeleton), 3):
        raise ValueError(
            f"keypoints must have the shape [..., {len(skeleton)}, 3] of the layout "
            f"{skeleton.name!r}, received {tuple(keypoints.shape)}: choose the matching skeleton "
            "or convert the key points"
        )
    presence = present(keypoints)
    positions = ops.where(presence[..., None], keypoints[..., :2], 0.0)
    return ops.cast(positions, dtype), presence


def select_joints(positions, presence, indices):
    """Return the positions [..., N, 2] and the presence [..., N] of the joints at N indices."""
    return ops.take(positions, indices, axis=-2), ops.take(presence, indices, axis=-1)


def named_joints(positions, presence, skeleton: Skeleton, names):
    """Return joints, derived ones included, by their names.

    Args:
        positions: float [..., J, 2] of (y, x).
        presence: bool [..., J].
        skeleton: the layout.
        names: joints, or derived joints of the layout, N of them.

    Returns:
        float [..., N, 2], and bool [..., N]: a derived joint is present where all its parents are.
    """
    parents = [skeleton.parents(name) for name in names]
    if all(len(one) == 1 for one in parents):
        return select_joints(positions, presence, skeleton.indices(*(one[0] for one in parents)))
    chosen = [select_joints(positions, presence, skeleton.indices(*one)) for one in parents]
    points = ops.stack([ops.mean(joints, axis=-2) for joints, _ in chosen], axis=-2)
    return points, ops.stack([ops.all(seen, axis=-1) for _, seen in chosen], axis=-1)


def mean_of_present(positions, presence, skeleton: Skeleton, names):
    """Return the mean of the named joints that are present.

    Args:
        positions: float [..., J, 2], zero where missing.
        presence: bool [..., J].
        skeleton: the layout.
        names: joints, or derived joints of the layout.

    Returns:
        float [..., 2] of (y, x), and bool [...]: whether any is present.
    """
    joints, seen = named_joints(positions, presence, skeleton, names)
    # A derived joint of which one parent is missing is absent, but its position is not zero.
    joints = ops.where(seen[..., None], joints, 0.0)
    count = ops.sum(ops.cast(seen, positions.dtype), axis=-1, keepdims=True)
    return ops.sum(joints, axis=-2) / ops.maximum(count, 1.0), count[..., 0] > 0


def across_torso(positions, presence, skeleton: Skeleton):
    """Return the direction across the torso: the image's right for an upright person.

    Args:
        positions: float [..., J, 2] of (y, x), finite.
        presence: bool [..., J].
        skeleton: the layout.

    Returns:
        float [..., 2], the unit vector (y, x) at a right angle to the line from the middle of the
        shoulders to the middle of the hips, and bool [...]: False where one of the four joints is
        missing or the line has no length.
    """
    middles, known = [], []
    for part in ("shoulder", "hip"):
        joints = skeleton.indices(f"left_{part}", f"right_{part}")
        pair, seen = select_joints(positions, presence, joints)
        middles.append(ops.mean(pair, axis=-2))
        known.append(ops.all(seen, axis=-1))
    down = middles[1] - middles[0]
    square = ops.sum(down * down, axis=-1)
    known = known[0] & known[1] & (square > SHORTEST**2)
    down = down / ops.sqrt(ops.where(known, square, 1.0))[..., None]
    return ops.stack([-down[..., 1], down[..., 0]], axis=-1), known


def torso_size(positions, presence, skeleton: Skeleton):
    """Return the torso size: the root mean square length of the torso's two sides.

    A side with a missing joint is left out. The original handles complete torsos only.

    Args:
        positions: float [..., J, 2], finite.
        presence: bool [..., J].
        skeleton: the layout.

    Returns:
        float [...] in pixels, at least `SHORTEST`, and bool [...]: False where no side is
        known or the torso has no size.
    """
    hips, shoulders = (skeleton.indices(*joints) for joints in zip(*TORSO_SIDES, strict=True))
    hip, hip_seen = select_joints(positions, presence, hips)
    shoulder, shoulder_seen = select_joints(positions, presence, shoulders)
    side = hip - shoulder
    known = ops.cast(hip_seen & shoulder_seen, positions.dtype)
    squares = ops.sum(side * side, axis=-1) * known
    mean_square = ops.sum(squares, axis=-1) / ops.maximum(ops.sum(known, axis=-1), 1.0)
    valid = mean_square > SHORTEST**2
    return ops.sqrt(ops.where(valid, mean_square, SHORTEST**2)), valid


def shoulder_midpoint(positions, presence, skeleton: Skeleton):
    """Return the middle of the shoulders, which serves as the neck, since some layouts have none.

    Args:
        positions: float32 [..., J, 2].
        presence: bool [..., J].
        skeleton: the layout.

    Returns:
        float32 [..., 2], the middle of the shoulders, and bool [...]: whether both are present.
    """
    shoulders, seen = select_joints(positions, presence, skeleton.indices(*SHOULDERS))
    return ops.mean(shoulders, axis=-2), ops.all(seen, axis=-1)
