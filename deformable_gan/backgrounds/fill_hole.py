"""Filling a hole in an image from its surroundings.

Walls and floors are uniform or continue in straight lines, and grass looks alike everywhere. The
fill has a part for each:

- *Structure.* Every missing pixel gets the weighted mean of the colours of the next known pixels to
  its left and right, above and below it (the *ends* of its row and of its column). Near ends count
  more (inverse square of the distance), and so do the two ends of a row or column if they agree:
  the edge of a floor that passes behind a person looks the same on both sides.
- *Texture.* Where the surroundings are textured and the two ends disagree, the copied colours would
  form streaks along the rows or columns. They are therefore smoothed across the streaks, and the
  fine detail beside the hole is mirrored into it. The detail is limited to a multiple of its median
  strength in the surroundings, so that a single object is not duplicated.
"""

import itertools
import math

import cv2
import numpy as np

from deformable_gan.backgrounds.occupied_span import occupied_span

# All lengths are shares of the image's height; all strengths and differences are grey levels.
# The weight of a column relative to a row: floors and walls continue more often along rows.
_COLUMN_WEIGHT = 0.8
# Ends that differ by this much count a quarter as much as ends that agree.
_DISAGREEMENT = 20.0
# The difference assumed for a row or column in which the hole reaches the image's border.
_OPEN_END = 60.0
# Half widths of the windows that smooth the copied colours and the differences of the ends.
_SMOOTHING = 0.03
_DISAGREEMENT_SMOOTHING = 0.01
# Smoothing and detail are applied with the product of two shares. The first is one half where the
# ends differ by `_HALF_TEXTURED`, the second where the median detail is as strong as `_TEXTURE`.
_HALF_TEXTURED = 12.0
_TEXTURE = 6.0
# If the second share is nowhere larger than this, the smoothing is skipped to save time.
_LEAST_TEXTURED = 0.02
# The detail: half the width of the window of its local mean, the share that is added, and its limit
# as a multiple of its median strength.
_DETAIL_WINDOW = 0.04
_DETAIL_SHARE = 0.85
_DETAIL_LIMIT = 2.5
# Texture is measured in this many bands of rows, in about this many pixels of each.
_BANDS = 8
_MEASURED = 1000
# A hole whose box has more pixels is filled at a smaller size and enlarged.
_MOST_PIXELS = 1 << 20


def fill_hole(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Return an image with its missing pixels filled in from the others.

    Args:
        image: uint8 [H, W, 3]; the values in the hole do not matter, unless no pixel is known.
        hole: bool [H, W], true where the image is missing. If the box around it has more than a
            million pixels, it is filled in a smaller copy of the image, in which the box has about
            a million pixels, and the fill is enlarged.

    Returns:
        uint8 [H, W, 3], equal to `image` outside the hole. If no pixel is known, the result has one
        colour, the median of the image's border.

    Raises:
        ValueError: the shapes or dtypes do not fit.
    """
    if (
        image.ndim != 3
        or image.shape[2] != 3
        or image.dtype != np.uint8
        or hole.shape != image.shape[:2]
        or hole.dtype != np.bool_
    ):
        raise ValueError(
            "expected a uint8 image [H, W, 3] and a bool hole of its height and width, received "
            f"{image.dtype} {image.shape} and {hole.dtype} {hole.shape}"
        )
    filled = image.copy()
    if hole.any() and not hole.all():
        pixels = math.prod(span.stop - span.start for span in _box(hole, 1))
        scale = math.sqrt(_MOST_PIXELS / pixels)
        if scale < 1:
            _fill_coarsely(filled, hole, scale)
            return filled
    _fill_within_limit(filled, hole)
    return filled


def _fill_within_limit(image: np.ndarray, hole: np.ndarray) -> None:
    """Fill the hole in place, at the image's own size."""
    if hole.all():
        border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
        image[:] = np.median(border, axis=0)
    else:
        _fill_in_place(image, hole)


def _fill_coarsely(image: np.ndarray, hole: np.ndarray, scale: float) -> None:
    """Fill the hole of a very large image from a smaller copy, so that memory stays bounded."""
    height, width = hole.shape
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    touched = cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    # Every pixel that the hole touches is missing in the copy, so the box in the copy may slightly
    # exceed the limit. `fill_hole` is not called here: it would then make an even smaller copy.
    _fill_within_limit(small, touched)
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    image[hole] = large[hole]


def _fill_in_place(image: np.ndarray, hole: np.ndarray) -> None:
    # A pixel whose whole row and column are missing is reached in the second round.
    while hole.any():
        hole = _fill_once(image, hole)


def _fill_once(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Fill the hole in place; return the pixels that could not be reached, bool [H, W]."""
    height = image.shape[0]
    reach = _odd(_DETAIL_WINDOW * height)
    box_rows, box_columns = _box(hole, 1)
    beside = (box_columns.stop - box_columns.start) // 2 + reach
    # Only the part of the image around the hole is used. The channels are the first axis, because
    # NumPy is several times as fast when the last axis is long.
    high, wide = (
        occupied_span(hole.any(axis=1), 1 + reach),
        occupied_span(hole.any(axis=0), 1 + beside),
    )
    part, missing = image[high, wide], hole[high, wide]
    rows = slice(box_rows.start - high.start, box_rows.stop - high.start)
    columns = slice(box_columns.start - wide.start, box_columns.stop - wide.start)
    planes = np.ascontiguousarray(part.transpose(2, 0, 1), np.float32)
    filled, reached = _fill(planes, missing, rows, columns, height)
    place = part[rows, columns]
    place[reached] = filled[:, reached].T
    left = hole.copy()
    left[box_rows, box_columns] &= ~reached
    return left


def _fill(
    image: np.ndarray, hole: np.ndarray, rows: slice, columns: slice, height: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the filled box around the hole, and which of its missing pixels were reached.

    Args:
        image: float32 [3, H, W], a part of the whole image.
        hole: bool [H, W]; all of it lies in the box.
        rows: the box's rows.
        columns: the box's columns.
        height: height of the whole image, in pixels.

    Returns:
        uint8 [3, h, w] and bool [h, w].
    """
    detail = _detail(image, hole, _odd(_DETAIL_WINDOW * height))
    strength = _texture(detail, hole, rows)
    textured = strength**2 / (strength**2 + _TEXTURE**2)
    inner = np.ascontiguousarray(image[:, rows, columns])
    inner_hole = hole[rows, columns]
    total, weights = np.zeros_like(inner), np.zeros(inner_hole.shape, np.float32)
    for axis, share in ((1, 1.0), (0, _COLUMN_WEIGHT)):
        ends, nearness = _ends(inner_hole, axis)
        values = [_along(inner, end, axis) for end in ends]
        differ = np.abs(values[0] - values[1]).sum(axis=0) / 3
        differ[(nearness[0] == 0) | (nearness[1] == 0)] = _OPEN_END
        smooth = _blur(differ, _odd(_DISAGREEMENT_SMOOTHING * height), 1 - axis)
        streaky = textured * smooth / (smooth + _HALF_TEXTURED)
        agreement = np.float32(share) / (_DISAGREEMENT + differ) ** 2
        for value, near in zip(values, nearness, strict=True):
            if textured.max() > _LEAST_TEXTURED:
                for plane in value:
                    blurred = _blur(plane, _odd(_SMOOTHING * height), 1 - axis)
                    plane += streaky * (blurred - plane)
            weight = near * agreement
            total += value * weight
            weights += weight
        if axis == 1:
            mirrored = _mirrored(detail, hole, rows, columns, ends, nearness)
            limit = _DETAIL_LIMIT * strength
            added = (_DETAIL_SHARE * streaky) * mirrored.clip(-limit, limit)
    reached = inner_hole & (weights > 0)
    total /= np.maximum(weights, np.float32(1e-30))
    return cv2.convertScaleAbs(np.maximum(total + added, 0)), reached


def _ends(hole: np.ndarray, axis: int) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """Find the next known pixels before and after each pixel.

    Returns:
        Two arrays int32 [h, w] of positions along the axis, within the box, and two float32
        [h, w] of inverse squared distances, 0 where there is no known pixel.
    """
    length = hole.shape[axis]
    position = np.arange(length, dtype=np.int32)
    position = position[None, :] if axis == 1 else position[:, None]
    before = np.maximum.accumulate(np.where(hole, np.int32(-1), position), axis=axis)
    after = np.where(hole, np.int32(length), position)
    after = np.flip(np.minimum.accumulate(np.flip(after, axis), axis=axis), axis)
    nearness = []
    for end in (before, after):
        apart = np.maximum(np.abs(position - end), np.float32(1e-3), dtype=np.float32)
        near = 1 / (apart * apart)
        near[(end < 0) | (end >= length)] = 0
        nearness.append(near)
    return (np.maximum(before, 0), np.minimum(after, length - 1)), tuple(nearness)


def _along(image: np.ndarray, end: np.ndarray, axis: int) -> np.ndarray:
    """Return the colours [3, h, w] at positions [h, w] along an axis."""
    height, width = end.shape
    if axis == 1:
        places = end + width * np.arange(height)[:, None]
    else:
        places = end * width + np.arange(width)[None, :]
    return image.reshape(3, -1).take(places, axis=1)


def _detail(image: np.ndarray, hole: np.ndarray, window: int) -> np.ndarray:
    """Return the known pixels' differences from the local mean, 0 in the hole."""
    known = (~hole).astype(np.float32)
    share = np.maximum(cv2.blur(known, (window, window)), np.float32(1e-6))
    detail = np.empty_like(image)
    for plane, out in zip(image, detail, strict=True):
        mean = cv2.blur(plane * known, (window, window)) / share
        out[:] = (plane - mean) * known
    return detail


def _texture(detail: np.ndarray, hole: np.ndarray, rows: slice) -> np.ndarray:
    """Return the strength of the detail in each of the rows, float32 [h, 1].

    It is interpolated from the median detail of `_BANDS` bands of rows.
    """
    edges = np.linspace(rows.start, rows.stop, _BANDS + 1).astype(int)
    medians = np.zeros(_BANDS)
    for band, (start, stop) in enumerate(itertools.pairwise(edges)):
        band_rows = slice(start, max(stop, start + 1))
        known = np.flatnonzero(~hole[band_rows])
        if len(known):
            some = known[:: max(1, len(known) // _MEASURED)]
            values = detail[:, band_rows].reshape(3, -1)[:, some]
            medians[band] = np.median(np.abs(values).mean(axis=0))
    middles = (edges[:-1] + edges[1:] - 1) / 2
    strength = np.interp(np.arange(rows.start, rows.stop), middles, medians)
    return strength.astype(np.float32)[:, None]


def _mirrored(
    detail: np.ndarray,
    hole: np.ndarray,
    rows: slice,
    columns: slice,
    ends: tuple[np.ndarray, ...],
    nearness: tuple[np.ndarray, ...],
) -> np.ndarray:
    """Return the detail on either side, mirrored into the box [3, h, w] around the hole."""
    width = detail.shape[2]
    row = np.arange(rows.start, rows.stop)[:, None] * width
    position = np.arange(columns.start, columns.stop)[None, :]
    total, weights = 0, np.float32(1e-20)
    known = ~hole.ravel()
    for end, near in zip(ends, nearness, strict=True):
        column = 2 * (end + columns.start) - position
        places = row + column.clip(0, width - 1)
        usable = (column >= 0) & (column < width) & known.take(places)
        weight = near * near * usable
        total = total + detail.reshape(3, -1).take(places, axis=1) * weight
        weights = weights + weight
    return total / weights


def _blur(values: np.ndarray, window: int, axis: int) -> np.ndarray:
    """Return the moving mean of [h, w] along an axis."""
    return cv2.blur(values, (window, 1) if axis == 1 else (1, window))


def _odd(length: float) -> int:
    """Return the odd length of a window of about twice this many pixels."""
    return 2 * max(0, round(length)) + 1


def _box(hole: np.ndarray, margin: int) -> tuple[slice, slice]:
    """Return the rows and the columns of the box around the hole."""
    return occupied_span(hole.any(axis=1), margin), occupied_span(hole.any(axis=0), margin)
