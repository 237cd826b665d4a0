"""The backgrounds of dancers of the variety `plain`."""

from dataclasses import dataclass

import cv2
import numpy as np

from deformable_gan.dancers.pattern import Color

KINDS = ("studio", "room", "panels", "hills", "stage", "tiles")
_OVERSAMPLING = 2


@dataclass(frozen=True)
class Backdrop:
    """A wall and a floor behind a dancer.

    Attributes:
        kind: one of `KINDS`.
        wall: RGB.
        floor: RGB.
        accent: RGB of the decorations.
        horizon: the row where the wall meets the floor, as a fraction of the image's height.
        seed: seed of the arrangement of shapes.
    """

    kind: str
    wall: Color
    floor: Color
    accent: Color
    horizon: float
    seed: int

    @classmethod
    def random(cls, rng: np.random.Generator) -> "Backdrop":
        """Choose a random backdrop with muted colours."""
        hue = rng.uniform(0, 180)
        value = rng.uniform(140, 246)
        return cls(
            kind=str(rng.choice(KINDS)),
            wall=_from_hsv(hue, rng.uniform(15, 85), value),
            floor=_from_hsv(rng.uniform(0, 180), rng.uniform(15, 70), rng.uniform(120, 228)),
            accent=_from_hsv(
                hue + rng.uniform(15, 165), rng.uniform(40, 120), rng.uniform(120, 240)
            ),
            horizon=float(rng.uniform(0.70, 0.82)),
            seed=int(rng.integers(2**31)),
        )

    def paint(self, height: int, width: int) -> np.ndarray:
        """Return an image of the place without the dancer, uint8 [height, width, 3]."""
        rng = np.random.default_rng(self.seed)
        h, w = height * _OVERSAMPLING, width * _OVERSAMPLING
        floor_row = round(self.horizon * h)
        image = np.empty((h, w, 3), np.float32)
        image[:floor_row] = _gradient(self.wall, 1.08, 0.92, floor_row)
        image[floor_row:] = _gradient(self.floor, 0.86, 1.08, h - floor_row)
        image = np.clip(image, 0, 255).astype(np.uint8)
        # Horizontal positions are measured from the middle, in units of the image's height, so
        # that wide and narrow images of a backdrop show the same shapes.
        _DECORATIONS[self.kind](image, self, rng, floor_row)
        y, x = np.mgrid[0:h, 0:w].astype(np.float32)
        vignette = 1 - 0.16 * (((x / w - 0.5) * 1.5) ** 2 + ((y / h - 0.45) * 1.2) ** 2)
        image = np.clip(image * vignette[..., None], 0, 255).astype(np.uint8)
        return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)


def _studio(image: np.ndarray, place: Backdrop, rng: np.random.Generator, floor_row: int) -> None:
    """Paint a seamless paper backdrop with a soft glow: the wall blends into the floor."""
    h, w = image.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    blend = np.clip((y / h - place.horizon + 0.08) / 0.16, 0, 1)
    blend = (blend * blend * (3 - 2 * blend))[..., None]
    both = np.array(place.wall) * (1 - blend) + np.array(place.floor) * blend
    center = rng.uniform(-0.2, 0.2) * h + w / 2
    glow = np.exp(-(((x - center) / (0.4 * h)) ** 2 + ((y - 0.35 * h) / (0.4 * h)) ** 2))
    image[:] = np.clip(both * (0.86 + 0.26 * glow[..., None]), 0, 255)


def _room(image: np.ndarray, place: Backdrop, rng: np.random.Generator, floor_row: int) -> None:
    """Paint a skirting board and pictures on the wall."""
    h, w = image.shape[:2]
    board = _shade(place.wall, 0.72)
    image[floor_row - round(0.025 * h) : floor_row] = board
    for column in range(-2, 3):
        x = w / 2 + (column * 0.42 + rng.uniform(-0.08, 0.08)) * h
        y = rng.uniform(0.14, 0.38) * h
        half_width, half_height = rng.uniform(0.06, 0.12) * h, rng.uniform(0.06, 0.12) * h
        frame = np.array([[x - half_width, y - half_height], [x + half_width, y + half_height]])
        (x0, y0), (x1, y1) = frame.round().astype(int).tolist()
        cv2.rectangle(image, (x0, y0), (x1, y1), _shade(place.accent, 0.6), -1)
        rim = max(1, round(0.012 * h))
        inner = ((x0 + rim, y0 + rim), (x1 - rim, y1 - rim))
        cv2.rectangle(image, *inner, _shade(place.accent, rng.uniform(0.9, 1.2)), -1)
        cv2.circle(
            image,
            (round(x), round(y)),
            round(0.5 * min(half_width, half_height)),
            _shade(place.wall, rng.uniform(0.7, 1.2)),
            -1,
            cv2.LINE_AA,
        )


def _panels(image: np.ndarray, place: Backdrop, rng: np.random.Generator, floor_row: int) -> None:
    """Paint floor boards, and broad vertical stripes like curtains on the wall."""
    h, w = image.shape[:2]
    width = rng.uniform(0.10, 0.2)
    x = (np.arange(w) + 0.5 - w / 2) / h / width + rng.uniform(0, 1)
    fold = 0.5 + 0.5 * np.sin(2 * np.pi * x)
    amount = (0.45 * fold**2)[None, :, None]
    wall = image[:floor_row] * (1 - amount) + np.array(place.accent) * amount
    image[:floor_row] = np.clip(wall, 0, 255)
    _boards(image, place, floor_row)


def _hills(image: np.ndarray, place: Backdrop, rng: np.random.Generator, floor_row: int) -> None:
    """Paint a sun in the sky, and hills behind a meadow."""
    h, w = image.shape[:2]
    sun = (round(w / 2 + rng.uniform(-0.35, 0.35) * h), round(rng.uniform(0.1, 0.3) * h))
    radius = round(rng.uniform(0.05, 0.09) * h)
    cv2.circle(image, sun, radius, (250, 236, 190), -1, cv2.LINE_AA)
    x = np.arange(w)
    for layer, tone in enumerate((1.05, 0.85)):
        phases = rng.uniform(0, 2 * np.pi, 3)
        ridge = sum(
            np.sin((x - w / 2) / h * frequency + phase) / frequency
            for frequency, phase in zip((4.0, 7.0, 13.0), phases, strict=True)
        )
        top = floor_row - (0.16 - 0.07 * layer + 0.14 * ridge) * h
        outline = np.stack([x, top], axis=1)
        outline = np.concatenate([outline, [[w, floor_row], [0, floor_row]]])
        cv2.fillPoly(
            image, [outline.round().astype(np.int32)], _shade(place.accent, tone), cv2.LINE_AA
        )
    image[floor_row:] = _gradient(place.floor, 0.9, 1.05, h - floor_row).clip(0, 255)


def _stage(image: np.ndarray, place: Backdrop, rng: np.random.Generator, floor_row: int) -> None:
    """Paint coloured discs on the wall and a pool of light on the floor."""
    h, w = image.shape[:2]
    for column in range(-3, 4):
        center = (
            round(w / 2 + (column * 0.3 + rng.uniform(-0.1, 0.1)) * h),
            round(rng.uniform(0.06, 0.6) * h),
        )
        radius = round(rng.uniform(0.04, 0.13) * h)
        color = place.accent if rng.random() < 0.5 else place.floor
        cv2.circle(image, center, radius, _shade(color, rng.uniform(0.8, 1.15)), -1, cv2.LINE_AA)
    image[floor_row:] = _gradient(place.floor, 0.86, 1.08, h - floor_row).clip(0, 255)
    y, x = np.mgrid[floor_row:h, 0:w].astype(np.float32)
    pool = np.exp(-(((x - w / 2) / (0.3 * h)) ** 2) - ((y - 0.93 * h) / (0.06 * h)) ** 2)
    image[floor_row:] = np.clip(image[floor_row:] * (1 + 0.22 * pool[..., None]), 0, 255)


def _tiles(image: np.ndarray, place: Backdrop, rng: np.random.Generator, floor_row: int) -> None:
    """Paint a wall of bricks or tiles, and a plain floor with a skirting board."""
    h, w = image.shape[:2]
    tile = rng.uniform(0.09, 0.14)
    grout = _shade(place.wall, 0.88)
    thickness = max(1, round(0.006 * h))
    for row in range(int(place.horizon / tile * 2) + 1):
        y = floor_row - round((row + 1) * tile / 2 * h)
        cv2.line(image, (0, y), (w, y), grout, thickness)
        for column in range(-14, 15):
            x = round(w / 2 + (column + row % 2 / 2) * tile * h)
            cv2.line(image, (x, y), (x, y + round(tile / 2 * h)), grout, thickness)
    image[floor_row:] = _gradient(place.floor, 0.86, 1.08, h - floor_row).clip(0, 255)
    image[floor_row : floor_row + round(0.012 * h)] = _shade(place.accent, 0.8)


def _boards(image: np.ndarray, place: Backdrop, floor_row: int) -> None:
    h, w = image.shape[:2]
    for column in range(-12, 13):
        far_x, near_x = w / 2 + column * 0.07 * h, w / 2 + column * 0.16 * h
        cv2.line(
            image,
            (round(far_x), floor_row),
            (round(near_x), h),
            _shade(place.floor, 0.82),
            max(1, round(0.005 * h)),
            cv2.LINE_AA,
        )


_DECORATIONS = {
    "studio": _studio,
    "room": _room,
    "panels": _panels,
    "hills": _hills,
    "stage": _stage,
    "tiles": _tiles,
}


def _gradient(color: Color, first: float, last: float, rows: int) -> np.ndarray:
    return np.linspace(first, last, rows)[:, None, None] * np.array(color, float)


def _shade(color: Color, factor: float) -> Color:
    return tuple(int(min(255, c * factor)) for c in color)


def _from_hsv(hue: float, saturation: float, value: float) -> Color:
    pixel = np.array([[[hue % 180, saturation, value]]], np.uint8)
    return tuple(int(c) for c in cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0])
