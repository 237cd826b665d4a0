"""What a face looks like beyond skin and hair."""

from dataclasses import dataclass

import numpy as np

GLASSES = ("none", "thin", "thick", "dark")
BEARDS = ("none", "stubble", "moustache", "goatee", "full")


@dataclass(frozen=True)
class Features:
    """Sizes and strengths of a face's features.

    Attributes:
        eye_size: over that of a plain drawing.
        eye_white: how bright the white of the eyes is, 0 for the skin's shade.
        sockets: how dark the shade around the eyes is.
        brow: thickness of the brows.
        lips: how red they are, 0 to 1.
        smile: how far the mouth's corners rise; beyond 0.8 teeth are seen.
        nose: how dark the shade beside and under it is.
        cheeks: how red they are, 0 to 1.
        beard: one of `BEARDS`.
        glasses: one of `GLASSES`.
        hair_line: how far down the forehead the hair reaches, from crown to chin.
        parting: by how much one side reaches farther than the other.
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
        """Draw a face."""
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
