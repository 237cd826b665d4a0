"""Region masks rasterised as by the original implementation, edges included."""

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

# What scikit-image takes for a point on a corner.
_CORNER = 1e-12


def original_region_masks(target_keypoints, size, skeleton: Skeleton, dtype: str = "float64"):
    """Evaluate the region masks, pixels on the edges of limbs included or not as in the original.

    `region_masks` decides edges by one rule; the original rasterised polygons with scikit-image
    (O'Rourke's crossing test in double precision), so that pixels exactly on an edge fell as
    rounding had it: one in two thousand of the limbs' pixels, which published weights have seen.
    This repeats its arithmetic, operation by operation, in float64 (where the backend lacks it,
    as JAX by default, in float32, and those pixels may fall otherwise). On one reference set all
    pixels are the original's, on a second one all but 1 of 7,864,320: there the last bit of a
    rounding decides, which libraries of different versions do not share.

    Convention and arguments are those of `region_masks` without stride and offset.

    Args:
        target_keypoints: float [B, J, 3] of (y, x, confidence) in pixels.
        size: (H, W) of the image.
        skeleton: the layout.
        dtype: to compute in.

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
    """Tell which pixels lie in polygons or on their edges.

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

    right = left = on_corner = None
    x1, y1 = relative(corners[-1])
    for corner in corners:
        x0, y0 = relative(corner)
        rise = ops.where(y1 == y0, 1.0, y1 - y0)
        crossing = (x0 * y1 - x1 * y0) / rise
        to_right = ((y0 > 0) != (y1 > 0)) & (crossing > 0)
        to_left = ((y0 < 0) != (y1 < 0)) & (crossing < 0)
        here = (ops.abs(x0) < _CORNER) & (ops.abs(y0) < _CORNER)
        right = to_right if right is None else right != to_right
        left = to_left if left is None else left != to_left
        on_corner = here if on_corner is None else on_corner | here
        x1, y1 = x0, y0
    return right | (right != left) | on_corner  # type: ignore[operator]  # not None here
