"""Cloth with an irregular look: prints, denim, knitwear, plaid and dyes."""

import cv2
import numpy as np

from deformable_gan.dancers.noise import blend, fractal_noise
from deformable_gan.dancers.tones import Color, shade

PRINTS = ("denim", "knit", "plaid", "pinstripe", "blotches", "flowers", "dye", "camouflage")


def paint_print(
    kind: str,
    colors: tuple[Color, Color, Color],
    period: float,
    size: tuple[int, int],
    density: float,
    seed: int,
) -> np.ndarray:
    """Return an image of the cloth, uint8 [height, width, 3]; its left and right edges match.

    Args:
        kind: one of `PRINTS`.
        colors: RGB of the base colour and of the print's two colours.
        period: length of the repeat, in body heights.
        size: (height, width) in pixels.
        density: pixels per body height.
        seed: seed of the arrangement.
    """
    rng = np.random.default_rng(seed)
    height, width = size
    ground = np.empty((*size, 3), np.float32)
    ground[:] = colors[0]
    cells = (max(1.0, height / density / period), max(1.0, round(width / density / period)))
    if kind == "denim":
        fade = fractal_noise(rng, size, (1.5, 3), octaves=2, wrap=True)
        grain = fractal_noise(rng, size, (height / 3, width / 2), octaves=2, wrap=True)
        cloth = ground * (1 + 0.45 * (fade - 0.45) + 0.35 * (grain - 0.5))[..., None]
    elif kind == "knit":
        grain = fractal_noise(rng, size, (height / 2, width / 3), octaves=2, wrap=True)
        cloth = blend(ground, colors[1], np.clip((grain - 0.5) * 1.2 + 0.25, 0, 0.7))
    elif kind == "plaid":
        cloth = _plaid(ground, colors, cells, rng)
    elif kind == "pinstripe":
        phase = np.arange(width) * (2 * cells[1] / width) % 1
        lines = np.broadcast_to((phase < 0.22).astype(np.float32), size)
        cloth = blend(ground, colors[1], 0.7 * lines)
    elif kind == "blotches":
        noise = fractal_noise(rng, size, cells, octaves=3, wrap=True)
        cloth = blend(ground, colors[1], np.clip((noise - 0.54) * 14, 0, 1))
        noise = fractal_noise(rng, size, cells, octaves=3, wrap=True)
        cloth = blend(cloth, colors[2], np.clip((noise - 0.62) * 14, 0, 1))
    elif kind == "flowers":
        cloth = _flowers(ground, colors, period * density, rng)
    elif kind == "dye":
        rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
        noise = fractal_noise(rng, size, (2, 3), octaves=3, wrap=True)
        middle, wide = rng.uniform(0.3, 0.7), rng.uniform(0.05, 0.4)
        amount = np.clip((rows + 0.4 * (noise - 0.5) - middle) / wide + 0.5, 0, 1)
        cloth = blend(ground, colors[1], amount)
    else:  # camouflage
        cloth = ground  # type: ignore[assignment]  # another type of array
        for color, bound in ((colors[1], 0.5), (colors[2], 0.58), (shade(colors[0], 0.4), 0.62)):
            noise = fractal_noise(rng, size, cells, octaves=3, wrap=True)
            cloth = blend(cloth, color, (noise > bound).astype(np.float32))
    return np.clip(cloth, 0, 255).astype(np.uint8)


def add_folds(
    cloth: np.ndarray, strength: float, density: float, rng: np.random.Generator
) -> np.ndarray:
    """Return a cloth with the light and shadow of folds.

    Args:
        cloth: uint8 [h, w, 3], once around the body.
        strength: 0 for no folds.
        density: pixels per body height.
        rng: determines the positions.
    """
    if strength <= 0:
        return cloth
    height, width = cloth.shape[:2]
    size = height / density
    # Folds across the limb, and a few long ones along it.
    across = fractal_noise(rng, (height, width), (size * 26, 3), octaves=3, gain=0.7, wrap=True)
    along = fractal_noise(rng, (height, width), (size * 4, 11), octaves=2, wrap=True)
    light = 1 + strength * ((across - 0.5) * 1.2 + (along - 0.5) * 0.8)
    return np.clip(cloth * light[..., None], 0, 255).astype(np.uint8)


def _plaid(
    ground: np.ndarray, colors: tuple, cells: tuple[float, float], rng: np.random.Generator
) -> np.ndarray:
    height, width = ground.shape[:2]
    y = np.arange(height) * (cells[0] / height)
    x = np.arange(width) * (cells[1] / width)
    cloth = ground
    for color, part in ((colors[1], 0.5), (colors[2], rng.uniform(0.1, 0.25))):
        start = rng.uniform(0, 1)
        rows = (((y + start) % 1) < part).astype(np.float32)[:, None]
        columns = (((x + start) % 1) < part).astype(np.float32)[None, :]
        cloth = blend(cloth, color, 0.5 * np.broadcast_to(rows, (height, width)))
        cloth = blend(cloth, color, 0.5 * np.broadcast_to(columns, (height, width)))
    return cloth


def _flowers(
    ground: np.ndarray, colors: tuple, period: float, rng: np.random.Generator
) -> np.ndarray:
    height, width = ground.shape[:2]
    cloth = np.ascontiguousarray(ground)
    count = max(4, int(1.3 * height * width / max(period, 2) ** 2))
    radius = max(1.0, 0.3 * period)
    for _ in range(count):
        x, y = rng.uniform((0, 0), (width, height))
        size, color = radius * rng.uniform(0.4, 1.2), colors[int(rng.integers(1, 3))]
        for column in (x, x - width if x > width / 2 else x + width):
            cv2.circle(
                cloth, (round(column * 8), round(y * 8)), round(size * 8), color, -1, cv2.LINE_AA, 3
            )
    return cloth
