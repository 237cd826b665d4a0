"""The features of a face, apart from skin and hair."""

from dataclasses import dataclass

import numpy as np

GLASSES = ("none", "thin", "thick", "dark")
BEARDS = ("none", "stubble", "moustache", "goatee", "full")


@dataclass(frozen=True)
class Features:
    """Sizes and strengths of a face's features.

    Attributes:
        eye_size: relative to a plain drawing.
        eye_white: brightness of the white of the eyes, 0 for the skin's shade.
        sockets: darkness around the eyes.
        brow: thickness of the brows.
        lips: redness of the lips, 0 to 1.
        smile: how far the mouth's corners rise; above 0.8 teeth are visible.
        nose: darkness beside and below the nose.
        cheeks: redness of the cheeks, 0 to 1.
        beard: one of `BEARDS`.
        glasses: one of `GLASSES`.
        hair_line: how far down the forehead the hair reaches, 0 at the crown and 1 at the chin.
        parting: how much farther down the hair reaches on one side than in the middle.
        mottle: unevenness of the skin and of the hair.
    """

    eye_size: float
    eye_white: float
    sockets: float
    brow: float
    lips: float
    smile: float
    nose: float
    cheeks: float
    beard: str
    glasses: str
    hair_line: float
    parting: float
    mottle: float

    @classmethod
    def random(cls, rng: np.random.Generator, feminine: bool) -> "Features":
        """Draw a random face."""
        beard = "none"
        if not feminine and rng.random() < 0.45:
            beard = str(rng.choice(BEARDS[1:], p=(0.4, 0.1, 0.15, 0.35)))
        glasses = str(rng.choice(GLASSES, p=(0.78, 0.08, 0.08, 0.06)))
        return cls(
            eye_size=float(rng.uniform(0.55, 0.95)),
            eye_white=float(rng.uniform(0.2, 0.9)),
            sockets=float(rng.uniform(0.05, 0.35)),
            brow=float(rng.uniform(0.5, 1.3)),
            lips=float(rng.uniform(0.3, 0.9) if feminine else rng.uniform(0.1, 0.45)),
            smile=float(rng.uniform(-0.3, 1.3)),
            nose=float(rng.uniform(0.08, 0.32)),
            cheeks=float(rng.uniform(0.0, 0.2)),
            beard=beard,
            glasses=glasses,
            hair_line=float(rng.uniform(0.19, 0.40)),
            parting=float(rng.normal(0, 0.04)),
            mottle=float(rng.uniform(0.0, 0.14)),
        )
