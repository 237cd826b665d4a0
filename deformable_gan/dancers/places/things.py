"""Things in a place."""

import cv2
import numpy as np

from deformable_gan.dancers.places.boxes import draw_box
from deformable_gan.dancers.places.indoor_things import INDOOR_THINGS
from deformable_gan.dancers.places.outdoor_things import OUTDOOR_THINGS
from deformable_gan.dancers.tones import hsv_color, place_color, shade


def paint_things(
    image: np.ndarray,
    count: int,
    outdoors: bool,
    horizon: int,
    unit: float,
    rng: np.random.Generator,
) -> None:
    """Paint things into an image of a place, in place.

    Args:
        image: float32 [height, width, 3] from 0 to 255, contiguous.
        count: number of things.
        outdoors: whether to paint the things of streets and gardens.
        horizon: the row where the wall meets the floor.
        unit: a body height in pixels.
        rng: determines the arrangement.
    """
    painters = (*_ANYWHERE, *(OUTDOOR_THINGS if outdoors else INDOOR_THINGS))
    for _ in range(count):
        painter = painters[int(rng.integers(len(painters)))]
        painter(image, rng.uniform(-0.1, 1.1) * image.shape[1], horizon, unit, rng)


def _lamp(image: np.ndarray, x: float, horizon: int, unit: float, rng: np.random.Generator) -> None:
    """Paint a thin thing: a stand, a rail, a cable or a lamp."""
    color, thick = place_color(rng), max(1, round(rng.uniform(0.005, 0.03) * unit))
    top = horizon - rng.uniform(0.4, 1.4) * unit
    lean = rng.normal(0, 0.06) * unit
    foot = (round(x), round(horizon + 0.03 * unit))
    cv2.line(image, foot, (round(x + lean), round(top)), color, thick, cv2.LINE_AA)
    if rng.random() < 0.5:
        radius = rng.uniform(0.03, 0.12) * unit
        cv2.circle(
            image, (round(x + lean), round(top)), round(radius), place_color(rng), -1, cv2.LINE_AA
        )


def _writing(
    image: np.ndarray, x: float, horizon: int, unit: float, rng: np.random.Generator
) -> None:
    """Paint the letters of a sign: short strokes in lines."""
    ink = place_color(rng)
    high = rng.uniform(0.02, 0.09) * unit
    top, length = horizon - rng.uniform(0.2, 1.3) * unit, rng.uniform(0.15, 0.7) * unit
    if rng.random() < 0.6:
        pad = 0.6 * high
        draw_box(
            image, x - pad, top - pad, x + length + pad, top + 3 * high + pad, place_color(rng)
        )
    thick = max(1, round(0.22 * high))
    for line in range(int(rng.integers(1, 4))):
        y, at = top + line * 1.5 * high, x
        while at < x + length:
            if rng.random() < 0.85:
                strokes = rng.uniform((at, y), (at + 0.7 * high, y + high), (4, 2))
                cv2.polylines(
                    image, [strokes.round().astype(np.int32)], False, ink, thick, cv2.LINE_AA
                )
            at += high


def _bystander(
    image: np.ndarray, x: float, horizon: int, unit: float, rng: np.random.Generator
) -> None:
    """Paint a distant person."""
    tall = rng.uniform(0.25, 0.8) * unit
    base = horizon + rng.uniform(0.0, 0.25) * tall
    wide, skin = 0.11 * tall, hsv_color(rng.uniform(6, 14), 110, rng.uniform(70, 235))
    legs = place_color(rng)
    for side in (-1, 1):
        foot = (round(x + side * rng.uniform(0.3, 1.2) * wide), round(base))
        hip = (round(x + 0.4 * side * wide), round(base - 0.48 * tall))
        cv2.line(image, hip, foot, legs, max(1, round(0.09 * tall)), cv2.LINE_AA)
    shirt = place_color(rng)
    for side in (-1, 1):
        shoulder = (round(x + side * wide), round(base - 0.80 * tall))
        hand = (round(x + side * rng.uniform(1.0, 2.2) * wide), round(base - 0.45 * tall))
        cv2.line(image, shoulder, hand, shirt, max(1, round(0.06 * tall)), cv2.LINE_AA)
    draw_box(image, x - wide, base - 0.83 * tall, x + wide, base - 0.45 * tall, shirt)
    head, radius = (round(x), round(base - 0.92 * tall)), max(1, round(0.065 * tall))
    cv2.circle(image, head, radius, skin, -1, cv2.LINE_AA)
    hair = shade(hsv_color(12, 120, 120), rng.uniform(0.1, 1.5))
    cv2.ellipse(image, head, (radius, radius), 0, 180, 360, hair, -1, cv2.LINE_AA)


_ANYWHERE = (_lamp, _lamp, _writing, _bystander)
