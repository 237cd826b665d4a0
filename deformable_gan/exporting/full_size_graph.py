"""Composing at a photograph's own size as TensorFlow operations, for exported models.

`reposing.full_size` does the same with arrays and explains it.
"""

import tensorflow as tf

from deformable_gan.geometry.full_size_rules import (
    FADE,
    LEAST_LOGARITHM,
    LEAST_WEIGHT,
    MOST_DECISION,
    REACH,
)
from deformable_gan.pose.crop_tensors import Rectangle


def compose_in_photograph(
    parts: dict[str, tf.Tensor],
    photograph: tf.Tensor,
    rectangle: Rectangle,
    background: tf.Tensor | None = None,
) -> tf.Tensor:
    """Compose the crop of a photograph and a margin that fades; leave the rest unchanged.

    Args:
        parts: the results of `Generator.compose` for one image, without the batch axis: `weights`,
            `drawn` and `transforms`.
        photograph: uint8 [H', W', 3].
        rectangle: the crop, the part of the photograph that the network saw.
        background: uint8 [H', W', 3], the photograph without the person, for generators with a
            background candidate.

    Returns:
        uint8 [H', W', 3].
    """
    weights = parts["weights"]
    size = tuple(weights.shape[:2])
    scale = rectangle.size / tf.constant(size, tf.float64)
    places = _places(tf.shape(photograph)[:2], rectangle.corner, scale, size)
    vertical, horizontal = (_bicubic(axis.network, n) for axis, n in zip(places, size, strict=True))
    enlarged = tf.sqrt(tf.reduce_prod(scale))
    decision = 1.0 + tf.clip_by_value(enlarged - 1.0, 0.0, 1.0) * (MOST_DECISION - 1.0)
    logarithms = tf.math.log(tf.maximum(weights, tf.exp(LEAST_LOGARITHM)))
    logarithms *= tf.cast(decision, tf.float32)
    matrices = _to_photograph(parts["transforms"], scale, rectangle.corner)
    window = tf.stack([tf.size(axis.photograph) for axis in places])
    # One candidate at a time: the maps of all candidates would fill the memory.
    image = tf.zeros(tf.concat([window, [3]], 0))
    total = tf.zeros(tf.concat([window, [1]], 0))
    for k in range(weights.shape[-1]):
        rows, columns = _box(weights[..., k] > LEAST_WEIGHT, places)
        down, across = vertical[rows[0] : rows[1]], horizontal[columns[0] : columns[1]]
        share = tf.exp(_upsampled(logarithms[..., k], down, across))[..., None]
        y = places[0].photograph[rows[0] : rows[1]]
        x = places[1].photograph[columns[0] : columns[1]]
        if k < matrices.shape[0]:
            candidate = _warped(photograph, matrices[k], y, x)
        elif k == weights.shape[-1] - 1:
            drawn = (parts["drawn"] + 1.0) * 127.5
            candidate = tf.stack(
                [_upsampled(drawn[..., c], down, across) for c in range(3)], axis=-1
            )
        else:
            shown = photograph if k == weights.shape[-1] - 2 else background
            candidate = tf.cast(tf.gather(tf.gather(shown, y), x, axis=1), tf.float32)
        around = tf.stack(
            [[rows[0], window[0] - rows[1]], [columns[0], window[1] - columns[1]], [0, 0]]
        )
        image += tf.pad(share * candidate, around)
        total += tf.pad(share, around)
    y, x = (axis.photograph for axis in places)
    shown = tf.cast(tf.gather(tf.gather(photograph, y), x, axis=1), tf.float32)
    fading = places[0].fading[:, None, None] * places[1].fading[None, :, None]
    image = shown + fading * (image / total - shown)
    image = tf.cast(tf.round(tf.clip_by_value(image, 0.0, 255.0)), tf.uint8)
    y, x = tf.meshgrid(y, x, indexing="ij")
    return tf.tensor_scatter_nd_update(photograph, tf.stack([y, x], axis=-1), image)


class _Places:
    """The rows or the columns of the photograph that are composed.

    Attributes:
        photograph: int32 [n], the indices of the rows or columns.
        network: float64 [n], their positions in pixels of the network.
        fading: float32 [n], 1 in the crop, falling to 0 around it.
    """

    def __init__(self, length, corner, scale, size):
        # As in `Window.of_crop`, enlarged by the margin over which the result fades.
        margin = tf.math.ceil(FADE * scale)
        first = tf.round(corner + 0.5)
        last = first + tf.maximum(tf.round(scale * size), 1.0) + margin
        first = tf.cast(tf.maximum(first - margin, 0.0), tf.int32)
        last = tf.minimum(tf.cast(last, tf.int32), length)
        self.photograph = tf.range(first, tf.maximum(first, last))
        self.network = (tf.cast(self.photograph, tf.float64) - corner) / scale - 0.5
        beyond = tf.maximum(tf.maximum(-0.5 - self.network, self.network - (size - 0.5)), 0.0)
        share = tf.maximum(1.0 - beyond / FADE, 0.0)
        self.fading = tf.cast(share * share * (3.0 - 2.0 * share), tf.float32)


def _places(lengths, corner, scale, size) -> list[_Places]:
    return [_Places(lengths[a], corner[a], scale[a], size[a]) for a in range(2)]


def _box(wanted, places) -> list[tuple[tf.Tensor, tf.Tensor]]:
    """Return (first, end) of the rows and of the columns around the wanted network pixels."""
    ends = []
    for axis, of_axis in enumerate(places):
        found = tf.where(tf.reduce_any(wanted, axis=1 - axis))[:, 0]
        # Without wanted pixels, `low` is greater than `high`, and the box is empty.
        size = wanted.shape[axis]
        low = tf.reduce_min(tf.concat([found, [4 * size]], 0)) - REACH
        high = tf.reduce_max(tf.concat([found, [-4 * size]], 0)) + REACH
        low, high = tf.cast(low, tf.float64), tf.cast(high, tf.float64)
        outside = (low >= 0) & (of_axis.network <= low)
        first = tf.reduce_sum(tf.cast(outside, tf.int32))
        inside = (high > size - 1) | (of_axis.network < high)
        last = tf.reduce_sum(tf.cast(inside, tf.int32))
        ends.append((first, tf.maximum(first, last)))
    return ends


def _upsampled(channel, vertical, horizontal) -> tf.Tensor:
    return tf.matmul(tf.matmul(vertical, channel), horizontal, transpose_b=True)


def _warped(photograph, matrix, y, x) -> tf.Tensor:
    """Return the photograph warped by a transform, bilinear, border pixels repeated, float32."""
    y, x = tf.cast(y, tf.float64)[:, None], tf.cast(x, tf.float64)[None]
    height, width = tf.unstack(tf.shape(photograph)[:2])
    places = []
    for row, length in ((matrix[1], height), (matrix[0], width)):
        place = row[0] * x + row[1] * y + row[2]
        place = tf.clip_by_value(place, 0.0, tf.cast(length - 1, tf.float64))
        first = tf.floor(place)
        places.append((tf.cast(first, tf.int32), tf.cast(place - first, tf.float32)[..., None]))
    (top, down), (left, across) = places
    pixels = tf.reshape(photograph, (-1, 3))
    below, right = tf.minimum(top + 1, height - 1), tf.minimum(left + 1, width - 1)

    def read(row, column):
        return tf.cast(tf.gather(pixels, row * width + column), tf.float32)

    upper = read(top, left) * (1 - across) + read(top, right) * across
    lower = read(below, left) * (1 - across) + read(below, right) * across
    return upper * (1 - down) + lower * down


def _to_photograph(transforms, scale, corner) -> tf.Tensor:
    """Return transforms between pixels of the photograph, float64 [R, 2, 3] of (x, y)."""
    scale, corner = scale[::-1], corner[::-1]
    matrices = tf.reshape(tf.cast(transforms, tf.float64)[:, :6], (-1, 2, 3))
    linear = matrices[:, :, :2] * (scale[:, None] / scale[None])
    zero = 0.5 * scale + corner
    offset = matrices[:, :, 2] * scale + zero - tf.linalg.matvec(linear, zero)
    return tf.concat([linear, offset[..., None]], axis=-1)


def _bicubic(places, length: int) -> tf.Tensor:
    """Return the matrix that interpolates a row of pixels at n positions, float32 [n, length]."""
    places = tf.clip_by_value(places, 0.0, length - 1.0)
    first = tf.floor(places)
    matrix = tf.zeros((tf.size(places), length), tf.float64)
    for neighbour in range(-1, 3):
        distance = tf.abs(places - (first + neighbour))
        near = (1.5 * distance - 2.5) * distance * distance + 1
        far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
        weight = tf.where(distance <= 1, near, tf.where(distance < 2, far, 0.0))
        column = tf.clip_by_value(tf.cast(first, tf.int32) + neighbour, 0, length - 1)
        matrix += weight[:, None] * tf.one_hot(column, length, dtype=tf.float64)
    return tf.cast(matrix, tf.float32)
