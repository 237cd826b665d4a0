"""Colours of places and clothes."""

import cv2
import numpy as np

#: Red, green and blue, each from 0 to 255.
Color = tuple[int, ...]

# A chance, and ranges of hue (in OpenCV's half degrees), saturation and value.
_PLACES = (
    (0.17, (0, 180), (0, 8), (232, 256)),  # white
    (0.20, (0, 180), (0, 28), (70, 232)),  # grey
    (0.05, (0, 180), (0, 90), (8, 60)),  # dark
    (0.23, (6, 26), (22, 110), (110, 246)),  # beige, sand, wood
    (0.10, (6, 20), (90, 170), (50, 150)),  # brown
    (0.10, (95, 125), (20, 120), (90, 240)),  # blue
    (0.08, (32, 85), (20, 120), (60, 215)),  # green
    (0.07, (0, 180), (120, 220), (110, 240)),  # vivid
)
_CLOTHES = (
    (0.22, (0, 180), (0, 50), (12, 52)),  # black
    (0.13, (0, 180), (0, 14), (222, 255)),  # white
    (0.14, (0, 180), (0, 24), (60, 200)),  # grey
    (0.15, (102, 120), (60, 190), (30, 150)),  # navy, denim
    (0.04, (100, 114), (40, 110), (130, 215)),  # pale denim
    (0.09, (10, 24), (30, 120), (130, 235)),  # beige, khaki
    (0.05, (6, 18), (90, 180), (50, 130)),  # brown
    (0.03, (28, 50), (60, 130), (60, 120)),  # olive
    (0.04, (170, 180), (120, 210), (70, 150)),  # burgundy
    (0.11, (0, 180), (110, 235), (130, 250)),  # vivid
)


def place_color(rng: np.random.Generator) -> Color:
    """Draw a random colour of a wall, a floor or a thing."""
    return _draw(rng, _PLACES)


def cloth_color(rng: np.random.Generator) -> Color:
    """Draw a random colour of clothes: mostly black, white, grey, denim and beige."""
    return _draw(rng, _CLOTHES)


def hsv_color(hue: float, saturation: float, value: float) -> Color:
    """Return the RGB colour of a hue in half degrees, with saturation and value up to 255."""
    pixel = np.array([[[hue % 180, min(saturation, 255), min(value, 255)]]], np.uint8)
    return tuple(int(c) for c in cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0])


def shade(color: Color, factor: float) -> Color:
    """Return a brighter or darker colour."""
    return tuple(int(min(255, max(0, c * factor))) for c in color)


def _draw(rng: np.random.Generator, table: tuple) -> Color:
    chances = np.array([row[0] for row in table])
    row = table[rng.choice(len(table), p=chances / chances.sum())]
    return hsv_color(*(rng.uniform(low, high) for low, high in row[1:]))
