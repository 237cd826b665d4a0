"""Colours, patterns and motifs of cloth."""

from dataclasses import dataclass

import cv2
import numpy as np

from deformable_gan.dancers.prints import PRINTS, paint_print
from deformable_gan.dancers.tones import Color, cloth_color

KINDS = ("plain", "horizontal", "vertical", "checked", "dotted", "diagonal", "halves")
MOTIFS = ("star", "heart", "disc", "ring", "bolt", "diamond", "bands", "letter")

#: Colours of clothes (RGB), distinct enough to tell people apart.
PALETTE: tuple[Color, ...] = (
    (214, 48, 49),
    (232, 100, 60),
    (245, 166, 35),
    (250, 211, 72),
    (156, 196, 62),
    (46, 140, 87),
    (22, 160, 133),
    (64, 196, 214),
    (58, 134, 216),
    (36, 72, 156),
    (26, 36, 80),
    (108, 76, 190),
    (168, 88, 196),
    (232, 96, 152),
    (250, 178, 190),
    (140, 32, 60),
    (122, 80, 50),
    (200, 164, 120),
    (245, 241, 232),
    (250, 250, 252),
    (170, 176, 184),
    (92, 100, 112),
    (44, 46, 54),
    (24, 24, 28),
)


@dataclass(frozen=True)
class Pattern:
    """The look of a cloth.

    Attributes:
        kind: one of `KINDS` or `PRINTS`.
        color: RGB of the base colour.
        second: RGB of the stripes, checks, dots or the other half.
        period: length of the repeat, in body heights.
        motif: one of `MOTIFS` in the middle of the front, or None.
        motif_color: RGB of the motif or the print.
        seed: seed of a print's arrangement.
    """

    kind: str
    color: Color
    second: Color
    period: float = 0.06
    motif: str | None = None
    motif_color: Color = (250, 250, 252)
    seed: int = 0

    @classmethod
    def random(cls, rng: np.random.Generator, motif: bool = False) -> "Pattern":
        """Draw a random pattern; `motif` allows the kinds `plain` and `halves` a motif."""
        kind = str(rng.choice(KINDS, p=(0.34, 0.19, 0.10, 0.12, 0.11, 0.07, 0.07)))
        color, second, third = distinct_colors(rng, 3)
        has_motif = motif and kind in ("plain", "halves") and rng.random() < 0.65
        return cls(
            kind,
            color,
            second,
            period=float(rng.uniform(0.048, 0.085)),
            motif=str(rng.choice(MOTIFS)) if has_motif else None,
            motif_color=third,
        )

    @classmethod
    def wide(cls, rng: np.random.Generator, motif: bool = False) -> "Pattern":
        """Draw the cloth of random everyday clothes: mostly plain and muted, sometimes printed."""
        luck = rng.random()
        if luck < 0.56:
            kind = "plain"
        elif luck < 0.78:
            kind = str(rng.choice(PRINTS))
        else:
            kind = str(rng.choice(KINDS, p=(0, 0.34, 0.22, 0.18, 0.14, 0.08, 0.04)))
        color, second, third = (cloth_color(rng) for _ in range(3))
        if (
            kind in ("checked", "plaid", "camouflage") and rng.random() < 0.6
        ):  # shades of one colour
            second = tuple(
                int(c) for c in np.clip(np.multiply(color, rng.uniform(0.4, 1.8)), 0, 255)
            )
        if kind == "denim":
            second = color
        return cls(
            kind,
            color,
            second,
            period=float(np.exp(rng.uniform(np.log(0.016), np.log(0.12)))),
            motif=str(rng.choice(MOTIFS)) if motif and rng.random() < 0.2 else None,
            motif_color=third,
            seed=int(rng.integers(2**31)),
        )

    def paint(self, around: float, down: float, density: float) -> np.ndarray:
        """Return an image of the unrolled cloth.

        Args:
            around: width, once around the body, in body heights; the middle is the front.
            down: length in body heights.
            density: pixels per body height.

        Returns:
            uint8 [down * density, around * density, 3]. Its left and right edges match, except for
            `halves`.
        """
        height, width = max(4, round(down * density)), max(8, round(around * density))
        if self.kind in PRINTS:
            colors = (self.color, self.second, self.motif_color)
            return paint_print(self.kind, colors, self.period, (height, width), density, self.seed)
        x = (np.arange(width) + 0.5) / width
        y = ((np.arange(height) + 0.5) / density / self.period)[:, None]
        repeats = max(2, round(around / self.period))
        x_phase = (x * repeats)[None, :] + 0.25
        edge = self.period * density / 2
        if self.kind == "horizontal":
            amount = _stripes(y, edge) + 0 * x_phase
        elif self.kind == "vertical":
            amount = _stripes(x_phase, edge) + 0 * y
        elif self.kind == "diagonal":
            amount = _stripes(x_phase + y, edge)
        elif self.kind == "checked":
            amount = (_stripes(x_phase, edge) + _stripes(y, edge)) / 2
        elif self.kind == "dotted":
            row_shift = 0.5 * (np.floor(y) % 2)
            dx, dy = (x_phase + row_shift) % 1 - 0.5, y % 1 - 0.5
            amount = np.clip((0.27 - np.hypot(dx, dy)) * 2 * edge + 0.5, 0, 1)
        elif self.kind == "halves":
            amount = np.clip((x[None, :] - 0.5) * width + 0.5, 0, 1) + 0 * y
        else:
            amount = np.zeros((height, width))
        ground, second = np.array(self.color, float), np.array(self.second, float)
        return np.round(ground + (second - ground) * amount[..., None]).astype(np.uint8)


def distinct_colors(
    rng: np.random.Generator, count: int, avoid: tuple[Color, ...] = ()
) -> list[Color]:
    """Draw random colours that differ clearly from one another and from the colours in `avoid`."""
    chosen: list[Color] = []
    while len(chosen) < count:
        base = np.array(PALETTE[rng.integers(len(PALETTE))], float)
        color = tuple(int(c) for c in np.clip(base + rng.normal(0, 8, 3), 8, 252))
        others = [*avoid, *chosen]
        if all(np.linalg.norm(np.subtract(color, other)) > 90 for other in others):
            chosen.append(color)
    return chosen


def paint_motif(
    cloth: np.ndarray, motif: str, color: Color, center: tuple[float, float], size: float
) -> None:
    """Paint a motif on a cloth in place.

    Args:
        cloth: uint8 [h, w, 3].
        motif: one of `MOTIFS`.
        color: RGB.
        center: (x, y) in pixels of the cloth.
        size: half the motif's width in pixels.
    """
    turns = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    outlines = {
        "star": [
            (r * np.sin(t), -r * np.cos(t))
            for t, r in zip(np.arange(10) * np.pi / 5, [1.1, 0.46] * 5, strict=True)
        ],
        "heart": np.stack(
            [
                np.sin(turns) ** 3,
                -(13 * np.cos(turns) - 5 * np.cos(2 * turns) - 2 * np.cos(3 * turns)) / 15,
            ],
            axis=1,
        ),
        "disc": np.stack([np.cos(turns), np.sin(turns)], axis=1) * 0.9,
        "bolt": [(0.3, -1.1), (-0.6, 0.15), (-0.05, 0.15), (-0.3, 1.1), (0.6, -0.2), (0.05, -0.2)],
        "diamond": [(0, -1.1), (0.8, 0), (0, 1.1), (-0.8, 0)],
    }
    if motif == "bands":
        for offset in (-0.6, 0.0, 0.6):
            y = center[1] + offset * size
            cv2.rectangle(
                cloth,
                (0, round(y - 0.16 * size)),
                (cloth.shape[1], round(y + 0.16 * size)),
                color,
                -1,
            )
    elif motif == "ring":
        _polygon(cloth, outlines["disc"] * 1.1, color, center, size, thickness=0.32)  # type: ignore[arg-type, operator]  # the disc's outline is an array
    elif motif == "letter":
        for bar in (((-0.6, -0.9), (0.6, -0.9)), ((0, -0.9), (0, 0.9))):
            _polygon(cloth, np.array(bar), color, center, size, thickness=0.4)
    else:
        _polygon(cloth, np.array(outlines[motif]), color, center, size)


def _polygon(
    cloth: np.ndarray,
    outline: np.ndarray,
    color: Color,
    center: tuple[float, float],
    size: float,
    thickness: float = 0.0,
) -> None:
    points = np.round((np.asarray(outline) * size + center) * 16).astype(np.int32)
    if thickness:
        width = max(1, round(thickness * size))
        cv2.polylines(cloth, [points], True, color, width, cv2.LINE_AA, shift=4)
    else:
        cv2.fillPoly(cloth, [points], color, cv2.LINE_AA, shift=4)


def _stripes(phase: np.ndarray, edge: float) -> np.ndarray:
    """Return 1 from 1/4 to 3/4 of each unit of `phase` and 0 elsewhere, antialiased."""
    return np.clip((np.abs(phase % 1 - 0.5) - 0.25) * -2 * edge + 0.5, 0, 1)
