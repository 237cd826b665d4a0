"""Region masks rasterised as in the original implementation, including its treatment of edges."""

import functools
import operator

from keras import ops

from deformable_gan.geometry.region_masks import head_mask
from deformable_gan.geometry.regions import (
    LIMB_HALF_WIDTH,
    START_EXTENSION,
    joint_positions,
    named_joints,
    torso_size,
)
from deformable_gan.pose.skeleton import Skeleton

# scikit-image's tolerance for a point on a corner.
_CORNER = 1e-12


def original_region_masks(target_keypoints, size, skeleton: Skeleton, dtype: str = "float64"):
    """Return the region masks with the original's decisions about pixels on the edges of limbs.

    `region_masks` decides edges by one rule. The original rasterised polygons with scikit-image
    (O'Rourke's crossing test in double precision), so rounding decided pixels exactly on an edge:
    one in two thousand of the limbs' pixels. Published weights were trained with these masks.

    This function repeats the original's arithmetic, operation by operation, in float64. Where the
    backend lacks float64 (JAX by default) it computes in float32, and those pixels may differ. All
    pixels of one reference set equal the original's; of a second set, all but 1 of 7,864,320. That
    pixel depends on the last bit of a rounding, which differs between versions of libraries.

    Convention and arguments are those of `region_masks` without stride and offset.

    Args:
        target_keypoints: float [B, J, 3] of (y, x, confidence) in pixels.
        size: (H, W) of the image.
        skeleton: the layout.
        dtype: the type to compute in.

    Returns:
        float32 [B, R, H, W] of 0 and 1.
    """
    positions, presence = joint_positions(ops.stop_gradient(target_keypoints), skeleton)
    rows, columns = (ops.arange(length, dtype="float32") for length in size)
    heads = [
        head_mask(positions, presence, skeleton, head.joints, rows, columns)[:, None]
        for head in skeleton.regions_of("head")
    ]
    positions = ops.cast(positions, dtype)
    torso, torso_known = torso_size(positions, presence, skeleton)
    half_width = (LIMB_HALF_WIDTH * torso)[..., None, None]

    limbs = skeleton.regions_of("limb")
    starts, ends = [limb.start for limb in limbs], [limb.end for limb in limbs]
    start, start_seen = named_joints(positions, presence, skeleton, starts)
    end, end_seen = named_joints(positions, presence, skeleton, ends)
    extension = ops.convert_to_tensor([[limb.mask_extension] for limb in limbs], dtype)
    start = start + (start - end) * START_EXTENSION
    end = end + (end - start) * extension
    line = start - end
    length = ops.sqrt(ops.sum(line**2, axis=-1, keepdims=True))
    has_length = length[..., 0] > 0
    normal = ops.stack([-line[..., 1], line[..., 0]], axis=-1)
    normal = normal / ops.where(length > 0, length, 1.0)
    corners = [
        start + half_width * normal,
        start - half_width * normal,
        end - half_width * normal,
        end + half_width * normal,
    ]
    inside = _in_polygon(corners, size)
    usable = start_seen & end_seen & torso_known[..., None] & has_length
    inside = inside & usable[..., None, None]
    everywhere = [ops.ones_like(inside[:, :1]) for _ in skeleton.regions_of("torso")]
    return ops.cast(ops.concatenate([*everywhere, *heads, inside], axis=1), "float32")


def _in_polygon(corners, size):
    """Return which pixels lie in polygons or on their edges.

    Args:
        corners: list of float [..., 2] of (y, x).
        size: (H, W).

    Returns:
        bool [..., H, W].
    """
    dtype = corners[0].dtype
    rows = ops.arange(size[0], dtype=dtype)[:, None]
    columns = ops.arange(size[1], dtype=dtype)[None, :]

    def relative(corner):
        # scikit-image calls the first coordinate x.
        return corner[..., 0, None, None] - rows, corner[..., 1, None, None] - columns

    rights, lefts, on_corners = [], [], []
    x1, y1 = relative(corners[-1])
    for corner in corners:
        x0, y0 = relative(corner)
        rise = ops.where(y1 == y0, 1.0, y1 - y0)
        crossing = (x0 * y1 - x1 * y0) / rise
        rights.append(((y0 > 0) != (y1 > 0)) & (crossing > 0))
        lefts.append(((y0 < 0) != (y1 < 0)) & (crossing < 0))
        on_corners.append((ops.abs(x0) < _CORNER) & (ops.abs(y0) < _CORNER))
        x1, y1 = x0, y0
    # Whether the numbers of edges crossed to the right and to the left are odd.
    right, left = (functools.reduce(operator.ne, crossed) for crossed in (rights, lefts))
    return right | (right != left) | functools.reduce(operator.or_, on_corners)
