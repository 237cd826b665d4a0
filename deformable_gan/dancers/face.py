"""Head textures of dancers of the variety `plain`: skin, hairline and features."""

import numpy as np

from deformable_gan.dancers.dancer import Dancer
from deformable_gan.dancers.fine_shapes import draw_ellipse, draw_line

#: Positions of features, as fractions of the distance from crown (0) to chin (1). For the eyes also
#: the angle from the front, in radians.
EYE = (0.535, 0.40)
EAR = 0.56
NOSE_TIP = 0.68
MOUTH = 0.815
_SIZE = (192, 288)


def paint_head(dancer: Dancer) -> np.ndarray:
    """Return the texture around the head, uint8 [192, 288, 3].

    The rows run from crown to chin, and the columns once around the head. The front is in the
    middle, and the dancer's left side is to the right of it.
    """
    rows, columns = _SIZE
    along = ((np.arange(rows) + 0.5) / rows)[:, None]
    angle = ((np.arange(columns) + 0.5) / columns - 0.5)[None, :] * 2 * np.pi
    skin, hair = np.array(dancer.skin, float), np.array(dancer.hair, float)
    head = np.broadcast_to(skin, (rows, columns, 3)).copy()
    # Warm cheeks.
    for side in (-1, 1):
        cheek = np.exp(-(((along - 0.70) / 0.08) ** 2) - ((angle - side * 0.62) / 0.22) ** 2)
        head += cheek[..., None] * 0.16 * (np.array((224, 92, 84)) - head)
    if dancer.beard:
        chin = np.clip((along - 0.70 - 0.10 * np.cos(np.minimum(np.abs(angle), 1.5))) * 30, 0, 1)
        chin = chin * np.clip((1.9 - np.abs(angle)) * 6, 0, 1)
        head += chin[..., None] * 0.85 * (hair - head)
    head = np.clip(head, 0, 255).astype(np.uint8)
    _paint_features(head, dancer)

    amount = np.clip((_hair_line(dancer.hair_style, np.abs(angle)) - along) * rows / 3, 0, 1)
    strands = 1 + 0.10 * np.sin(angle * 23) * np.sin(angle * 9 + 2)
    head = head + amount[..., None] * (hair * strands[..., None] - head)
    if dancer.headband is not None:
        band = np.clip((0.035 - np.abs(along - 0.335)) * rows / 2, 0, 1)[..., None]
        head = head + band * (np.array(dancer.headband, float) - head)
    return np.clip(head, 0, 255).astype(np.uint8)


def _hair_line(style: str, angle: np.ndarray) -> np.ndarray:
    """Return how far the hair reaches down (0 crown, 1 chin) at an angle from the front."""
    if style == "bald":
        return np.zeros_like(angle)
    nape = 1.05 if style in ("bob", "long") else 0.88
    side = 1.05 if style in ("bob", "long") else 0.56
    forehead = {"bob": 0.34, "long": 0.25, "afro": 0.26}.get(style, 0.27)
    temple = 1.02 if style in ("bob", "long") else 1.15
    return np.interp(
        angle,
        (0, 0.55, temple - 0.12, temple + 0.1, 1.75, 2.1),
        (forehead, forehead + 0.02, forehead + 0.10, side, max(side, 0.6), nape),
    )


def _paint_features(head: np.ndarray, dancer: Dancer) -> None:
    skin = np.array(dancer.skin, float)
    dark = tuple(int(c) for c in skin * 0.45)
    brow = tuple(int(c) for c in np.array(dancer.hair, float) * 0.8)
    lips = tuple(int(c) for c in 0.55 * skin + 0.45 * np.array((186, 44, 58)))
    for side in (-1, 1):
        x, y = _pixel(EYE[0], side * EYE[1])
        draw_ellipse(head, (x, y), (9.5, 7.0), (250, 248, 244))
        draw_ellipse(head, (x, y + 0.4), (5.2, 6.0), dancer.eyes)
        draw_ellipse(head, (x, y + 0.4), (2.9, 3.6), (18, 16, 18))
        draw_ellipse(head, (x - 1.6, y - 1.8), (1.3, 1.3), (255, 255, 255))
        lid = np.array([[x - 10, y + 0.5], [x - 5, y - 6], [x + 4, y - 6.5], [x + 10, y - 0.5]])
        draw_line(head, lid, dark, 3)
        brows = np.array([[x - 11, y - 14], [x, y - 18], [x + 11, y - 14]])
        draw_line(head, brows, brow, 4)
    x, y = _pixel(MOUTH, 0)
    smile = np.array([[x + t, y + 4 * (1 - (t / 14) ** 2)] for t in np.linspace(-14, 14, 9)])
    draw_line(head, smile, lips, 6)
    draw_line(head, smile - [0, 0.5], tuple(int(c * 0.55) for c in lips), 1)


def _pixel(along: float, angle: float) -> tuple[float, float]:
    return (angle / (2 * np.pi) + 0.5) * _SIZE[1] - 0.5, along * _SIZE[0] - 0.5
