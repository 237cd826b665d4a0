"""Things in gardens and streets."""

import cv2
import numpy as np

from deformable_gan.dancers.noise import fractal_noise
from deformable_gan.dancers.places.boxes import draw_box
from deformable_gan.dancers.tones import hsv_color, place_color, shade


def _fence(
    image: np.ndarray, x: float, horizon: int, unit: float, rng: np.random.Generator
) -> None:
    color, step = place_color(rng), rng.uniform(0.03, 0.12) * unit
    tall, thick = rng.uniform(0.2, 0.8) * unit, max(1, round(rng.uniform(0.1, 0.5) * step))
    base = horizon + 0.02 * unit
    for column in np.arange(x - rng.uniform(0.2, 1.2) * unit, x + 0.6 * unit, step):
        draw_box(image, column, base - tall, column + thick, base, color)
    for rail in (0.2, 0.85):
        draw_box(
            image, x - unit, base - rail * tall, x + 0.6 * unit, base - rail * tall + thick, color
        )


def _bush(image: np.ndarray, x: float, horizon: int, unit: float, rng: np.random.Generator) -> None:
    """Paint a bush or the crown of a tree, possibly with its trunk."""
    half_width, half_height = rng.uniform(0.12, 0.5, 2) * unit
    y = horizon - rng.uniform(0.0, 0.9) * unit
    if y < horizon - half_height:
        ends = (round(x), round(horizon + 0.02 * unit)), (round(x), round(y))
        bark = hsv_color(rng.uniform(8, 22), rng.uniform(30, 110), rng.uniform(35, 130))
        cv2.line(image, *ends, bark, max(1, round(rng.uniform(0.01, 0.05) * unit)), cv2.LINE_AA)
    left, top = max(0, round(x - half_width)), max(0, round(y - half_height))
    spot = image[top : max(0, round(y + half_height)), left : max(0, round(x + half_width))]
    size = spot.shape[:2]
    if min(size) < 4:
        return
    rows, columns = np.ogrid[top : top + size[0], left : left + size[1]]
    inside = 1.15 - ((columns - x) / half_width) ** 2 - ((rows - y) / half_height) ** 2
    cells = np.array(size) / unit * rng.uniform(8, 30)
    edge, leaves = (fractal_noise(rng, size, tuple(cells), octaves=3, gain=0.8) for _ in "ab")
    amount = np.clip((inside + 3 * (edge - 0.5)) * 4, 0, 1)
    tone = hsv_color(rng.uniform(20, 60), rng.uniform(60, 180), rng.uniform(40, 150))
    color = np.array(tone, np.float32) * (1 + 2.2 * (leaves - 0.5))[..., None]
    spot += amount[..., None].astype(np.float32) * (np.clip(color, 0, 255) - spot)


def _car(image: np.ndarray, x: float, horizon: int, unit: float, rng: np.random.Generator) -> None:
    color, base = place_color(rng), horizon + rng.uniform(0.0, 0.06) * unit
    long, tall = rng.uniform(0.7, 1.1) * unit, rng.uniform(0.16, 0.22) * unit
    draw_box(image, x - long / 2, base - tall, x + long / 2, base - 0.06 * unit, color)
    roof = np.array([[-0.3, -tall], [-0.2, -1.8 * tall], [0.2, -1.8 * tall], [0.32, -tall]])
    roof *= [[long, 1]]
    cv2.fillPoly(image, [np.add(roof, (x, base)).round().astype(np.int32)], shade(color, 0.5))
    for wheel in (-0.3, 0.3):
        spot = (round(x + wheel * long), round(base - 0.06 * unit))
        cv2.circle(image, spot, round(0.06 * unit), (30, 30, 32), -1, cv2.LINE_AA)


#: Painters; each takes the same arguments as those in `indoor_things`.
OUTDOOR_THINGS = (_bush, _bush, _bush, _fence, _car)
