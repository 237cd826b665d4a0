"""A dancer's clothes."""

from dataclasses import dataclass, replace

import numpy as np

from deformable_gan.dancers.pattern import Color, Pattern, distinct_colors
from deformable_gan.dancers.tones import cloth_color

SLEEVES = {"none": 0.0, "short": 0.33, "elbow": 0.55, "long": 2.0}
BOTTOMS = ("trousers", "leggings", "shorts", "skirt", "dress")
NECKLINES = ("round", "vee", "collar", "wide")
BACKS = ("same", "plain", "number", "yoke", "stripe")


@dataclass(frozen=True)
class Outfit:
    """The clothes of a dancer.

    Attributes:
        top: cloth of the shirt or dress.
        sleeves: one of `SLEEVES`, whose numbers are lengths: 1 ends at the elbow, 2 at the wrist.
        neckline: one of `NECKLINES`.
        opening: RGB of the shirt under an open jacket, or None for a closed top.
        back: how the back differs from the front, one of `BACKS`.
        back_color: RGB of the number, yoke or stripe on the back.
        hem: the lower end of the top, as a fraction of the torso.
        bottom: one of `BOTTOMS`.
        legs: cloth of the trousers, leggings, shorts or skirt (for a dress: the cloth of the top).
        leg_length: length of shorts and skirts relative to the thigh.
        looseness: width of trousers; 1 is tight.
        belt: RGB, or None.
        shoes: RGB.
        soles: RGB.
        socks: RGB, or None for bare ankles.
        fit: width of sleeves and shorts relative to the limb.
        folds: strength of the shades of folds, 0 for smooth cloth.
    """

    top: Pattern
    sleeves: str
    neckline: str
    opening: Color | None
    back: str
    back_color: Color
    hem: float
    bottom: str
    legs: Pattern
    leg_length: float
    looseness: float
    belt: Color | None
    shoes: Color
    soles: Color
    socks: Color | None
    fit: float = 1.14
    folds: float = 0.0

    @property
    def waistband(self) -> tuple[float, float]:
        """The upper and the lower end of the waistband, as fractions of the torso."""
        begin = max(self.hem, 0.735)
        return begin, begin + (0.044 if self.belt is not None else 0.016)

    @classmethod
    def random(cls, rng: np.random.Generator, feminine: bool, avoid: tuple[Color, ...]) -> "Outfit":
        """Draw a random outfit whose top and legs differ clearly from the colours in `avoid`."""
        top = Pattern.random(rng, motif=True)
        while _near(top.color, avoid):
            top = Pattern.random(rng, motif=True)
        chances = (0.26, 0.18, 0.16, 0.20, 0.20) if feminine else (0.58, 0.10, 0.32, 0.0, 0.0)
        bottom = str(rng.choice(BOTTOMS, p=chances))
        legs = Pattern.random(rng)
        while _near(legs.color, (*avoid, top.color)):
            legs = Pattern.random(rng)
        if rng.random() < 0.6:
            legs = Pattern("plain", legs.color, legs.second)
        if bottom == "dress":
            legs = top
        back_color, shoes, socks, opening = (
            distinct_colors(rng, 1, avoid=(top.color,))[0] for _ in range(4)
        )
        jacket = bottom != "dress" and top.motif is None and rng.random() < 0.16
        return cls(
            top=top,
            sleeves=str(
                rng.choice(
                    tuple(SLEEVES),
                    p=(0.24, 0.34, 0.08, 0.34) if feminine else (0.08, 0.44, 0.08, 0.4),
                )
            ),
            neckline="round" if jacket else str(rng.choice(NECKLINES)),
            opening=opening if jacket else None,
            back=str(rng.choice(BACKS)),
            back_color=back_color,
            hem=float(rng.uniform(0.60, 0.70) if rng.random() < 0.12 else rng.uniform(0.80, 0.9)),
            bottom=bottom,
            legs=legs,
            leg_length=float(
                rng.uniform(0.55, 1.0) if bottom == "shorts" else rng.uniform(0.55, 1.25)
            ),
            looseness=float(rng.uniform(1.05, 1.30)),
            belt=back_color if bottom != "dress" and rng.random() < 0.4 else None,
            shoes=shoes,
            soles=(244, 244, 240) if rng.random() < 0.6 else (52, 50, 54),
            socks=socks if rng.random() < 0.4 else None,
        )

    @classmethod
    def wide(cls, rng: np.random.Generator, feminine: bool, skin: Color) -> "Outfit":
        """Draw random everyday clothes, which may resemble the place or the skin."""
        top = Pattern.wide(rng, motif=True)
        chances = (0.40, 0.24, 0.12, 0.12, 0.12) if feminine else (0.66, 0.08, 0.26, 0.0, 0.0)
        bottom = str(rng.choice(BOTTOMS, p=chances))
        legs = Pattern.wide(rng)
        if rng.random() < 0.75 or legs.kind == "halves":
            kind = "denim" if bottom in ("trousers", "shorts") and rng.random() < 0.4 else "plain"
            legs = replace(legs, kind=kind)
        if bottom == "dress" or rng.random() < 0.08:  # a suit or an overall
            legs = replace(top, motif=None)
        shoe = cloth_color(rng) if rng.random() < 0.9 else skin
        jacket = bottom != "dress" and top.motif is None and rng.random() < 0.2
        bare = rng.random() < 0.03 and not feminine
        if bare:
            top, jacket = Pattern("plain", skin, skin), False
        light_sole = rng.random() < 0.45
        return cls(
            top=top,
            sleeves="none"
            if bare
            else str(
                rng.choice(
                    tuple(SLEEVES),
                    p=(0.18, 0.34, 0.10, 0.38) if feminine else (0.07, 0.42, 0.08, 0.43),
                )
            ),
            neckline="round" if jacket else str(rng.choice(NECKLINES)),
            opening=cloth_color(rng) if jacket else None,
            back=str(rng.choice(BACKS, p=(0.8, 0.08, 0.04, 0.05, 0.03))),
            back_color=cloth_color(rng),
            hem=float(rng.uniform(0.58, 0.70) if rng.random() < 0.10 else rng.uniform(0.76, 0.97)),
            bottom=bottom,
            legs=legs,
            leg_length=float(
                rng.uniform(0.35, 1.05) if bottom == "shorts" else rng.uniform(0.45, 1.5)
            ),
            looseness=float(rng.uniform(1.0, 1.5)),
            belt=cloth_color(rng) if bottom != "dress" and rng.random() < 0.2 else None,
            shoes=shoe,
            soles=(240, 240, 236) if light_sole else tuple(int(c * 0.5) for c in shoe),
            socks=cloth_color(rng) if rng.random() < 0.35 else None,
            fit=float(rng.uniform(1.02, 1.30)),
            folds=float(rng.uniform(0.1, 0.6)),
        )


def _near(color: Color, others: tuple[Color, ...]) -> bool:
    return any(np.linalg.norm(np.subtract(color, other)) < 80 for other in others)
