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
    # With a border of zeros, no position needs a test whether it lies inside.
    framed = ops.pad(features, ((0, 0), (1, 1), (1, 1), (0, 0)))
    rows = ops.reshape(framed, (-1, channels))
    whole = index_type()
    start = item * ((height + 2) * (width + 2)) + (width + 3)
    # Far positions would overflow the integers below. One pixel outside, the result is zero.
    y, x = ops.clip(y, -1.0, float(height)), ops.clip(x, -1.0, float(width))

    def index(row, column):
        return start + ops.cast(row, whole) * (width + 2) + ops.cast(column, whole)

    if interpolation == "nearest":
        return ops.take(rows, index(_round_half_away(y), _round_half_away(x)), axis=0)
    top = ops.minimum(ops.floor(y), height - 1.0)
    left = ops.minimum(ops.floor(x), width - 1.0)
    down, right = y - top, x - left
    first = index(top, left)

    def read(offset, weight):
        values = ops.take(rows, first + offset, axis=0)
        return values * ops.expand_dims(ops.cast(weight, features.dtype), axis=-1)

    return (
        read(0, (1 - down) * (1 - right))
        + read(1, (1 - down) * right)
        + read(width + 2, down * (1 - right))
        + read(width + 3, down * right)
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
    down = ops.expand_dims(ops.cast(y - top, image.dtype), axis=-1)
    across = ops.expand_dims(ops.cast(x - left, image.dtype), axis=-1)
    if channels == 1:
        # Products of equal shapes: LiteRT is slow where it repeats a number along a short axis.
        planes = ops.split(ops.transpose(corners, (4, 0, 1, 2, 3)), 4, axis=0)
        corners = [ops.reshape(plane, ops.shape(down)) for plane in planes]
        left, right = (corners[i] * (1 - down) + corners[i + 2] * down for i in (0, 1))
        return left * (1 - across) + right * across
    # Splitting copies whole blocks; LiteRT slices number by number.
    upper, lower = ops.split(corners, 2, axis=-1)
    left, right = ops.split(upper * (1 - down) + lower * down, 2, axis=-1)
    return left * (1 - across) + right * across


def _round_half_away(values):
    """Round halves away from zero; `ops.round` rounds them to even numbers.

    Comparing the fraction is exact; adding 0.5 would round up the largest number below a half.
    """
    size = ops.abs(values)
    whole = ops.floor(size)
    return ops.sign(values) * ops.where(size - whole >= 0.5, whole + 1.0, whole)
