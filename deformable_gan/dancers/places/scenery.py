"""Places as in photographs: walls, floors, things, light and a lens that may be out of focus."""

from dataclasses import dataclass

import cv2
import numpy as np

from deformable_gan.dancers.noise import fractal_noise
from deformable_gan.dancers.places.floors import paint_floor
from deformable_gan.dancers.places.outdoors import OUTDOORS
from deformable_gan.dancers.places.things import paint_things
from deformable_gan.dancers.places.walls import paint_wall
from deformable_gan.dancers.tones import Color, place_color

_WALLS = {
    "plain": 0.24,
    "gradient": 0.08,
    "glow": 0.05,
    "plaster": 0.11,
    "bricks": 0.06,
    "planks": 0.06,
    "wallpaper": 0.03,
    "curtain": 0.04,
    "foliage": 0.10,
    "landscape": 0.10,
    "street": 0.07,
    "blurred": 0.06,
}
_BARE = ("plain", "gradient", "glow", "blurred")


@dataclass(frozen=True)
class Scenery:
    """A place, defined by a few numbers and a seed.

    Attributes:
        wall: kind of wall behind the dancer; see `paint_wall`.
        wall_color: RGB.
        floor: kind of floor (see `paint_floor`), or `cove` for a floor into which the wall blends,
            or `none` for no visible floor.
        floor_color: RGB.
        distance: distance of the floor's upper end above the feet in the image, in body heights.
        things: number of things in the place.
        unevenness: unevenness of the light, 0 for even light.
        defocus: standard deviation of the background's blur, relative to the image's height.
        seed: seed of the arrangement.
    """

    wall: str
    wall_color: Color
    floor: str
    floor_color: Color
    distance: float
    things: int
    unevenness: float
    defocus: float
    seed: int

    @classmethod
    def random(cls, rng: np.random.Generator) -> "Scenery":
        """Draw a random place."""
        wall = str(rng.choice(list(_WALLS), p=np.array(list(_WALLS.values()))))
        wall_color, floor_color = place_color(rng), place_color(rng)
        if wall == "plain" and rng.random() < 0.55:  # a white studio
            level = int(rng.choice((255, 252, 245, 235)))
            wall_color = (level, level, level)
        outdoors = wall in OUTDOORS
        luck = rng.random()
        if outdoors:
            floor = str(rng.choice(("grass", "ground", "paving", "ground")))
        elif wall in _BARE and luck < 0.55:
            floor = "none" if luck < 0.33 else "cove"
        else:
            floor = str(rng.choice(("even", "boards", "tiles", "carpet", "even")))
        if floor == "cove" and rng.random() < 0.6:
            floor_color = wall_color
        bare = wall in _BARE and rng.random() < 0.6
        return cls(
            wall=wall,
            wall_color=wall_color,
            floor=floor,
            floor_color=floor_color,
            distance=float(
                rng.uniform(0.03, 0.34) if rng.random() < 0.8 else rng.uniform(0.3, 0.7)
            ),
            things=0 if bare else int(rng.choice((0, 1, 2, 3, 5, 8, 12))),
            unevenness=float(rng.uniform(0, 0.10) if bare else rng.uniform(0.0, 0.35)),
            defocus=float(
                rng.choice((0.0, 0.002, 0.005, 0.012, 0.025), p=(0.42, 0.24, 0.16, 0.11, 0.07))
            ),
            seed=int(rng.integers(2**31)),
        )

    def paint(self, height: int, width: int, feet: float, unit: float) -> np.ndarray:
        """Return an image of the place without the dancer, uint8 [height, width, 3].

        Args:
            height: the image's height in pixels.
            width: the image's width in pixels.
            feet: the row on which the dancer stands.
            unit: a body height in pixels.
        """
        rng = np.random.default_rng(self.seed)
        horizon = height if self.floor == "none" else round(feet - self.distance * unit)
        horizon = int(np.clip(horizon, 0.25 * height, height))
        image = paint_wall(self.wall, self.wall_color, (height, width), horizon, unit, rng)
        if self.floor not in ("none", "cove"):
            paint_floor(image, self.floor, self.floor_color, horizon, unit, rng)
        elif self.floor == "cove":
            _sweep_over(image, self.floor_color, horizon, unit)
        outdoors = self.wall in OUTDOORS
        paint_things(image, self.things, outdoors, horizon, unit, rng)
        if self.unevenness > 0:
            light = fractal_noise(rng, (height, width), (1, 1), octaves=2)
            light = 1 + np.float32(2 * self.unevenness) * (light - 0.5)
            if rng.random() < 0.4:
                y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
                light = light * (1 - self.unevenness * 0.5 * (x**2 + y**2)).astype(np.float32)
            image = image * light[..., None]
        image = np.clip(image, 0, 255).astype(np.uint8)
        blur = self.defocus * height
        if blur > 0.3:
            image = cv2.GaussianBlur(image, (0, 0), blur)
            if blur > 2 and rng.random() < 0.5:
                _scatter_lights(image, unit, rng)
        return image


def _sweep_over(image: np.ndarray, color: Color, horizon: int, unit: float) -> None:
    """Blend the wall into a floor of another colour without an edge."""
    rows = np.arange(len(image), dtype=np.float32)[:, None, None]
    amount = np.clip((rows - horizon) / (0.12 * unit) + 0.5, 0, 1)
    amount = amount * amount * (3 - 2 * amount)
    image += amount * (np.array(color, np.float32) * 0.97 - image)


def _scatter_lights(image: np.ndarray, unit: float, rng: np.random.Generator) -> None:
    """Add the discs of lights that are out of focus."""
    height, width = image.shape[:2]
    layer = image.copy()
    radius = rng.uniform(0.012, 0.05) * unit
    tone = rng.uniform(0.5, 1.0, 3)
    for _ in range(int(rng.integers(4, 30))):
        center = (int(rng.integers(width)), int(rng.integers(height * 3 // 4)))
        color = tuple(int(c) for c in 255 * (1 - rng.uniform(0, 0.8) * tone))
        size = max(1, round(radius * rng.uniform(0.7, 1.2)))
        cv2.circle(layer, center, size, color, -1, cv2.LINE_AA)
    strength = rng.uniform(0.25, 0.7)
    # Lights are brighter than the background.
    np.maximum(layer, image, out=layer)
    cv2.addWeighted(layer, strength, image, 1 - strength, 0, dst=image)
