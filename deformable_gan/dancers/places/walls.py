"""Backgrounds of many kinds: walls, and the views in `outdoors`."""

import cv2
import numpy as np

from deformable_gan.dancers.noise import blend, fractal_noise
from deformable_gan.dancers.places.outdoors import OUTDOORS
from deformable_gan.dancers.tones import Color, place_color, shade


def paint_wall(
    kind: str,
    color: Color,
    size: tuple[int, int],
    horizon: int,
    unit: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return an image filled with a wall or an outdoor view, float32 [height, width, 3].

    The scale is 0 to 255; light parts may exceed 255.

    Args:
        kind: `plain` or a key of `_PAINTERS`.
        color: RGB of the wall's base colour.
        size: (height, width) in pixels.
        horizon: the row where the wall ends.
        unit: a body height in pixels.
        rng: determines the arrangement.
    """
    image = np.empty((*size, 3), np.float32)
    image[:] = color
    if kind != "plain":
        image = _PAINTERS[kind](image, color, horizon, unit, rng)
    return np.ascontiguousarray(image, np.float32)


def _gradient(
    image: np.ndarray, color: Color, horizon: int, unit: float, rng: np.random.Generator
) -> np.ndarray:
    other = place_color(rng) if rng.random() < 0.4 else shade(color, rng.uniform(0.6, 1.3))
    height, width = image.shape[:2]
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi) if rng.random() < 0.5 else np.pi / 2
    amount = (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle) + 0.5
    return blend(image, other, np.clip(amount, 0, 1))


def _glow(
    image: np.ndarray, color: Color, horizon: int, unit: float, rng: np.random.Generator
) -> np.ndarray:
    height, width = image.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    center_x, center_y = rng.uniform(0.2, 0.8) * width, rng.uniform(0.1, 0.7) * height
    spread = rng.uniform(0.25, 0.7) * unit
    amount = np.exp(-((x - center_x) ** 2 + (y - center_y) ** 2) / spread**2)
    return blend(image * rng.uniform(0.55, 0.95), np.minimum(image * 1.15, 255), amount)


def _plaster(
    image: np.ndarray, color: Color, horizon: int, unit: float, rng: np.random.Generator
) -> np.ndarray:
    size = image.shape[:2]
    cells = rng.uniform(2, 14) * size[0] / unit
    noise = fractal_noise(rng, size, (cells, cells * size[1] / size[0]), octaves=5, gain=0.7)
    if rng.random() < 0.35:  # stains of another colour
        return blend(image, place_color(rng), np.clip((noise - 0.45) * rng.uniform(1, 4), 0, 0.8))
    return image * (1 + rng.uniform(0.1, 0.5) * (noise - 0.5))[..., None]


def _bricks(
    image: np.ndarray, color: Color, horizon: int, unit: float, rng: np.random.Generator
) -> np.ndarray:
    height, width = image.shape[:2]
    tall = rng.uniform(0.03, 0.09) * unit
    wide = tall * rng.uniform(1.0, 3.2)
    rows, columns = int(height / tall) + 2, int(width / wide) + 3
    tones = 1 + rng.uniform(0.02, 0.2) * rng.standard_normal((rows, columns)).astype(np.float32)
    shift = (np.arange(rows) % 2) * 0.5 if rng.random() < 0.8 else np.zeros(rows)
    y = np.arange(height, dtype=np.float32) / np.float32(tall)
    row = y.astype(int)
    x = np.arange(width, dtype=np.float32)[None, :] / np.float32(wide) + shift[row][:, None]
    image = image * tones[row[:, None], x.astype(int)][..., None]
    joint = rng.uniform(0.04, 0.12)
    lines = np.maximum(y[:, None] % 1 < joint * 1.6, x % 1 < joint).astype(np.float32)
    return blend(image, shade(color, rng.choice((0.6, 0.8, 1.2, 1.4))), lines * 0.8)


def _planks(
    image: np.ndarray, color: Color, horizon: int, unit: float, rng: np.random.Generator
) -> np.ndarray:
    across = bool(rng.random() < 0.5)
    length = image.shape[0 if across else 1]
    step = rng.uniform(0.03, 0.16) * unit
    at = np.arange(length, dtype=np.float32) / np.float32(step) + rng.uniform(0, 1)
    tones = 1 + rng.uniform(0.01, 0.15) * rng.standard_normal(int(at[-1]) + 2)
    tone = tones[at.astype(int)] * np.where(at % 1 < rng.uniform(0.03, 0.2), 0.72, 1)
    tone = tone[:, None, None] if across else tone[None, :, None]
    size = image.shape[:2]
    grain = fractal_noise(rng, size, (30, 3) if not across else (3, 30)[::-1], octaves=3)
    return image * tone * (0.9 + 0.2 * grain[..., None])


def _wallpaper(
    image: np.ndarray, color: Color, horizon: int, unit: float, rng: np.random.Generator
) -> np.ndarray:
    step = max(6, round(rng.uniform(0.05, 0.2) * unit))
    tile = np.empty((step, step, 3), np.uint8)
    tile[:] = color
    for _ in range(int(rng.integers(2, 6))):
        center = tuple(int(c) for c in rng.integers(0, step, 2))
        axes = tuple(int(c) for c in rng.integers(1, max(2, step // 3), 2))
        ink = shade(color, rng.uniform(0.6, 1.3)) if rng.random() < 0.6 else place_color(rng)
        cv2.ellipse(tile, center, axes, float(rng.uniform(0, 180)), 0, 360, ink, -1, cv2.LINE_AA)
    repeats = [length // step + 1 for length in image.shape[:2]]
    return np.tile(tile, (*repeats, 1))[: image.shape[0], : image.shape[1]].astype(np.float32)


def _curtain(
    image: np.ndarray, color: Color, horizon: int, unit: float, rng: np.random.Generator
) -> np.ndarray:
    width = image.shape[1]
    folds = fractal_noise(rng, (4, width), (1, rng.uniform(6, 26) * width / unit), octaves=2)
    tone = 1 + rng.uniform(0.5, 1.3) * (folds[1] - 0.5)
    return image * tone[None, :, None]


def _blurred(
    image: np.ndarray, color: Color, horizon: int, unit: float, rng: np.random.Generator
) -> np.ndarray:
    """Paint blurred polygons of a few colours at several sizes, like an unsharp photograph."""
    height, width = image.shape[:2]
    colors = [color, *(place_color(rng) for _ in range(4))]
    image = np.ascontiguousarray(image)
    for count, size, blur in ((14, 0.5, 0.06), (26, 0.2, 0.02), (20, 0.08, 0.006)):
        for _ in range(count):
            center = rng.uniform((0, 0), (width, height))
            corners = center + rng.normal(0, size * unit, (int(rng.integers(3, 7)), 2))
            ink = shade(colors[int(rng.integers(5))], rng.uniform(0.6, 1.3))
            cv2.fillConvexPoly(
                image, cv2.convexHull(corners.round().astype(np.int32)), ink, cv2.LINE_AA
            )
        image = cv2.GaussianBlur(image, (0, 0), max(0.5, blur * unit * rng.uniform(0.2, 1)))
    return image


_PAINTERS = {
    "gradient": _gradient,
    "glow": _glow,
    "plaster": _plaster,
    "bricks": _bricks,
    "planks": _planks,
    "wallpaper": _wallpaper,
    "curtain": _curtain,
    **OUTDOORS,
    "blurred": _blurred,
}
