"""Learning curves as an image, drawn without a plotting package."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from deformable_gan.visualize import image_grid

# The size of a panel in pixels, and the margins for numbers and title around the plot.
_HEIGHT, _WIDTH = 210, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 14, 30, 34
_COLUMNS = 3
_TICKS = 4
# Points are marked if there are at most this many.
_MOST_MARKED = 40
_CURVE, _AXIS, _RULE, _TEXT = (31, 97, 165), (120, 120, 120), (228, 228, 228), (40, 40, 40)
# cv2 draws at fractions of a pixel: coordinates are integers in units of 2**-_SHIFT pixels.
_SHIFT = 4


def draw_curves(metrics: Sequence[Mapping[str, float]]) -> np.ndarray:
    """Draw every metric of a training against the epochs.

    Args:
        metrics: for each epoch its metrics by name, including `epoch`, as returned by
            `RunDirectory.read_metrics`. A missing or non-finite value leaves a gap.

    Returns:
        uint8 [H, W, 3]: a panel for each metric, with the latest value beside the name.

    Raises:
        ValueError: there is nothing to draw.
    """
    names = dict.fromkeys(name for line in metrics for name in line if name != "epoch")
    if not names:
        raise ValueError("draw_curves needs at least one epoch with a metric, received none")
    epochs = [line["epoch"] for line in metrics]
    panels = [
        _panel(name, epochs, [line.get(name, math.nan) for line in metrics]) for name in names
    ]
    rows = [panels[start : start + _COLUMNS] for start in range(0, len(panels), _COLUMNS)]
    return image_grid(rows)


def _panel(name: str, epochs: Sequence[float], values: Sequence[float]) -> np.ndarray:
    finite = [value for value in values if math.isfinite(value)]
    x_ticks = _ticks(min(epochs), max(epochs), whole=True)
    y_ticks = _ticks(min(finite, default=0.0), max(finite, default=0.0))
    low = min([y_ticks[0], *finite])
    high = max([y_ticks[-1], *finite])
    first, last = min(epochs), max(max(epochs), min(epochs) + 1)

    def place(epoch: float, value: float) -> tuple[float, float]:
        across = (epoch - first) / (last - first)
        up = (value - low) / (high - low)
        return (
            _LEFT + across * (_WIDTH - _LEFT - _RIGHT),
            _HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM),
        )

    canvas = np.full((_HEIGHT, _WIDTH, 3), 255, np.uint8)
    for level, colour in (*((tick, _RULE) for tick in y_ticks), (low, _AXIS)):
        row = round(place(first, level)[1])
        canvas[row, _LEFT : _WIDTH - _RIGHT] = colour
    points = [
        place(epoch, value) if math.isfinite(value) else None
        for epoch, value in zip(epochs, values, strict=True)
    ]
    for start, end in pairwise(points):
        if start and end:
            cv2.line(canvas, _fixed(start), _fixed(end), _CURVE, 2, cv2.LINE_AA, _SHIFT)
    for number, point in enumerate(points):
        beside = [points[other] for other in (number - 1, number + 1) if 0 <= other < len(points)]
        if point and (len(points) <= _MOST_MARKED or not any(beside)):
            cv2.circle(canvas, _fixed(point), 3 << _SHIFT, _CURVE, -1, cv2.LINE_AA, _SHIFT)
    return _labelled(canvas, name, values[-1], x_ticks, y_ticks, place, (first, low))


def _labelled(canvas, name, latest, x_ticks, y_ticks, place, corner) -> np.ndarray:
    first, low = corner
    image = Image.fromarray(canvas)
    pen = ImageDraw.Draw(image)
    small, large = ImageFont.load_default(11), ImageFont.load_default(13)
    shown = f"{latest:.4g}" if math.isfinite(latest) else "–"
    pen.text((_LEFT, 8), name.replace("_", " "), fill=_TEXT, font=large)
    pen.text((_WIDTH - _RIGHT, 8), shown, fill=_CURVE, font=large, anchor="ra")
    for tick in y_ticks:
        x, y = place(first, tick)
        pen.text((x - 6, y), f"{tick:.6g}", fill=_TEXT, font=small, anchor="rm")
    for tick in x_ticks:
        x, y = place(tick, low)
        pen.text((x, y + 5), f"{tick:g}", fill=_TEXT, font=small, anchor="ma")
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    pen.text((middle, _HEIGHT - 14), "epoch", fill=_AXIS, font=small, anchor="ma")
    return np.asarray(image)


def _ticks(low: float, high: float, whole: bool = False) -> list[float]:
    """Return a few round numbers that span a range; for epochs, whole numbers within it."""
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        if whole:
            return [low]
        margin = abs(low) / 2 or 1.0
        low, high = low - margin, high + margin
    rough = (high - low) / _TICKS
    power = 10 ** math.floor(math.log10(rough))
    step = power * next(factor for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    if whole:
        step = max(1, round(step))
        return [step * number for number in range(math.ceil(low / step), int(high // step) + 1)]
    # Rounding to the step's decimals removes the errors of binary fractions.
    decimals = max(0, 1 - math.floor(math.log10(step)))
    start, end = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(step * number, decimals) for number in range(start, end + 1)]


def _fixed(point: tuple[float, float]) -> tuple[int, int]:
    return round(point[0] * 2**_SHIFT), round(point[1] * 2**_SHIFT)
