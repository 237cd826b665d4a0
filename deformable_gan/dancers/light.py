"""The light on a dancer."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

#: Number of steps in each lookup table over a limb's cross section; a table has one entry more.
TABLE_STEPS = 512


@dataclass(frozen=True)
class Light:
    """A distant light and the light of the surroundings.

    Attributes:
        direction: unit vector towards the light, with components (right, down, towards the viewer).
        ambient: brightness of a surface that the light does not reach.
        diffuse: additional brightness of a surface that faces the light.
        rim: how much darker outlines are.
        tint: gains of red, green and blue.
    """

    # From the upper left and mostly from the front.
    direction: tuple[float, ...] = (-0.42, -0.50, 0.76)
    ambient: float = 0.60
    diffuse: float = 0.47
    rim: float = 0.16
    tint: tuple[float, ...] = field(default=(1.0, 1.0, 1.0))

    @classmethod
    def random(cls, rng: np.random.Generator) -> "Light":
        """Choose a random light in front of the dancer, hard or soft, of any common colour."""
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
    def frontal_brightness(self) -> np.ndarray:
        """The brightness from a limb's middle to its outline, float32 [TABLE_STEPS + 1].

        The sideways part of the light is not included.
        """
        across = np.linspace(0, 1, TABLE_STEPS + 1)
        light = self.ambient + self.diffuse * self.direction[2] * np.sqrt(1 - across**2)
        return (light - self.rim * np.clip(across - 0.75, 0, 1) * 4).astype(np.float32)
