"""Rectangles, the main shape of the things in a place."""

import cv2
import numpy as np

from deformable_gan.dancers.tones import Color


def draw_box(
    image: np.ndarray,
    left: float,
    top: float,
    right: float,
    bottom: float,
    color: Color,
    thickness: int = -1,
) -> None:
    """Draw a rectangle, filled or as an outline of a given thickness in pixels."""
    first, last = (round(left), round(top)), (round(right), round(bottom))
    cv2.rectangle(image, first, last, color, thickness, cv2.LINE_AA)
