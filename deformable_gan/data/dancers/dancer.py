"""One synthetic person: body, hair, clothes and the place where they dance."""

from dataclasses import dataclass

import numpy as np

from deformable_gan.data.dancers.backdrop import Backdrop
from deformable_gan.data.dancers.build import Build
from deformable_gan.data.dancers.outfit import Outfit
from deformable_gan.data.dancers.pattern import Color

HAIR_STYLES = ("bald", "short", "crop", "bob", "long", "ponytail", "bun", "afro")

_SKIN_TONES = (
    (255, 224, 196),
    (246, 205, 172),
    (232, 184, 146),
    (214, 160, 120),
    (188, 132, 92),
    (158, 104, 70),
    (124, 80, 54),
    (96, 62, 44),
)
_HAIR_COLORS = (
    (28, 24, 26),
    (48, 34, 28),
    (80, 52, 34),
    (122, 78, 46),
    (168, 112, 56),
    (224, 184, 112),
    (186, 74, 40),
    (172, 172, 176),
    (210, 96, 150),
    (70, 110, 190),
)


@dataclass(frozen=True)
class Dancer:
    """A person of the synthetic set; `render` draws them in any pose.

    Attributes:
        build: bodily proportions.
        skin: RGB.
        hair: RGB.
        hair_style: one of `HAIR_STYLES`.
        headband: RGB, or None.
        beard: whether the chin is bearded.
        eyes: RGB of the irises.
        outfit: the clothes.
        backdrop: the place.
    """

    build: Build
    skin: Color
    hair: Color
    hair_style: str
    headband: Color | None
    beard: bool
    eyes: Color
    outfit: Outfit
    backdrop: Backdrop

    @classmethod
    def random(cls, rng: np.random.Generator) -> "Dancer":
        """Draw a person."""
        feminine = bool(rng.random() < 0.5)
        tone = rng.uniform(0, len(_SKIN_TONES) - 1)
        skin = [
            round(np.interp(tone, range(len(_SKIN_TONES)), channel))
            for channel in zip(*_SKIN_TONES, strict=True)
        ]
        backdrop = Backdrop.random(rng)
        outfit = Outfit.random(rng, feminine, avoid=(backdrop.wall, tuple(skin)))
        chances = (
            (0.02, 0.05, 0.08, 0.20, 0.25, 0.18, 0.12, 0.10)
            if feminine
            else (0.12, 0.40, 0.26, 0.03, 0.05, 0.02, 0.03, 0.09)
        )
        common = 0.19
        hair = _HAIR_COLORS[
            rng.choice(
                len(_HAIR_COLORS),
                p=(common, common, common, 0.12, 0.08, 0.08, 0.06, 0.05, 0.02, 0.02),
            )
        ]
        return cls(
            build=Build.random(rng),
            skin=tuple(skin),
            hair=tuple(int(c) for c in np.clip(hair + rng.normal(0, 6, 3), 10, 245)),
            hair_style=str(rng.choice(HAIR_STYLES, p=chances)),
            headband=outfit.back_color if rng.random() < 0.12 else None,
            beard=not feminine and bool(rng.random() < 0.22),
            eyes=((60, 42, 30), (66, 92, 60), (58, 92, 140))[rng.choice(3, p=(0.7, 0.14, 0.16))],
            outfit=outfit,
            backdrop=backdrop,
        )
