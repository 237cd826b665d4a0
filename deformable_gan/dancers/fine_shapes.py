"""Shapes with smooth edges, placed to a sixteenth of a pixel."""

import cv2
import numpy as np

from deformable_gan.dancers.pattern import Color

# Fractional bits of a coordinate, as OpenCV expects them.
_SHIFT = 4
_UNIT = 1 << _SHIFT


def draw_ellipse(
    image: np.ndarray,
    center: tuple[float, float],
    axes: tuple[float, float],
    color: Color,
    thickness: int = -1,
) -> None:
    """Draw an axis-aligned ellipse, in place.

    Args:
        image: uint8 [H, W, 3].
        center: (x, y) in pixels.
        axes: half the ellipse's width and half its height, in pixels.
        color: RGB.
        thickness: of the outline, in pixels; -1 fills the ellipse.
    """
    cv2.ellipse(
        image,
        (round(center[0] * _UNIT), round(center[1] * _UNIT)),
        (round(axes[0] * _UNIT), round(axes[1] * _UNIT)),
        0,
        0,
        360,
        color,
        thickness,
        cv2.LINE_AA,
        _SHIFT,
    )


def draw_line(image: np.ndarray, points: np.ndarray, color: Color, width: int) -> None:
    """Draw an open line through points, float [N, 2] of (x, y) in pixels, in place."""
    fixed = np.round(points * _UNIT).astype(np.int32)
    cv2.polylines(image, [fixed], False, color, width, cv2.LINE_AA, _SHIFT)
