"""What stands and hangs about in a place."""

import cv2
import numpy as np

from deformable_gan.data.dancers.noise import fractal_noise
from deformable_gan.data.dancers.tones import hsv_color, place_color, shade


def paint_things(
    picture: np.ndarray,
    count: int,
    outdoors: bool,
    horizon: int,
    unit: float,
    rng: np.random.Generator,
) -> None:
    """Paint things into a place, in place.

    Args:
        picture: float32 [height, width, 3] of 0 to 255, contiguous.
        count: how many things.
        outdoors: whether they are those of streets and gardens.
        horizon: the row where the wall meets the floor.
        unit: a body height in pixels.
        rng: of the arrangement.
    """
    painters = _OUTSIDE if outdoors else _INSIDE
    for _ in range(count):
        painter = painters[int(rng.integers(len(painters)))]
        painter(picture, rng.uniform(-0.1, 1.1) * picture.shape[1], horizon, unit, rng)


def _box(picture, left, top, right, bottom, color, thickness=-1):
    first, last = (round(left), round(top)), (round(right), round(bottom))
    cv2.rectangle(picture, first, last, color, thickness, cv2.LINE_AA)


def _frame(picture, x, horizon, unit, rng):
    """A picture or a poster on the wall, with something on it."""
    half_width, half_height = rng.uniform(0.05, 0.22, 2) * unit
    y = horizon - rng.uniform(0.5, 1.1) * unit
    _box(
        picture, x - half_width, y - half_height, x + half_width, y + half_height, place_color(rng)
    )
    rim = rng.uniform(0.05, 0.25) * min(half_width, half_height)
    left, top = round(x - half_width + rim), round(y - half_height + rim)
    right, bottom = round(x + half_width - rim), round(y + half_height - rim)
    inside = picture[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    if min(inside.shape[:2]) < 3:
        return
    inside[:] = place_color(rng)
    if rng.random() < 0.7:
        noise = fractal_noise(rng, inside.shape[:2], (2, 2), octaves=3)
        amount = np.clip((noise - 0.5) * 5, 0, 1)[..., None]
        inside += amount * (np.array(place_color(rng), np.float32) - inside)


def _shelf(picture, x, horizon, unit, rng):
    """A shelf full of books and things."""
    wide, tall = rng.uniform(0.25, 0.8) * unit, rng.uniform(0.3, 1.1) * unit
    bottom = horizon + (0.04 if rng.random() < 0.7 else -rng.uniform(0.2, 0.6)) * unit
    left, top = x - wide / 2, bottom - tall
    wood = place_color(rng)
    _box(picture, left, top, left + wide, bottom, shade(wood, 0.55))
    step = rng.uniform(0.11, 0.2) * unit
    for row in np.arange(bottom, top, -step):
        at = left
        while at < left + wide:
            thick = rng.uniform(0.012, 0.05) * unit
            if rng.random() < 0.8:
                rise = rng.uniform(0.45, 0.9) * step
                _box(picture, at, row - rise, at + thick, row, place_color(rng))
            at += thick
        _box(picture, left, row, left + wide, row + 0.012 * unit, wood)


def _window(picture, x, horizon, unit, rng):
    """A bright window with bars."""
    half_width, half_height = rng.uniform(0.12, 0.4) * unit, rng.uniform(0.15, 0.5) * unit
    y = horizon - rng.uniform(0.45, 1.0) * unit
    bright = int(rng.integers(200, 256))
    color = (bright, bright, min(255, bright + 8))
    if rng.random() < 0.3:
        color = hsv_color(110, 120, rng.uniform(20, 120))
    edges = (x - half_width, y - half_height, x + half_width, y + half_height)
    _box(picture, *edges, color)
    frame, thick = place_color(rng), max(1, round(rng.uniform(0.008, 0.03) * unit))
    _box(picture, *edges, frame, thick)
    for fraction in np.linspace(-1, 1, int(rng.integers(2, 5)))[1:-1]:
        column = x + fraction * half_width
        _box(picture, column, y - half_height, column, y + half_height, frame, thick)
    if rng.random() < 0.5:
        _box(picture, x - half_width, y, x + half_width, y, frame, thick)


def _door(picture, x, horizon, unit, rng):
    half, tall = rng.uniform(0.18, 0.28) * unit, rng.uniform(1.0, 1.25) * unit
    color = place_color(rng)
    _box(picture, x - half, horizon - tall, x + half, horizon, color)
    _box(picture, x - half, horizon - tall, x + half, horizon, shade(color, 0.7), 2)
    knob = (round(x + 0.8 * half), round(horizon - 0.5 * tall))
    cv2.circle(picture, knob, max(1, round(0.012 * unit)), (60, 60, 60), -1, cv2.LINE_AA)


def _block(picture, x, horizon, unit, rng):
    """A piece of furniture: a front, a top and perhaps legs or cushions."""
    wide, tall = rng.uniform(0.15, 0.9) * unit, rng.uniform(0.12, 0.5) * unit
    base = horizon + rng.uniform(-0.01, 0.12) * unit
    color = place_color(rng)
    left, right, top = x - wide / 2, x + wide / 2, base - tall
    if rng.random() < 0.4:  # a table
        thick = max(1, round(rng.uniform(0.01, 0.03) * unit))
        for leg in (left + thick, right - thick):
            _box(picture, leg - thick / 2, top, leg + thick / 2, base, shade(color, 0.6))
        _box(picture, left, top, right, top + 2 * thick, color)
    else:
        _box(picture, left, top, right, base, color)
        _box(picture, left, top, right, top + 0.15 * tall, shade(color, rng.uniform(0.8, 1.25)))
        if rng.random() < 0.5:
            _box(picture, left, top, right, base, shade(color, 0.7), 1)
    for _ in range(int(rng.integers(0, 4))):  # what lies on it
        at, size = rng.uniform(left, right), rng.uniform(0.02, 0.12, 2) * unit
        _box(picture, at - size[0], top - size[1], at + size[0], top, place_color(rng))


def _plant(picture, x, horizon, unit, rng):
    base = horizon + rng.uniform(-0.02, 0.1) * unit
    tall = rng.uniform(0.2, 0.9) * unit
    pot = rng.uniform(0.04, 0.08) * unit
    leaf = hsv_color(rng.uniform(28, 65), rng.uniform(70, 190), rng.uniform(50, 160))
    for _ in range(int(rng.integers(8, 26))):
        angle = rng.normal(0, 0.6)
        reach = rng.uniform(0.4, 1.0) * tall
        tip = np.array([x + np.sin(angle) * reach * 0.7, base - pot - np.cos(angle) * reach])
        axes = (max(1, round(0.09 * unit * rng.uniform(0.3, 1))), max(1, round(0.02 * unit)))
        middle = (round((x + tip[0]) / 2 + 0.25 * (tip[0] - x)), round((base - pot + tip[1]) / 2))
        turn = float(np.degrees(np.arctan2(tip[1] - base, tip[0] - x)))
        tone = shade(leaf, rng.uniform(0.6, 1.4))
        cv2.ellipse(picture, middle, axes, turn, 0, 360, tone, -1, cv2.LINE_AA)
    _box(picture, x - pot, base - 1.6 * pot, x + pot, base, place_color(rng))


def _lamp(picture, x, horizon, unit, rng):
    """A stand, a rail, a cable or a lamp: something thin."""
    color, thick = place_color(rng), max(1, round(rng.uniform(0.005, 0.03) * unit))
    top = horizon - rng.uniform(0.4, 1.4) * unit
    lean = rng.normal(0, 0.06) * unit
    foot = (round(x), round(horizon + 0.03 * unit))
    cv2.line(picture, foot, (round(x + lean), round(top)), color, thick, cv2.LINE_AA)
    if rng.random() < 0.5:
        radius = rng.uniform(0.03, 0.12) * unit
        cv2.circle(
            picture, (round(x + lean), round(top)), round(radius), place_color(rng), -1, cv2.LINE_AA
        )


def _writing(picture, x, horizon, unit, rng):
    """Letters of a sign: short strokes in lines."""
    ink = place_color(rng)
    high = rng.uniform(0.02, 0.09) * unit
    top, length = horizon - rng.uniform(0.2, 1.3) * unit, rng.uniform(0.15, 0.7) * unit
    if rng.random() < 0.6:
        pad = 0.6 * high
        _box(picture, x - pad, top - pad, x + length + pad, top + 3 * high + pad, place_color(rng))
    thick = max(1, round(0.22 * high))
    for line in range(int(rng.integers(1, 4))):
        y, at = top + line * 1.5 * high, x
        while at < x + length:
            if rng.random() < 0.85:
                strokes = rng.uniform((at, y), (at + 0.7 * high, y + high), (4, 2))
                cv2.polylines(
                    picture, [strokes.round().astype(np.int32)], False, ink, thick, cv2.LINE_AA
                )
            at += high


def _fence(picture, x, horizon, unit, rng):
    color, step = place_color(rng), rng.uniform(0.03, 0.12) * unit
    tall, thick = rng.uniform(0.2, 0.8) * unit, max(1, round(rng.uniform(0.1, 0.5) * step))
    base = horizon + 0.02 * unit
    for column in np.arange(x - rng.uniform(0.2, 1.2) * unit, x + 0.6 * unit, step):
        _box(picture, column, base - tall, column + thick, base, color)
    for rail in (0.2, 0.85):
        _box(
            picture, x - unit, base - rail * tall, x + 0.6 * unit, base - rail * tall + thick, color
        )


def _bush(picture, x, horizon, unit, rng):
    """A bush or the crown of a tree, perhaps on its trunk."""
    half_width, half_height = rng.uniform(0.12, 0.5, 2) * unit
    y = horizon - rng.uniform(0.0, 0.9) * unit
    if y < horizon - half_height:
        ends = (round(x), round(horizon + 0.02 * unit)), (round(x), round(y))
        bark = hsv_color(rng.uniform(8, 22), rng.uniform(30, 110), rng.uniform(35, 130))
        cv2.line(picture, *ends, bark, max(1, round(rng.uniform(0.01, 0.05) * unit)), cv2.LINE_AA)
    left, top = max(0, round(x - half_width)), max(0, round(y - half_height))
    spot = picture[top : max(0, round(y + half_height)), left : max(0, round(x + half_width))]
    size = spot.shape[:2]
    if min(size) < 4:
        return
    rows, columns = np.ogrid[top : top + size[0], left : left + size[1]]
    inside = 1.15 - ((columns - x) / half_width) ** 2 - ((rows - y) / half_height) ** 2
    cells = np.array(size) / unit * rng.uniform(8, 30)
    edge, leaves = (fractal_noise(rng, size, tuple(cells), octaves=3, gain=0.8) for _ in "ab")
    amount = np.clip((inside + 3 * (edge - 0.5)) * 4, 0, 1)
    tone = hsv_color(rng.uniform(20, 60), rng.uniform(60, 180), rng.uniform(40, 150))
    color = np.float32(tone) * (1 + 2.2 * (leaves - 0.5))[..., None]
    spot += amount[..., None].astype(np.float32) * (np.clip(color, 0, 255) - spot)


def _car(picture, x, horizon, unit, rng):
    color, base = place_color(rng), horizon + rng.uniform(0.0, 0.06) * unit
    long, tall = rng.uniform(0.7, 1.1) * unit, rng.uniform(0.16, 0.22) * unit
    _box(picture, x - long / 2, base - tall, x + long / 2, base - 0.06 * unit, color)
    roof = np.array([[-0.3, -tall], [-0.2, -1.8 * tall], [0.2, -1.8 * tall], [0.32, -tall]])
    roof *= [[long, 1]]
    cv2.fillPoly(picture, [np.add(roof, (x, base)).round().astype(np.int32)], shade(color, 0.5))
    for wheel in (-0.3, 0.3):
        spot = (round(x + wheel * long), round(base - 0.06 * unit))
        cv2.circle(picture, spot, round(0.06 * unit), (30, 30, 32), -1, cv2.LINE_AA)


_INSIDE = (
    *(_frame, _frame, _shelf, _window, _door, _block, _block),
    *(_plant, _lamp, _lamp, _writing),
)
_OUTSIDE = (_bush, _bush, _fence, _lamp, _lamp, _writing, _car, _block, _window)
