"""The floors of places."""

import cv2
import numpy as np

from deformable_gan.dancers.noise import blend, fractal_noise
from deformable_gan.dancers.tones import Color, hsv_color, place_color, shade


def paint_floor(
    image: np.ndarray,
    kind: str,
    color: Color,
    horizon: int,
    unit: float,
    rng: np.random.Generator,
) -> None:
    """Paint a floor from a given row down, in place.

    A skirting board or a shadow may be painted above the floor.

    Args:
        image: float32 [height, width, 3] from 0 to 255.
        kind: `even`, `boards`, `tiles`, `carpet`, `grass`, `ground` or `paving`.
        color: RGB; no effect for `grass`, `ground` and `paving`, whose colour is random.
        horizon: the floor's first row.
        unit: a body height in pixels.
        rng: determines the arrangement.
    """
    floor = image[horizon:]
    if len(floor) < 2:
        return
    size = floor.shape[:2]
    if kind == "grass":
        color = hsv_color(rng.uniform(25, 50), rng.uniform(50, 190), rng.uniform(60, 170))
    elif kind in ("ground", "paving"):
        color = hsv_color(rng.uniform(5, 30), rng.uniform(0, 70), rng.uniform(60, 220))
    floor[:] = color
    depth = np.linspace(0, 1, len(floor), dtype=np.float32)[:, None]
    if kind in ("boards", "tiles", "paving"):
        floor[:] = _lines(floor, kind, color, depth, rng)
    if kind in ("grass", "carpet", "ground", "paving"):
        # Fine grain, and coarse patches.
        noise = fractal_noise(rng, size, (len(floor) / 5, size[1] / 6), octaves=3, gain=0.9)
        coarse = fractal_noise(rng, size, (3, 4), octaves=2)
        strength = {"grass": 0.9, "carpet": 0.35, "ground": 0.4, "paving": 0.2}[kind]
        floor *= (1 + strength * (0.6 * noise + 0.4 * coarse - 0.5))[..., None]
        if kind == "grass":
            yellow = np.clip((coarse - 0.5) * rng.uniform(0, 4), 0, 0.7)
            floor[:] = blend(floor, shade(hsv_color(26, 110, 190), rng.uniform(0.5, 1)), yellow)
    far, near = rng.uniform(0.75, 1.1), rng.uniform(0.8, 1.15)
    floor *= (far + (near - far) * depth)[..., None]
    if rng.random() < 0.2:  # a floor that reflects the wall
        mirrored = image[max(0, horizon - len(floor)) : horizon][::-1]
        part = floor[: len(mirrored)]
        part[:] = blend(
            part, cv2.GaussianBlur(mirrored, (0, 0), 0.03 * unit), 0.3 * np.ones(part.shape[:2])
        )
    luck = rng.random()
    if luck < 0.35 and kind in ("even", "boards", "tiles", "carpet"):  # a skirting board
        thick = max(1, round(rng.uniform(0.01, 0.05) * unit))
        board = shade(color, 0.6) if rng.random() < 0.5 else place_color(rng)
        image[max(0, horizon - thick) : horizon] = board
    elif luck < 0.6:  # a shadow where wall and floor meet
        rows = np.arange(len(image), dtype=np.float32) - horizon
        shadow = 1 - rng.uniform(0.1, 0.35) * np.exp(-((rows / (0.03 * unit)) ** 2))
        image *= shadow[:, None, None]


def _lines(
    floor: np.ndarray, kind: str, color: Color, depth: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return the floor with lines that meet at a vanishing point.

    Tiles and paving also have horizontal lines.
    """
    width = floor.shape[1]
    vanishing = rng.uniform(-0.2, 1.2) * width
    away = 1 / (0.25 + depth)  # distance of a row
    x = (np.arange(width, dtype=np.float32)[None, :] - np.float32(vanishing)) * away / width
    across = x * rng.uniform(2.0, 7.0)
    tones = 1 + rng.uniform(0.02, 0.12) * rng.standard_normal(64)
    result = floor * tones[np.floor(across).astype(int) % 64][..., None]
    lines = (across % 1 < rng.uniform(0.03, 0.09) * (0.4 + 0.4 * away)).astype(np.float32)
    if kind != "boards":
        along = away * rng.uniform(2.0, 6.0)
        lines = np.maximum(lines, along % 1 < 0.08 * (0.4 + 0.4 * away))
    return blend(result, shade(color, rng.choice((0.55, 0.75, 1.25))), lines * 0.8)
