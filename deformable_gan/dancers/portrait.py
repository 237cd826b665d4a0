"""Head textures of dancers of the variety `wide`, which resemble photographs."""

import cv2
import numpy as np

from deformable_gan.dancers.dancer import Dancer
from deformable_gan.dancers.face import EYE, MOUTH, NOSE_TIP
from deformable_gan.dancers.features import Features
from deformable_gan.dancers.fine_shapes import draw_ellipse, draw_line
from deformable_gan.dancers.noise import fractal_noise
from deformable_gan.dancers.tones import Color, shade

_SIZE = (96, 144)
_COVERED = ("bob", "long", "pigtails", "scarf")


def paint_portrait(dancer: Dancer) -> np.ndarray:
    """Return the texture around the head, uint8 [96, 144, 3].

    The rows run from crown to chin, and the columns once around the head. The front is in the
    middle, and the dancer's left side is to the right of it.
    """
    rows, columns = _SIZE
    face = _face(dancer)
    rng = np.random.default_rng(dancer.seed)
    along = ((np.arange(rows, dtype=np.float32) + 0.5) / rows)[:, None]
    angle = ((np.arange(columns, dtype=np.float32) + 0.5) / columns - 0.5)[None, :] * 2 * np.pi
    skin, hair = np.array(dancer.skin, np.float32), np.array(dancer.hair, np.float32)
    mottle = fractal_noise(rng, _SIZE, (6, 10), octaves=3, wrap=True)
    head = skin * (1 + face.mottle * (mottle - 0.5))[..., None]
    for side in (-1, 1):
        _stain(head, along, angle, (0.70, side * 0.62), (0.08, 0.22), (224, 92, 84), face.cheeks)
        _stain(head, along, angle, (EYE[0], side * EYE[1]), (0.06, 0.24), skin * 0.35, face.sockets)
        _stain(head, along, angle, (0.66, side * 0.2), (0.10, 0.08), skin * 0.5, face.nose)
    _stain(head, along, angle, (NOSE_TIP + 0.045, 0), (0.02, 0.16), skin * 0.35, 1.6 * face.nose)
    _stain(head, along, angle, (MOUTH + 0.065, 0), (0.02, 0.2), skin * 0.5, face.nose)
    head *= (1 - 0.25 * np.clip((along - 0.93) / 0.07, 0, 1))[..., None]  # below the chin
    _paint_beard(head, along, angle, face.beard, hair)
    head = np.ascontiguousarray(np.clip(head, 0, 255).astype(np.uint8))
    _paint_features(head, dancer)

    line = _hair_line(dancer, angle)
    amount = np.clip((line - along) * rows / 2, 0, 1)
    strands = fractal_noise(rng, _SIZE, (2, 40), octaves=2, wrap=True)
    strands = 1 + (0.3 + 2 * face.mottle) * (strands - 0.5)
    cover = np.array(dancer.cover if dancer.cover is not None else hair, np.float32)
    strands = 1 + (strands - 1) * (0.5 if dancer.cover is not None else 1)
    head = head + amount[..., None] * (cover * strands[..., None] - head)
    if dancer.headband is not None:
        band = np.clip((0.035 - np.abs(along - 0.30)) * rows / 2, 0, 1)[..., None]
        head = head + band * (np.array(dancer.headband, np.float32) - head)
    return np.clip(head, 0, 255).astype(np.uint8)


def _face(dancer: Dancer) -> Features:
    """Return the features that a portrait shows."""
    if dancer.features is None:
        raise ValueError("a dancer without features has no portrait: draw a plain head instead")
    return dancer.features


def _stain(
    head: np.ndarray,
    along: np.ndarray,
    angle: np.ndarray,
    center: tuple[float, float],
    spread: tuple[float, float],
    color: np.ndarray | Color,
    strength: float,
) -> None:
    amount = np.exp(-(((along - center[0]) / spread[0]) ** 2))
    amount = amount * np.exp(-(((angle - center[1]) / spread[1]) ** 2)) * min(strength, 1.0)
    head += amount[..., None] * (np.asarray(color, np.float32) - head)


def _paint_beard(
    head: np.ndarray, along: np.ndarray, angle: np.ndarray, beard: str, hair: np.ndarray
) -> None:
    if beard == "none":
        return
    beside = np.abs(angle)
    jaw = np.clip((along - 0.72 - 0.10 * np.cos(np.minimum(beside * 1.4, 1.5))) * 24, 0, 1)
    jaw = np.maximum(jaw, np.clip((along - 0.60) * 24, 0, 1) * np.clip((beside - 0.9) * 8, 0, 1))
    jaw = jaw * np.clip((1.75 - beside) * 6, 0, 1)
    lip = np.exp(-(((along - 0.765) / 0.025) ** 2)) * np.clip((0.42 - beside) * 10, 0, 1)
    chin = np.clip((along - 0.84) * 24, 0, 1) * np.clip((0.45 - beside) * 8, 0, 1)
    amount = {
        "stubble": 0.32 * np.maximum(jaw, lip),
        "moustache": 0.85 * lip,
        "goatee": 0.85 * np.maximum(chin, lip),
        "full": 0.88 * np.maximum(jaw, lip),
    }[beard]
    head += amount[..., None] * (hair * 0.9 - head)


def _hair_line(dancer: Dancer, angle: np.ndarray) -> np.ndarray:
    """Return how far hair or headgear reaches down at each angle, as a share of the rows."""
    style, line = dancer.hair_style, _face(dancer).hair_line
    beside = np.abs(angle)
    if style == "bald" and dancer.cover is None:
        return np.zeros_like(angle)
    if style == "cap":
        return np.interp(beside, (0, 1.2, 1.8, 2.1), (0.34, 0.38, 0.5, 0.8))
    if style == "beanie":
        return np.interp(beside, (0, 1.3, 1.9), (0.36, 0.5, 0.72))
    covered = style in _COVERED
    nape, side = (1.05, 1.05) if covered else (0.88, 0.56)
    temple = 1.02 if covered else 1.15
    line = line + _face(dancer).parting * np.sin(np.clip(angle * 1.6, -1.5, 1.5))  # type: ignore[assignment]  # a number becomes an array
    return np.interp(
        beside,
        (0, 0.55, temple - 0.12, temple + 0.1, 1.75, 2.1),
        (0, 0.02, 0.10, side - 0.27, max(side, 0.6) - 0.27, nape - 0.27),
    ) + np.where(beside < temple, line, 0.27)


def _paint_features(head: np.ndarray, dancer: Dancer) -> None:
    face, skin = _face(dancer), np.array(dancer.skin, float)
    dark = shade(dancer.skin, 0.36)
    brow = tuple(int(c) for c in 0.7 * np.array(dancer.hair, float) + 0.2 * skin * 0.6)
    white = tuple(
        int(c) for c in skin * 0.8 + face.eye_white * (np.array((235, 230, 226)) - skin * 0.8)
    )
    red = tuple(
        int(c) for c in skin * 0.75 + face.lips * 0.6 * (np.array((178, 50, 62)) - skin * 0.75)
    )
    for side in (-1, 1):
        x, y = _pixel(EYE[0], side * EYE[1])
        size = face.eye_size
        draw_ellipse(head, (x, y), (4.8 * size, 3.0 * size), white)
        draw_ellipse(head, (x, y), (2.7 * size, 3.0 * size), dancer.eyes)
        draw_ellipse(head, (x, y), (1.5 * size, 1.8 * size), (18, 16, 18))
        lid = np.array([[x - 5, y + 0.4], [x - 2.5, y - 3], [x + 2, y - 3.2], [x + 5, y - 0.3]])
        draw_line(head, (lid - [x, y]) * size + [x, y], dark, 1)
        brows = np.array([[x - 5.5, y - 5.8], [x, y - 7.6], [x + 5.5, y - 5.8]])
        draw_line(head, brows, brow, max(1, round(2 * face.brow)))
        if face.glasses != "none":
            frame = (30, 28, 30) if face.glasses != "thin" else (110, 104, 100)
            if face.glasses == "dark":
                draw_ellipse(head, (x, y + 0.5), (8.0, 5.6), (24, 22, 26))
            else:
                draw_ellipse(
                    head, (x, y + 0.5), (8.0, 5.6), frame, 2 if face.glasses == "thick" else 1
                )
            ear = np.array([[x + side * 8, y], [x + side * 24, y - 1]])
            draw_line(head, ear, frame, 1)
    if face.glasses != "none":
        x, y = _pixel(EYE[0], 0)
        draw_line(head, np.array([[x - 2, y - 0.5], [x + 2, y - 0.5]]), (40, 38, 40), 1)
    x, y = _pixel(MOUTH, 0)
    steps = np.linspace(-1, 1, 9)
    mouth = np.stack([x + 7 * steps, y - 2.2 * face.smile * steps**2 + face.smile], axis=1)
    if face.smile > 0.8:
        lower = np.stack([x + 6 * steps, y + face.smile + 2.6 * (1 - steps**2)], axis=1)
        teeth = np.concatenate([mouth, lower[::-1]])
        cv2.fillPoly(head, [np.round(teeth * 16).astype(np.int32)], (232, 226, 220), cv2.LINE_AA, 4)
        draw_line(head, lower, red, 1)
        draw_line(head, mouth, red, 1)
    else:
        draw_line(head, np.add(mouth, (0, 0.8)), red, 3)
        draw_line(head, mouth, shade(dancer.skin, 0.42), 1)


def _pixel(along: float, angle: float) -> tuple[float, float]:
    return (angle / (2 * np.pi) + 0.5) * _SIZE[1] - 0.5, along * _SIZE[0] - 0.5
