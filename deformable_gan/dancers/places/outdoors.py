"""Backgrounds outdoors: greenery, landscapes and streets."""

import cv2
import numpy as np

from deformable_gan.dancers.noise import blend, fractal_noise
from deformable_gan.dancers.tones import Color, hsv_color, place_color, shade


def _foliage(
    image: np.ndarray, color: Color, horizon: int, unit: float, rng: np.random.Generator
) -> np.ndarray:
    size = image.shape[:2]
    cells = np.array([1.0, size[1] / size[0]]) * rng.uniform(3, 16) * size[0] / unit
    noise = fractal_noise(rng, size, tuple(cells), octaves=5, gain=0.8)
    leaf = hsv_color(rng.uniform(20, 55), rng.uniform(60, 190), rng.uniform(60, 170))
    dark = shade(leaf, rng.uniform(0.15, 0.6))
    bright = hsv_color(rng.uniform(18, 50), rng.uniform(30, 150), rng.uniform(150, 245))
    image = blend(np.broadcast_to(np.array(dark, np.float32), image.shape), leaf,
                    np.clip((noise - 0.38) * 5, 0, 1))  # fmt: skip
    image = blend(image, bright, np.clip((noise - 0.56) * rng.uniform(3, 9), 0, 1))
    if rng.random() < 0.5:  # the sky between the leaves
        gaps = fractal_noise(rng, size, tuple(cells * 0.6), octaves=4, gain=0.8)
        amount = np.clip((gaps - rng.uniform(0.5, 0.7)) * 8, 0, 1)
        image = blend(image, _sky(rng), amount)
    for _ in range(int(rng.integers(0, 5))):  # trunks
        x = rng.uniform(0, size[1])
        lean = rng.normal(0, 0.12) * size[0]
        ends = [(round(x), horizon), (round(x + lean), 0)]
        bark = hsv_color(rng.uniform(8, 22), rng.uniform(30, 110), rng.uniform(35, 130))
        image = np.ascontiguousarray(image)
        cv2.line(image, *ends, bark, max(2, round(rng.uniform(0.01, 0.09) * unit)), cv2.LINE_AA)
    return image


def _landscape(
    image: np.ndarray, color: Color, horizon: int, unit: float, rng: np.random.Generator
) -> np.ndarray:
    height, width = image.shape[:2]
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None] + np.zeros((1, width), np.float32)
    sky = _sky(rng)
    image = blend(
        np.broadcast_to(np.array(sky, np.float32), image.shape), (245, 243, 240), rows * 0.8
    )
    clouds = fractal_noise(rng, (height, width), (3, 2), octaves=5)
    image = blend(image, (250, 250, 250), np.clip((clouds - 0.5) * rng.uniform(0, 5), 0, 1))
    x = np.arange(width)
    for layer in range(int(rng.integers(1, 4))):
        ridge = fractal_noise(rng, (2, width), (1, rng.uniform(1, 6)), octaves=4)[0]
        top = horizon - (rng.uniform(0.0, 0.45) + 0.25 * (ridge - 0.5)) * unit / (layer + 1)
        hue = rng.choice((rng.uniform(25, 60), rng.uniform(90, 115), rng.uniform(8, 25)))
        tone = hsv_color(hue, rng.uniform(20, 120), rng.uniform(50, 190))
        outline = np.concatenate([np.stack([x, top], axis=1), [[width, height], [0, height]]])
        image = np.ascontiguousarray(image)
        cv2.fillPoly(image, [outline.round().astype(np.int32)], tone, cv2.LINE_AA)
    grain = fractal_noise(rng, (height, width), (24, 16), octaves=3, gain=0.8)
    return image * (0.85 + 0.3 * grain[..., None])


def _street(
    image: np.ndarray, color: Color, horizon: int, unit: float, rng: np.random.Generator
) -> np.ndarray:
    height, width = image.shape[:2]
    image[:] = _sky(rng)
    left = -rng.uniform(0, 0.6) * unit
    while left < width:
        wide = rng.uniform(0.25, 1.3) * unit
        top = horizon - rng.uniform(0.4, 1.4) * unit
        front = place_color(rng)
        image = np.ascontiguousarray(image)
        corners = [(round(left), round(top)), (round(left + wide), height)]
        cv2.rectangle(image, *corners, front, -1)
        step_x, step_y = rng.uniform(0.06, 0.22) * unit, rng.uniform(0.09, 0.26) * unit
        pane = shade(front, rng.uniform(0.25, 0.7)) if rng.random() < 0.7 else (210, 220, 230)
        for y in np.arange(top + 0.3 * step_y, horizon - 0.3 * step_y, step_y):
            for x in np.arange(left + 0.25 * step_x, left + wide - 0.5 * step_x, step_x):
                window = [(round(x), round(y)), (round(x + 0.55 * step_x), round(y + 0.6 * step_y))]
                cv2.rectangle(image, *window, shade(pane, rng.uniform(0.8, 1.2)), -1)
        left += wide
    return image


def _sky(rng: np.random.Generator) -> Color:
    if rng.random() < 0.4:
        level = int(rng.integers(190, 256))
        return (level, level, level)
    return hsv_color(rng.uniform(98, 116), rng.uniform(20, 150), rng.uniform(150, 255))


#: Painters by kind; they take the same arguments as the painters in `walls`.
OUTDOORS = {
    "foliage": _foliage,
    "landscape": _landscape,
    "street": _street,
}
