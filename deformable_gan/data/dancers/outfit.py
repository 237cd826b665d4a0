"""What a dancer wears."""

from dataclasses import dataclass

import numpy as np

from deformable_gan.data.dancers.pattern import Color, Pattern, distinct_colors

SLEEVES = {"none": 0.0, "short": 0.33, "elbow": 0.55, "long": 2.0}
BOTTOMS = ("trousers", "leggings", "shorts", "skirt", "dress")
NECKLINES = ("round", "vee", "collar", "wide")
BACKS = ("same", "plain", "number", "yoke", "stripe")


@dataclass(frozen=True)
class Outfit:
    """A dancer's clothes.

    Attributes:
        top: the shirt's (or dress') cloth.
        sleeves: one of `SLEEVES`, whose numbers are lengths in upper arms.
        neckline: one of `NECKLINES`.
        opening: colour of the shirt seen under an open jacket, or None for a closed top.
        back: how the back differs from the front, one of `BACKS`.
        back_color: RGB of the back's number, yoke or stripe.
        hem: where the top ends, as a fraction of the torso.
        bottom: one of `BOTTOMS`.
        legs: cloth of the trousers, shorts or skirt (of a dress: the top's).
        leg_length: of shorts and skirts, in thighs.
        looseness: of trousers, 1 is tight.
        belt: RGB, or None.
        shoes: RGB.
        soles: RGB.
        socks: RGB, or None for bare ankles.
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

    @property
    def waistband(self) -> tuple[float, float]:
        """Where the waistband begins and ends, as fractions of the torso."""
        begin = max(self.hem, 0.735)
        return begin, begin + (0.044 if self.belt is not None else 0.016)

    @classmethod
    def random(cls, rng: np.random.Generator, feminine: bool, avoid: tuple[Color, ...]) -> "Outfit":
        """Draw an outfit whose colours stand out from those in `avoid` (the background's)."""
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


def _near(color: Color, others: tuple[Color, ...]) -> bool:
    return any(np.linalg.norm(np.subtract(color, other)) < 80 for other in others)
