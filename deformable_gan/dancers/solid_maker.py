"""Making the solids of a body on a canvas from positions in body heights."""

from dataclasses import dataclass

import numpy as np

from deformable_gan.dancers.body import CAMERA_PITCH
from deformable_gan.dancers.camera import Camera
from deformable_gan.dancers.shapes import DEPTH_RATIOS
from deformable_gan.dancers.sweep import Sweep

SIDES = (("left", 1), ("right", -1))
_LIMBS = ("upper_arm", "forearm", "hand", "thumb", "thigh", "calf", "foot")
#: The number of each solid on the canvas; 0 is the background.
PARTS = {
    name: number
    for number, name in enumerate(
        (
            *("torso", "hips", "skirt", "neck", "head", "nose", "hair", "tail"),
            *("left_ear", "right_ear"),
            *(f"{side}_{limb}" for side, _ in SIDES for limb in _LIMBS),
        ),
        start=1,
    )
}


@dataclass(frozen=True)
class SolidMaker:
    """A maker of the solids of one dancer's body for one image.

    Attributes:
        shapes: half widths by part in body heights, from `shape_parts`.
        textures: uint8 [h, w, 3] by part, from `paint_wardrobe`.
        camera: the canvas's camera.
    """

    shapes: dict[str, np.ndarray]
    textures: dict[str, np.ndarray]
    camera: Camera

    def make(
        self,
        part: str,
        axis: tuple[np.ndarray, np.ndarray],
        front: np.ndarray,
        depth: float,
        *,
        shape: str | None = None,
        texture: str | None = None,
        width: float = 1.0,
        radius: np.ndarray | None = None,
        fronts: tuple[float, float] | None = None,
        shear: tuple[float, float] = (0.0, 0.0),
        caps: tuple[float, float] = (1.0, 1.0),
    ) -> Sweep:
        """Return a solid.

        Args:
            part: the solid's name in `PARTS`.
            axis: its start and end [3] in body heights.
            front: direction [3] of its front.
            depth: its position in the painting order, from `depth_of`.
            shape: name of its shape; None for the part's shape.
            texture: name of its texture; None for the part's texture.
            width: factor for the shape's half widths.
            radius: half widths in body heights, in place of the shape's.
            fronts: angles of the front at start and end, in place of `front`.
            shear: see `Sweep`.
            caps: see `Sweep`.
        """
        shape = shape or part
        if radius is None:
            radius = self.shapes[shape] * width
        if fronts is None:
            fronts = (self.front_angle(axis, front),) * 2
        start, end = (self.camera.project(point) for point in axis)
        return Sweep(
            start=start,
            end=end,
            radius=radius * self.camera.scale,
            depth_ratio=DEPTH_RATIOS.get(shape, 1.0),
            front=fronts,
            texture=self.textures[texture or part],
            part=PARTS[part],
            depth=depth,
            shear=shear,
            caps=caps,
        )

    def front_angle(self, axis: tuple[np.ndarray, np.ndarray], front: np.ndarray) -> float:
        """Return the angle of a direction [3] around an axis, as in `Sweep.front`."""
        _, lateral = self.directions(axis)
        return float(np.arctan2(front[:2] @ lateral, front[2]))

    def directions(self, axis: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Return the unit vectors [2] on the canvas along an axis and lateral to it."""
        along = (axis[1] - axis[0])[:2]
        along = along / max(float(np.hypot(*along)), 1e-9)
        return along, np.array([along[1], -along[0]])


def depth_of(*points: np.ndarray) -> float:
    """Return how near the viewer a solid with the points [3] is, to order overlapping solids.

    Of two points on one line of sight, the nearer one is also farther forward on the floor. Unlike
    the distance from a tilted camera, this measure does not favour higher points.
    """
    _, y, z = sum(points) / len(points)  # type: ignore[misc]  # a sum of arrays
    return float(z * np.cos(CAMERA_PITCH) + y * np.sin(CAMERA_PITCH))
