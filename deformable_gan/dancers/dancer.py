"""A synthetic person: body, hair, clothes and place."""

from dataclasses import dataclass, field

import numpy as np

from deformable_gan.dancers.backdrop import Backdrop
from deformable_gan.dancers.build import Build
from deformable_gan.dancers.features import Features
from deformable_gan.dancers.light import Light
from deformable_gan.dancers.outfit import Outfit
from deformable_gan.dancers.places.scenery import Scenery
from deformable_gan.dancers.recording import Recording
from deformable_gan.dancers.shadows import Shadows
from deformable_gan.dancers.tones import Color, cloth_color, hsv_color
from deformable_gan.errors import ConfigurationError

#: How much dancers differ: `plain` ones are clear drawings in front of simple backdrops; `wide`
#: ones vary as much as people in photographs.
VARIETIES = ("plain", "wide")
HAIR_STYLES = ("bald", "short", "crop", "bob", "long", "ponytail", "bun", "afro")
#: Hair styles of wide dancers; the last three are headgear that covers the hair.
WIDE_HAIR_STYLES = (*HAIR_STYLES, "pigtails", "cap", "beanie", "scarf")

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
    """A synthetic person, whom `render` draws in any pose.

    Attributes:
        build: bodily proportions.
        skin: RGB.
        hair: RGB.
        hair_style: one of `WIDE_HAIR_STYLES`.
        headband: RGB, or None.
        beard: whether a plain drawing has a beard; see `features` for other dancers.
        eyes: RGB of the irises.
        outfit: the clothes.
        backdrop: the place.
        hair_volume: thickness of the hair relative to a plain drawing.
        hair_length: how far long hair hangs down, in body heights.
        nose: distance of the tip of the nose from the head's axis, relative to half the head's
            width.
        cover: RGB of a cap, a beanie or a scarf, or None.
        features: features of the face; None for a plain drawing.
        light: the light on the dancer.
        shadows: the dancer's shadows; None for a plain drawing's dark spot on the floor.
        recording: the camera's effects on the images; None for no effects.
        seed: seed of irregular details.
    """

    build: Build
    skin: Color
    hair: Color
    hair_style: str
    headband: Color | None
    beard: bool
    eyes: Color
    outfit: Outfit
    backdrop: Backdrop | Scenery
    hair_volume: float = 1.0
    hair_length: float = 0.115
    nose: float = 1.20
    cover: Color | None = None
    features: Features | None = None
    light: Light = field(default_factory=Light)
    shadows: Shadows | None = None
    recording: Recording | None = None
    seed: int = 0

    @classmethod
    def random(cls, rng: np.random.Generator, variety: str = "plain") -> "Dancer":
        """Return a random person.

        Args:
            rng: determines the person.
            variety: one of `VARIETIES`.

        Raises:
            ConfigurationError: the variety is unknown.
        """
        if variety not in VARIETIES:
            raise ConfigurationError(
                f"variety must be one of {', '.join(VARIETIES)}, received {variety!r}"
            )
        return cls._plain(rng) if variety == "plain" else cls._wide(rng)

    @classmethod
    def _plain(cls, rng: np.random.Generator) -> "Dancer":
        feminine = bool(rng.random() < 0.5)
        skin = tuple(int(c) for c in _skin(rng))
        backdrop = Backdrop.random(rng)
        outfit = Outfit.random(rng, feminine, avoid=(backdrop.wall, skin))
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
            skin=skin,
            hair=tuple(int(c) for c in np.clip(hair + rng.normal(0, 6, 3), 10, 245)),
            hair_style=str(rng.choice(HAIR_STYLES, p=chances)),
            headband=outfit.back_color if rng.random() < 0.12 else None,
            beard=not feminine and bool(rng.random() < 0.22),
            eyes=((60, 42, 30), (66, 92, 60), (58, 92, 140))[rng.choice(3, p=(0.7, 0.14, 0.16))],
            outfit=outfit,
            backdrop=backdrop,
        )

    @classmethod
    def _wide(cls, rng: np.random.Generator) -> "Dancer":
        feminine = bool(rng.random() < 0.5)
        skin = tuple(int(c) for c in np.clip(_skin(rng) * np.exp(rng.normal(0, 0.04, 3)), 8, 250))
        scenery = Scenery.random(rng)
        light = Light.random(rng)
        chances = (
            (0.01, 0.04, 0.06, 0.14, 0.26, 0.16, 0.10, 0.07, 0.05, 0.03, 0.03, 0.05)
            if feminine
            else (0.10, 0.32, 0.24, 0.03, 0.06, 0.03, 0.03, 0.05, 0.0, 0.09, 0.05, 0.0)
        )
        style = str(rng.choice(WIDE_HAIR_STYLES, p=chances))
        outfit = Outfit.wide(rng, feminine, skin)
        cover = cloth_color(rng) if style in ("cap", "beanie", "scarf") else None
        return cls(
            build=Build.wide(rng),
            skin=skin,
            hair=_natural_hair(rng),
            hair_style=style,
            headband=cloth_color(rng) if cover is None and rng.random() < 0.05 else None,
            beard=False,
            eyes=((52, 38, 28), (76, 86, 60), (70, 88, 116))[rng.choice(3, p=(0.74, 0.12, 0.14))],
            outfit=outfit,
            backdrop=scenery,
            hair_volume=float(rng.uniform(0.86, 1.2)),
            hair_length=float(rng.uniform(0.02, 0.26)),
            nose=float(rng.uniform(1.08, 1.2)),
            cover=cover,
            features=Features.random(rng, feminine),
            light=light,
            shadows=Shadows.random(rng, light.direction, scenery.floor != "none"),  # type: ignore[arg-type]  # a tuple of three numbers
            recording=Recording.random(rng),
            seed=int(rng.integers(2**31)),
        )


def _skin(rng: np.random.Generator) -> np.ndarray:
    tone = rng.uniform(0, len(_SKIN_TONES) - 1)
    channels = zip(*_SKIN_TONES, strict=True)
    return np.array([round(np.interp(tone, range(len(_SKIN_TONES)), c)) for c in channels])


def _natural_hair(rng: np.random.Generator) -> Color:
    kind = rng.random()
    if kind < 0.46:  # black to dark brown
        return hsv_color(rng.uniform(4, 16), rng.uniform(20, 120), rng.uniform(14, 62))
    if kind < 0.70:  # brown
        return hsv_color(rng.uniform(7, 15), rng.uniform(80, 150), rng.uniform(60, 130))
    if kind < 0.84:  # blond
        return hsv_color(rng.uniform(12, 22), rng.uniform(50, 130), rng.uniform(130, 225))
    if kind < 0.89:  # red
        return hsv_color(rng.uniform(4, 11), rng.uniform(140, 200), rng.uniform(90, 170))
    if kind < 0.97:  # grey and white
        return hsv_color(rng.uniform(8, 20), rng.uniform(0, 25), rng.uniform(100, 235))
    return hsv_color(rng.uniform(0, 180), rng.uniform(90, 200), rng.uniform(90, 220))
