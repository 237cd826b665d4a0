"""A dancer's shadows on floor and wall."""

from dataclasses import dataclass

import cv2
import numpy as np

from deformable_gan.dancers.body import Body
from deformable_gan.dancers.camera import Camera

_FEET = [f"{side}_{end}" for side in ("left", "right") for end in ("heel", "toe")]


@dataclass(frozen=True)
class Shadows:
    """The shadows that a dancer casts; strengths range from 0 (none) to 1 (black).

    Attributes:
        contact: strength of the spot below each foot.
        contact_size: half the spot's width, in body heights.
        cast: strength of the shadow on the floor.
        slope: position of a body point's shadow on the floor relative to the ground below the
            point, as (right, up) in the image per unit of the point's height; a negative second
            number is a shadow towards the viewer.
        cast_softness: blur of the shadow on the floor, in body heights.
        wall: strength of the shadow on a wall.
        wall_offset: displacement of the shadow on the wall from the body, as (right, down), in body
            heights.
        wall_softness: blur of the shadow on the wall, in body heights.
    """

    contact: float = 0.0
    contact_size: float = 0.06
    cast: float = 0.0
    slope: tuple[float, float] = (0.5, 0.2)
    cast_softness: float = 0.02
    wall: float = 0.0
    wall_offset: tuple[float, float] = (0.1, 0.0)
    wall_softness: float = 0.03

    @classmethod
    def random(
        cls, rng: np.random.Generator, light: tuple[float, float, float], floor: bool
    ) -> "Shadows":
        """Draw random shadows, often none.

        Args:
            rng: determines the shadows.
            light: direction towards the light, as (right, down, towards the viewer).
            floor: whether there is a floor for shadows.
        """
        contact = rng.uniform(0.1, 0.6) if rng.random() < (0.55 if floor else 0.15) else 0.0
        cast = rng.uniform(0.1, 0.6) if rng.random() < (0.32 if floor else 0.04) else 0.0
        wall = rng.uniform(0.08, 0.45) if rng.random() < 0.16 else 0.0
        side = -np.sign(light[0]) if light[0] else 1.0
        up = rng.uniform(0.06, 0.45) if rng.random() < 0.75 else -rng.uniform(0.03, 0.12)
        return cls(
            contact=float(contact),
            contact_size=float(rng.uniform(0.035, 0.13)),
            cast=float(cast),
            slope=(float(side * rng.uniform(0.0, 1.1)), float(up)),
            cast_softness=float(rng.choice((0.004, 0.012, 0.03, 0.06))),
            wall=float(wall),
            wall_offset=(float(side * rng.uniform(0.02, 0.3)), float(rng.uniform(-0.03, 0.12))),
            wall_softness=float(rng.uniform(0.006, 0.08)),
        )

    def cover(self, mask: np.ndarray, body: Body, camera: Camera) -> np.ndarray | None:
        """Return the share of the light that remains in the shadows, or None without shadows.

        Args:
            mask: uint8 [H, W], 255 on the dancer.
            body: the posed body.
            camera: the image's camera.

        Returns:
            float32 [H, W] from 0 to 1.
        """
        light = None
        if self.wall > 0:
            x, y = np.multiply(self.wall_offset, camera.scale)
            moved = np.array([[1, 0, x], [0, 1, y]], np.float32)
            light = _dim(light, mask, moved, self.wall, self.wall_softness * camera.scale)
        if self.cast > 0:
            right, up = self.slope
            ground = float(camera.project(body.points["left_toe"])[1])
            ground = max(ground, float(camera.project(body.points["right_toe"])[1]))
            # The shadow of a point at height t above the ground lies t * right beside the point and
            # t * up above the ground.
            laid = np.array([[1, -right, right * ground], [0, up, ground * (1 - up)]], np.float32)
            light = _dim(light, mask, laid, self.cast, self.cast_softness * camera.scale)
        if self.contact > 0:
            light = self._touch(light, body, camera, mask.shape)
        return light

    def _touch(
        self, light: np.ndarray | None, body: Body, camera: Camera, size: tuple[int, int]
    ) -> np.ndarray:
        feet = np.array([body.points[name] for name in _FEET])
        lowest = float(feet[:, 1].max())
        light = np.ones(size, np.float32) if light is None else light
        y, x = np.ogrid[: size[0], : size[1]]
        for heel, toe in (feet[:2], feet[2:]):
            lift = max(0.0, lowest - float(max(heel[1], toe[1])) - 0.05)
            strength = self.contact * np.exp(-((lift / 0.08) ** 2))
            if strength < 0.02:
                continue
            center = camera.project(np.array([(heel[0] + toe[0]) / 2, max(heel[1], toe[1])]))
            half_width = camera.scale * (self.contact_size + 0.5 * abs(toe[0] - heel[0]))
            half_height = camera.scale * (0.012 + 0.25 * self.contact_size)
            across = (x - np.float32(center[0])) / np.float32(half_width)
            down = (y - np.float32(center[1])) / np.float32(half_height)
            light = light * (1 - np.float32(strength) * np.exp(-(across**2) - down**2))
        return light.astype(np.float32)


def _dim(
    light: np.ndarray | None, mask: np.ndarray, motion: np.ndarray, strength: float, blur: float
) -> np.ndarray:
    """Return the light [H, W] after dimming it under the moved and blurred mask."""
    shadow = cv2.warpAffine(mask, motion, mask.shape[::-1], flags=cv2.INTER_LINEAR)
    if blur > 0.3:
        shadow = cv2.GaussianBlur(shadow, (0, 0), blur)
    left = 1 - shadow.astype(np.float32) * np.float32(strength / 255)
    return left if light is None else np.minimum(light, left)
