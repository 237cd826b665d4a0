"""A dancer's bodily proportions."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Build:
    """Lengths of a body as fractions of its height.

    Attributes:
        head: from crown to chin.
        head_width: width of the head.
        neck: from the base of the neck to the chin.
        torso: from the line of the hips to the line of the shoulders.
        shoulders: distance between the shoulder joints.
        hips: distance between the hip joints.
        waist: ratio of the waist's width to the shoulders' width.
        upper_arm: from shoulder to elbow.
        forearm: from elbow to wrist.
        hand: from wrist to finger tips.
        thigh: from hip to knee.
        calf: from knee to ankle.
        foot: from heel to toes.
        girth: thickness of the limbs relative to the average, 1.
    """

    head: float
    head_width: float
    neck: float
    torso: float
    shoulders: float
    hips: float
    waist: float
    upper_arm: float
    forearm: float
    hand: float
    thigh: float
    calf: float
    foot: float
    girth: float

    @classmethod
    def random(cls, rng: np.random.Generator) -> "Build":
        """Draw random proportions of a plausible adult."""
        head = rng.uniform(0.140, 0.160)
        legs = rng.uniform(0.455, 0.50)
        arms = rng.uniform(0.315, 0.345)
        girth = float(np.clip(rng.normal(1.0, 0.13), 0.78, 1.35))
        width = girth**0.5
        neck = rng.uniform(0.022, 0.034)
        return cls(
            head=head,
            head_width=head * rng.uniform(0.74, 0.82),
            neck=neck,
            # The rest of the height. The ankles' height and the distance from the shoulders up to
            # the base of the neck take 0.076.
            torso=1 - 0.076 - head - neck - legs,
            shoulders=rng.uniform(0.185, 0.225) * width,
            hips=rng.uniform(0.105, 0.125) * width,
            waist=float(np.clip(rng.uniform(0.62, 0.76) * girth**0.35, 0.58, 0.9)),
            upper_arm=arms * 0.53,
            forearm=arms * 0.47,
            hand=rng.uniform(0.078, 0.090),
            thigh=legs * 0.51,
            calf=legs * 0.49,
            foot=rng.uniform(0.100, 0.118),
            girth=girth,
        )

    @classmethod
    def wide(cls, rng: np.random.Generator) -> "Build":
        """Draw random proportions of any person: slight or stout, adult or child."""
        young = rng.random() < 0.1
        head = rng.uniform(0.158, 0.19) if young else rng.uniform(0.128, 0.156)
        legs = rng.uniform(0.44, 0.47) if young else rng.uniform(0.45, 0.515)
        arms = rng.uniform(0.30, 0.35)
        girth = float(np.clip(np.exp(rng.normal(0.02, 0.18)), 0.68, 1.75))
        width = girth**0.5
        neck = rng.uniform(0.016, 0.036)
        return cls(
            head=head,
            head_width=head * rng.uniform(0.68, 0.82),
            neck=neck,
            torso=1 - 0.076 - head - neck - legs,
            shoulders=rng.uniform(0.175, 0.235) * width,
            hips=rng.uniform(0.098, 0.128) * width,
            waist=float(np.clip(rng.uniform(0.62, 0.86) * girth**0.45, 0.58, 1.08)),
            upper_arm=arms * rng.uniform(0.51, 0.55),
            forearm=arms * rng.uniform(0.45, 0.49),
            hand=rng.uniform(0.072, 0.092),
            thigh=legs * rng.uniform(0.50, 0.52),
            calf=legs * 0.49,
            foot=rng.uniform(0.10, 0.125),
            girth=girth,
        )
