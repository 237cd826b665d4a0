"""What stands behind a dancer: walls, greenery, landscapes and streets."""

import cv2
import numpy as np

from deformable_gan.data.dancers.noise import blend, fractal_noise
from deformable_gan.data.dancers.tones import Color, hsv_color, place_color, shade

#: Kinds that are outside a house.
OUTDOORS = ("foliage", "landscape", "street")


def paint_wall(
    kind: str,
    color: Color,
    size: tuple[int, int],
    horizon: int,
    unit: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return a picture filled with a wall, float32 [height, width, 3] of 0 to 255.

    Args:
        kind: a name in this module's table.
        color: RGB of its ground.
        size: (height, width) in pixels.
        horizon: the row where it ends.
        unit: a body height in pixels.
        rng: of the arrangement.
    """
    picture = np.empty((*size, 3), np.float32)
    picture[:] = color
    if kind != "plain":
        picture = _PAINTERS[kind](picture, color, horizon, unit, rng)
    return np.ascontiguousarray(picture, np.float32)


def _gradient(picture, color, horizon, unit, rng):
    other = place_color(rng) if rng.random() < 0.4 else shade(color, rng.uniform(0.6, 1.3))
    height, width = picture.shape[:2]
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi) if rng.random() < 0.5 else np.pi / 2
    amount = (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle) + 0.5
    return blend(picture, other, np.clip(amount, 0, 1))


def _glow(picture, color, horizon, unit, rng):
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    center_x, center_y = rng.uniform(0.2, 0.8) * width, rng.uniform(0.1, 0.7) * height
    spread = rng.uniform(0.25, 0.7) * unit
    amount = np.exp(-((x - center_x) ** 2 + (y - center_y) ** 2) / spread**2)
    return blend(picture * rng.uniform(0.55, 0.95), np.minimum(picture * 1.15, 255), amount)


def _plaster(picture, color, horizon, unit, rng):
    size = picture.shape[:2]
    cells = rng.uniform(2, 14) * size[0] / unit
    noise = fractal_noise(rng, size, (cells, cells * size[1] / size[0]), octaves=5, gain=0.7)
    if rng.random() < 0.35:  # stains of another colour
        return blend(picture, place_color(rng), np.clip((noise - 0.45) * rng.uniform(1, 4), 0, 0.8))
    return picture * (1 + rng.uniform(0.1, 0.5) * (noise - 0.5))[..., None]


def _bricks(picture, color, horizon, unit, rng):
    height, width = picture.shape[:2]
    tall = rng.uniform(0.03, 0.09) * unit
    wide = tall * rng.uniform(1.0, 3.2)
    rows, columns = int(height / tall) + 2, int(width / wide) + 3
    tones = 1 + rng.uniform(0.02, 0.2) * rng.standard_normal((rows, columns)).astype(np.float32)
    shift = (np.arange(rows) % 2) * 0.5 if rng.random() < 0.8 else np.zeros(rows)
    y = np.arange(height, dtype=np.float32) / np.float32(tall)
    row = y.astype(int)
    x = np.arange(width, dtype=np.float32)[None, :] / np.float32(wide) + shift[row][:, None]
    picture = picture * tones[row[:, None], x.astype(int)][..., None]
    joint = rng.uniform(0.04, 0.12)
    lines = np.maximum(y[:, None] % 1 < joint * 1.6, x % 1 < joint).astype(np.float32)
    return blend(picture, shade(color, rng.choice((0.6, 0.8, 1.2, 1.4))), lines * 0.8)


def _planks(picture, color, horizon, unit, rng):
    across = bool(rng.random() < 0.5)
    length = picture.shape[0 if across else 1]
    step = rng.uniform(0.03, 0.16) * unit
    at = np.arange(length, dtype=np.float32) / np.float32(step) + rng.uniform(0, 1)
    tones = 1 + rng.uniform(0.01, 0.15) * rng.standard_normal(int(at[-1]) + 2)
    tone = tones[at.astype(int)] * np.where(at % 1 < rng.uniform(0.03, 0.2), 0.72, 1)
    tone = tone[:, None, None] if across else tone[None, :, None]
    size = picture.shape[:2]
    grain = fractal_noise(rng, size, (30, 3) if not across else (3, 30)[::-1], octaves=3)
    return picture * tone * (0.9 + 0.2 * grain[..., None])


def _wallpaper(picture, color, horizon, unit, rng):
    step = max(6, round(rng.uniform(0.05, 0.2) * unit))
    tile = np.empty((step, step, 3), np.uint8)
    tile[:] = color
    for _ in range(int(rng.integers(2, 6))):
        center = tuple(int(c) for c in rng.integers(0, step, 2))
        axes = tuple(int(c) for c in rng.integers(1, max(2, step // 3), 2))
        ink = shade(color, rng.uniform(0.6, 1.3)) if rng.random() < 0.6 else place_color(rng)
        cv2.ellipse(tile, center, axes, float(rng.uniform(0, 180)), 0, 360, ink, -1, cv2.LINE_AA)
    repeats = [length // step + 1 for length in picture.shape[:2]]
    return np.tile(tile, (*repeats, 1))[: picture.shape[0], : picture.shape[1]].astype(np.float32)


def _curtain(picture, color, horizon, unit, rng):
    width = picture.shape[1]
    folds = fractal_noise(rng, (4, width), (1, rng.uniform(6, 26) * width / unit), octaves=2)
    tone = 1 + rng.uniform(0.5, 1.3) * (folds[1] - 0.5)
    return picture * tone[None, :, None]


def _foliage(picture, color, horizon, unit, rng):
    size = picture.shape[:2]
    cells = np.array([1.0, size[1] / size[0]]) * rng.uniform(3, 16) * size[0] / unit
    noise = fractal_noise(rng, size, tuple(cells), octaves=5, gain=0.8)
    leaf = hsv_color(rng.uniform(20, 55), rng.uniform(60, 190), rng.uniform(60, 170))
    dark = shade(leaf, rng.uniform(0.15, 0.6))
    bright = hsv_color(rng.uniform(18, 50), rng.uniform(30, 150), rng.uniform(150, 245))
    picture = blend(np.broadcast_to(np.float32(dark), picture.shape), leaf,
                    np.clip((noise - 0.38) * 5, 0, 1))  # fmt: skip
    picture = blend(picture, bright, np.clip((noise - 0.56) * rng.uniform(3, 9), 0, 1))
    if rng.random() < 0.5:  # the sky between the leaves
        gaps = fractal_noise(rng, size, tuple(cells * 0.6), octaves=4, gain=0.8)
        amount = np.clip((gaps - rng.uniform(0.5, 0.7)) * 8, 0, 1)
        picture = blend(picture, _sky(rng), amount)
    for _ in range(int(rng.integers(0, 5))):  # trunks
        x = rng.uniform(0, size[1])
        lean = rng.normal(0, 0.12) * size[0]
        ends = [(round(x), horizon), (round(x + lean), 0)]
        bark = hsv_color(rng.uniform(8, 22), rng.uniform(30, 110), rng.uniform(35, 130))
        picture = np.ascontiguousarray(picture)
        cv2.line(picture, *ends, bark, max(2, round(rng.uniform(0.01, 0.09) * unit)), cv2.LINE_AA)
    return picture


def _landscape(picture, color, horizon, unit, rng):
    height, width = picture.shape[:2]
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None] + np.zeros((1, width), np.float32)
    sky = _sky(rng)
    picture = blend(np.broadcast_to(np.float32(sky), picture.shape), (245, 243, 240), rows * 0.8)
    clouds = fractal_noise(rng, (height, width), (3, 2), octaves=5)
    picture = blend(picture, (250, 250, 250), np.clip((clouds - 0.5) * rng.uniform(0, 5), 0, 1))
    x = np.arange(width)
    for layer in range(int(rng.integers(1, 4))):
        ridge = fractal_noise(rng, (2, width), (1, rng.uniform(1, 6)), octaves=4)[0]
        top = horizon - (rng.uniform(0.0, 0.45) + 0.25 * (ridge - 0.5)) * unit / (layer + 1)
        hue = rng.choice((rng.uniform(25, 60), rng.uniform(90, 115), rng.uniform(8, 25)))
        tone = hsv_color(hue, rng.uniform(20, 120), rng.uniform(50, 190))
        outline = np.concatenate([np.stack([x, top], axis=1), [[width, height], [0, height]]])
        picture = np.ascontiguousarray(picture)
        cv2.fillPoly(picture, [outline.round().astype(np.int32)], tone, cv2.LINE_AA)
    grain = fractal_noise(rng, (height, width), (24, 16), octaves=3, gain=0.8)
    return picture * (0.85 + 0.3 * grain[..., None])


def _street(picture, color, horizon, unit, rng):
    height, width = picture.shape[:2]
    picture[:] = _sky(rng)
    left = -rng.uniform(0, 0.6) * unit
    while left < width:
        wide = rng.uniform(0.25, 1.3) * unit
        top = horizon - rng.uniform(0.4, 1.4) * unit
        front = place_color(rng)
        picture = np.ascontiguousarray(picture)
        corners = [(round(left), round(top)), (round(left + wide), height)]
        cv2.rectangle(picture, *corners, front, -1)
        step_x, step_y = rng.uniform(0.06, 0.22) * unit, rng.uniform(0.09, 0.26) * unit
        pane = shade(front, rng.uniform(0.25, 0.7)) if rng.random() < 0.7 else (210, 220, 230)
        for y in np.arange(top + 0.3 * step_y, horizon - 0.3 * step_y, step_y):
            for x in np.arange(left + 0.25 * step_x, left + wide - 0.5 * step_x, step_x):
                window = [(round(x), round(y)), (round(x + 0.55 * step_x), round(y + 0.6 * step_y))]
                cv2.rectangle(picture, *window, shade(pane, rng.uniform(0.8, 1.2)), -1)
        left += wide
    return picture


def _blurred(picture, color, horizon, unit, rng):
    """Polygons of few colours at several sizes, blurred: a photograph out of focus."""
    height, width = picture.shape[:2]
    colors = [color, *(place_color(rng) for _ in range(4))]
    picture = np.ascontiguousarray(picture)
    for count, size, blur in ((14, 0.5, 0.06), (26, 0.2, 0.02), (20, 0.08, 0.006)):
        for _ in range(count):
            center = rng.uniform((0, 0), (width, height))
            corners = center + rng.normal(0, size * unit, (int(rng.integers(3, 7)), 2))
            ink = shade(colors[int(rng.integers(5))], rng.uniform(0.6, 1.3))
            cv2.fillConvexPoly(
                picture, cv2.convexHull(corners.round().astype(np.int32)), ink, cv2.LINE_AA
            )
        picture = cv2.GaussianBlur(picture, (0, 0), max(0.5, blur * unit * rng.uniform(0.2, 1)))
    return picture


def _sky(rng: np.random.Generator) -> Color:
    if rng.random() < 0.4:
        level = int(rng.integers(190, 256))
        return (level, level, level)
    return hsv_color(rng.uniform(98, 116), rng.uniform(20, 150), rng.uniform(150, 255))


_PAINTERS = {
    "gradient": _gradient,
    "glow": _glow,
    "plaster": _plaster,
    "bricks": _bricks,
    "planks": _planks,
    "wallpaper": _wallpaper,
    "curtain": _curtain,
    "foliage": _foliage,
    "landscape": _landscape,
    "street": _street,
    "blurred": _blurred,
}
