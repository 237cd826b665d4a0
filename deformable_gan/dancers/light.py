"""The light on a dancer."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

#: Entries of the lookup tables for half a cross section.
CURVES = 512


@dataclass(frozen=True)
class Light:
    """A distant light and the light of the surroundings.

    Attributes:
        direction: from where the light comes, (right, down, towards the viewer).
        ambient: brightness of a surface that the light does not reach.
        diffuse: additional brightness of a surface that faces the light.
        rim: how much darker outlines are.
        tint: gains of red, green and blue.
    """

    # From the upper left, slightly in front of the dancer.
    direction: tuple[float, ...] = (-0.42, -0.50, 0.76)
    ambient: float = 0.60
    diffuse: float = 0.47
    rim: float = 0.16
    tint: tuple[float, ...] = field(default=(1.0, 1.0, 1.0))

    @classmethod
    def random(cls, rng: np.random.Generator) -> "Light":
        """Draw a random light from any side, hard or soft, of any common colour."""
        side = rng.uniform(-1, 1)
        above = rng.uniform(-0.1, 1.0)
        towards = rng.uniform(0.15, 1.0)
        direction = np.array([side, -above, towards])
        direction /= np.linalg.norm(direction)
        ambient = rng.uniform(0.45, 0.88)
        # A surface that faces the viewer is about as bright as its texture.
        diffuse = (rng.uniform(0.92, 1.04) - ambient) / max(float(direction[2]), 0.45)
        warmth, green = rng.normal(0, 0.05), rng.normal(0, 0.02)
        brightness = rng.uniform(0.78, 1.10)
        gains = brightness * np.exp([warmth, green, -warmth])
        return cls(
            direction=tuple(float(value) for value in direction),
            ambient=float(ambient),
            diffuse=float(diffuse),
            rim=float(rng.uniform(0.0, 0.2)),
            tint=tuple(float(gain) for gain in gains),
        )

    @cached_property
    def facing(self) -> np.ndarray:
        """The brightness of a cross section from its middle to its rim, float32 [CURVES + 1]."""
        rim = np.linspace(0, 1, CURVES + 1)
        light = self.ambient + self.diffuse * self.direction[2] * np.sqrt(1 - rim**2)
        return (light - self.rim * np.clip(rim - 0.75, 0, 1) * 4).astype(np.float32)
