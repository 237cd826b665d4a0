"""Furniture and other things in rooms."""

import cv2
import numpy as np

from deformable_gan.dancers.noise import fractal_noise
from deformable_gan.dancers.places.boxes import draw_box
from deformable_gan.dancers.tones import Color, hsv_color, place_color, shade


def _frame(
    image: np.ndarray, x: float, horizon: int, unit: float, rng: np.random.Generator
) -> None:
    """Paint a framed picture or a poster on the wall."""
    half_width, half_height = rng.uniform(0.05, 0.22, 2) * unit
    y = horizon - rng.uniform(0.5, 1.1) * unit
    draw_box(
        image, x - half_width, y - half_height, x + half_width, y + half_height, place_color(rng)
    )
    rim = rng.uniform(0.05, 0.25) * min(half_width, half_height)
    left, top = round(x - half_width + rim), round(y - half_height + rim)
    right, bottom = round(x + half_width - rim), round(y + half_height - rim)
    inside = image[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    if min(inside.shape[:2]) < 3:
        return
    inside[:] = place_color(rng)
    if rng.random() < 0.7:
        noise = fractal_noise(rng, inside.shape[:2], (2, 2), octaves=3)
        amount = np.clip((noise - 0.5) * 5, 0, 1)[..., None]
        inside += amount * (np.array(place_color(rng), np.float32) - inside)


def _shelf(
    image: np.ndarray, x: float, horizon: int, unit: float, rng: np.random.Generator
) -> None:
    """Paint a shelf full of books and things."""
    wide, tall = rng.uniform(0.25, 0.8) * unit, rng.uniform(0.3, 1.1) * unit
    bottom = horizon + (0.04 if rng.random() < 0.7 else -rng.uniform(0.2, 0.6)) * unit
    left, top = x - wide / 2, bottom - tall
    wood = place_color(rng)
    draw_box(image, left, top, left + wide, bottom, shade(wood, 0.55))
    step = rng.uniform(0.11, 0.2) * unit
    for row in np.arange(bottom, top, -step):
        at = left
        while at < left + wide:
            thick = rng.uniform(0.012, 0.05) * unit
            if rng.random() < 0.8:
                rise = rng.uniform(0.45, 0.9) * step
                draw_box(image, at, row - rise, at + thick, row, place_color(rng))
            at += thick
        draw_box(image, left, row, left + wide, row + 0.012 * unit, wood)


def _window(
    image: np.ndarray, x: float, horizon: int, unit: float, rng: np.random.Generator
) -> None:
    """Paint a bright or dark window with bars."""
    half_width, half_height = rng.uniform(0.12, 0.4) * unit, rng.uniform(0.15, 0.5) * unit
    y = horizon - rng.uniform(0.45, 1.0) * unit
    bright = int(rng.integers(200, 256))
    color: Color = (bright, bright, min(255, bright + 8))
    if rng.random() < 0.3:
        color = hsv_color(110, 120, rng.uniform(20, 120))
    edges = (x - half_width, y - half_height, x + half_width, y + half_height)
    draw_box(image, *edges, color)
    frame, thick = place_color(rng), max(1, round(rng.uniform(0.008, 0.03) * unit))
    draw_box(image, *edges, frame, thick)
    for fraction in np.linspace(-1, 1, int(rng.integers(2, 5)))[1:-1]:
        column = x + fraction * half_width
        draw_box(image, column, y - half_height, column, y + half_height, frame, thick)
    if rng.random() < 0.5:
        draw_box(image, x - half_width, y, x + half_width, y, frame, thick)


def _door(image: np.ndarray, x: float, horizon: int, unit: float, rng: np.random.Generator) -> None:
    half, tall = rng.uniform(0.18, 0.28) * unit, rng.uniform(1.0, 1.25) * unit
    color = place_color(rng)
    draw_box(image, x - half, horizon - tall, x + half, horizon, color)
    draw_box(image, x - half, horizon - tall, x + half, horizon, shade(color, 0.7), 2)
    knob = (round(x + 0.8 * half), round(horizon - 0.5 * tall))
    cv2.circle(image, knob, max(1, round(0.012 * unit)), (60, 60, 60), -1, cv2.LINE_AA)


def _block(
    image: np.ndarray, x: float, horizon: int, unit: float, rng: np.random.Generator
) -> None:
    """Paint a piece of furniture: a front, a top and possibly legs or cushions."""
    wide, tall = rng.uniform(0.15, 0.9) * unit, rng.uniform(0.12, 0.5) * unit
    base = horizon + rng.uniform(-0.01, 0.12) * unit
    color = place_color(rng)
    left, right, top = x - wide / 2, x + wide / 2, base - tall
    if rng.random() < 0.4:  # a table
        thick = max(1, round(rng.uniform(0.01, 0.03) * unit))
        for leg in (left + thick, right - thick):
            draw_box(image, leg - thick / 2, top, leg + thick / 2, base, shade(color, 0.6))
        draw_box(image, left, top, right, top + 2 * thick, color)
    else:
        draw_box(image, left, top, right, base, color)
        draw_box(image, left, top, right, top + 0.15 * tall, shade(color, rng.uniform(0.8, 1.25)))
        if rng.random() < 0.5:
            draw_box(image, left, top, right, base, shade(color, 0.7), 1)
    for _ in range(int(rng.integers(0, 4))):  # things on it
        at, size = rng.uniform(left, right), rng.uniform(0.02, 0.12, 2) * unit
        draw_box(image, at - size[0], top - size[1], at + size[0], top, place_color(rng))


def _plant(
    image: np.ndarray, x: float, horizon: int, unit: float, rng: np.random.Generator
) -> None:
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
        cv2.ellipse(image, middle, axes, turn, 0, 360, tone, -1, cv2.LINE_AA)
    draw_box(image, x - pot, base - 1.6 * pot, x + pot, base, place_color(rng))


#: Painters; each takes the image, the column, the horizon's row, a body height in pixels and a
#: source of random numbers.
INDOOR_THINGS = (_frame, _frame, _shelf, _window, _door, _block, _block, _plant)
