"""Sampling of feature maps at transformed positions (paper section 3.2, equation 3).

*Convention*: a transform maps an output pixel (x, y) to the input pixel
(a0 x + a1 y + a2, b0 x + b1 y + b2) of the same grid, pixel centres at integers; it is stored as
the eight numbers (a0, a1, a2, b0, b1, b2, 0, 0). Values outside the grid are zero.
"""

import keras
from keras import ops

from deformable_gan.geometry.index_type import index_type

INTERPOLATIONS = ("bilinear", "nearest")


def pixel_grid(size, dtype="float32"):
    """Return the pixel centres of a grid.

    Args:
        size: (h, w), integers.
        dtype: the type of the result.

    Returns:
        y, x: float [h, w].
    """
    height, width = size
    return ops.meshgrid(
        ops.arange(height, dtype=dtype), ops.arange(width, dtype=dtype), indexing="ij"
    )


def coordinates_of(transforms):
    """Return transforms in a type precise enough for coordinates: float32 or float64."""
    return ops.cast(transforms, keras.backend.result_type(transforms.dtype, "float32"))


def apply_transforms(transforms, y, x):
    """Map points by affine transforms.

    Args:
        transforms: float [..., 8].
        y: float, broadcastable with `transforms[..., 0]`.
        x: float, of the same shape.

    Returns:
        The mapped y and x.
    """
    a0, a1, a2, b0, b1, b2 = (transforms[..., index] for index in range(6))
    return b0 * x + b1 * y + b2, a0 * x + a1 * y + a2


def sample(features, item, y, x, interpolation="bilinear"):
    """Return feature vectors at fractional positions; zeros outside the grid.

    The gradient is exact with respect to the features and, for `bilinear`, to the positions.

    Args:
        features: float [B, h, w, C].
        item: int [...] of `index_type`, the index in the batch of the map to read at each position.
        y: float32 or float64 [...], rows.
        x: float32 or float64 [...], columns.
        interpolation: `bilinear`; or `nearest`, which rounds halves away from zero as the
            original's `ImageProjectiveTransform` does.

    Returns:
        float [..., C] of the features' dtype.
    """
    height, width, channels = features.shape[1:]
    rows = ops.reshape(features, (-1, channels))
    # Far positions would overflow the integers below. Two pixels outside, the result is zero.
    y = ops.clip(y, -2.0, height + 1.0)
    x = ops.clip(x, -2.0, width + 1.0)
    start = item * (height * width)
    whole = index_type()

    def read(row, column, weight):
        inside = (row >= 0) & (row <= height - 1) & (column >= 0) & (column <= width - 1)
        row = ops.cast(ops.clip(row, 0, height - 1), whole)
        column = ops.cast(ops.clip(column, 0, width - 1), whole)
        weight = ops.where(inside, weight, 0.0)
        values = ops.take(rows, start + row * width + column, axis=0)
        return values * ops.cast(weight, features.dtype)[..., None]

    if interpolation == "nearest":
        return read(_round_half_away(y), _round_half_away(x), ops.ones_like(y))
    top, left = ops.floor(y), ops.floor(x)
    down, right = y - top, x - left
    return (
        read(top, left, (1 - down) * (1 - right))
        + read(top, left + 1, (1 - down) * right)
        + read(top + 1, left, down * (1 - right))
        + read(top + 1, left + 1, down * right)
    )


def warp(features, transforms, interpolation="bilinear"):
    """Warp each feature map by each of its transforms.

    Args:
        features: float [B, h, w, C].
        transforms: float32 or float64 [B, R, 8] on the features' own grid.
        interpolation: `bilinear` or `nearest`.

    Returns:
        float [B, R, h, w, C].
    """
    size = features.shape[1:3]
    transforms = coordinates_of(transforms)
    y, x = apply_transforms(transforms[:, :, None, None, :], *pixel_grid(size, transforms.dtype))
    item = ops.arange(ops.shape(features)[0], dtype=index_type())[:, None, None, None]
    return sample(features, item, y, x, interpolation)


def warp_image(image, transforms):
    """Warp images bilinearly by each of their transforms, border pixels repeated beyond the edge.

    This is a variant of `warp` for images. Since images have few channels, the four neighbours of a
    position are stored side by side and read at once. No gradient flows through it.

    Args:
        image: float [B, H, W, C].
        transforms: float32 [B, R, 8] on the image's own grid.

    Returns:
        float [B, R, H, W, C].
    """
    image, transforms = ops.stop_gradient(image), ops.stop_gradient(coordinates_of(transforms))
    height, width, channels = image.shape[1:]
    right = ops.concatenate([image[:, :, 1:], image[:, :, -1:]], axis=2)
    pairs = ops.concatenate([image, right], axis=-1)
    below = ops.concatenate([pairs[:, 1:], pairs[:, -1:]], axis=1)
    rows = ops.reshape(ops.concatenate([pairs, below], axis=-1), (-1, 4 * channels))
    y, x = apply_transforms(
        transforms[:, :, None, None, :], *pixel_grid((height, width), transforms.dtype)
    )
    y, x = ops.clip(y, 0.0, height - 1.0), ops.clip(x, 0.0, width - 1.0)
    top, left = ops.floor(y), ops.floor(x)
    whole = index_type()
    item = ops.arange(ops.shape(image)[0], dtype=whole)[:, None, None, None]
    index = item * (height * width) + ops.cast(top, whole) * width + ops.cast(left, whole)
    corners = ops.take(rows, index, axis=0)
    down = ops.cast(y - top, image.dtype)[..., None]
    across = ops.cast(x - left, image.dtype)[..., None]
    upper = corners[..., : 2 * channels] * (1 - down) + corners[..., 2 * channels :] * down
    return upper[..., :channels] * (1 - across) + upper[..., channels:] * across


def _round_half_away(values):
    """Round halves away from zero; `ops.round` rounds them to even numbers.

    Comparing the fraction is exact; adding 0.5 would round up the largest number below a half.
    """
    size = ops.abs(values)
    whole = ops.floor(size)
    return ops.sign(values) * ops.where(size - whole >= 0.5, whole + 1.0, whole)
