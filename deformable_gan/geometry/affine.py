"""Affine transforms: composition, checks, maps between rectangles and scaling to feature grids.

Convention: a transform is the eight numbers [a0, a1, a2, b0, b1, b2, 0, 0] of
`ImageProjectiveTransformV3` and maps an OUTPUT (target) pixel (x, y) to the INPUT (source) pixel
(a0 x + a1 y + a2, b0 x + b1 y + b2); pixel centres lie at integers. Points and joints are (y, x).
"""

import numpy as np
from keras import ops

from deformable_gan.geometry.rectangles import Rectangles

#: Maps every pixel to a point outside any image, so that a warp yields zeros.
OUTSIDE = np.array([1, 0, 10_000, 0, 1, 10_000, 0, 0], np.float32)

#: Leaves every pixel where it is.
IDENTITY = np.array([1, 0, 0, 0, 1, 0, 0, 0], np.float32)

# A transform that magnifies or shrinks more than this in some direction yields only a smear and
# counts as not invertible.
_STRONGEST_STRETCH = 100.0


def compose(linear, translation):
    """Return transforms as eight numbers.

    Args:
        linear: float32 [..., 2, 2] acting on (y, x) columns.
        translation: float32 [..., 2] of (y, x).

    Returns:
        float32 [..., 8].
    """
    zero = ops.zeros_like(translation[..., 0])
    return ops.stack(
        [
            linear[..., 1, 1],
            linear[..., 1, 0],
            translation[..., 1],
            linear[..., 0, 1],
            linear[..., 0, 0],
            translation[..., 0],
            zero,
            zero,
        ],
        axis=-1,
    )


def apply_linear(linear, point):
    """Return the products [..., 2] of matrices [..., 2, 2] and points [..., 2]."""
    return ops.sum(linear * point[..., None, :], axis=-1)


def outside_unless(usable, linear, translation):
    """Compose transforms, with `OUTSIDE` instead of those that cannot be used.

    Args:
        usable: bool [...].
        linear: float32 [..., 2, 2] acting on (y, x) columns, finite.
        translation: float32 [..., 2] of (y, x), finite.

    Returns:
        float32 [..., 8]: `OUTSIDE` (with zero gradient) where `usable` is False and where the
        linear part is not well invertible, that is, magnifies or shrinks some direction more
        than a hundredfold.
    """
    determinant = linear[..., 0, 0] * linear[..., 1, 1] - linear[..., 0, 1] * linear[..., 1, 0]
    # For singular values s1 >= s2: norm = sqrt(s1² + s2²) ~ s1, |determinant| / norm ~ s2.
    norm = ops.sqrt(ops.sum(linear * linear, axis=(-2, -1)))
    invertible = (norm < _STRONGEST_STRETCH) & (ops.abs(determinant) * _STRONGEST_STRETCH > norm)
    return ops.where((usable & invertible)[..., None], compose(linear, translation), OUTSIDE)


def map_rectangles(target: Rectangles, source: Rectangles):
    """Return the transforms that map each target rectangle to the corresponding source rectangle.

    Start, end and sides correspond, and so do the four corners.

    Returns:
        float32 [..., 8], target -> source; `OUTSIDE` where a rectangle is not valid or the map
        is not invertible.
    """
    usable = target.valid & source.valid
    stretch_along = source.half_length / target.half_length
    stretch_across = source.half_width / target.half_width
    linear = outer(source.direction, target.direction) * stretch_along[..., None, None]
    linear = linear + (
        outer(_normal(source.direction), _normal(target.direction))
        * stretch_across[..., None, None]
    )
    return outside_unless(usable, linear, source.center - apply_linear(linear, target.center))


def scale_transforms(transforms, stride=(1.0, 1.0), offset=(0.0, 0.0)):
    """Convert full-size transforms to a feature grid.

    Args:
        transforms: float32 [..., 8] between pixels of the image.
        stride: (y, x) distance of neighbouring feature pixels in pixels of the image.
        offset: (y, x) place of feature pixel (0, 0) in the image. Feature pixel j stands at
            stride · j + offset along each axis, in the target and in the source.

    Returns:
        float32 [..., 8] between feature pixels.
    """
    (stride_y, stride_x), (offset_y, offset_x) = stride, offset
    a0, a1, a2, b0, b1, b2 = (transforms[..., index] for index in range(6))
    zero = ops.zeros_like(a0)
    return ops.stack(
        [
            a0,
            a1 * (stride_y / stride_x),
            (a0 * offset_x + a1 * offset_y + a2 - offset_x) / stride_x,
            b0 * (stride_x / stride_y),
            b1,
            (b0 * offset_x + b1 * offset_y + b2 - offset_y) / stride_y,
            zero,
            zero,
        ],
        axis=-1,
    )


def outer(first, second):
    """Return the outer products [..., 2, 2] of vectors [..., 2] and [..., 2]."""
    return first[..., :, None] * second[..., None, :]


def _normal(direction):
    return ops.stack([-direction[..., 1], direction[..., 0]], axis=-1)
