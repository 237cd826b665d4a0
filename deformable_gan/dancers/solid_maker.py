"""From body heights to solids on a canvas."""

from dataclasses import dataclass

import numpy as np

from deformable_gan.dancers.body import CAMERA_PITCH
from deformable_gan.dancers.camera import Camera
from deformable_gan.dancers.shapes import DEPTH_RATIOS
from deformable_gan.dancers.sweep import Sweep

SIDES = (("left", 1), ("right", -1))
_LIMBS = ("upper_arm", "forearm", "hand", "thumb", "thigh", "calf", "foot")
#: Number of each solid on the canvas; 0 is the background.
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
    """Makes the solids of one dancer's body for one picture.

    Attributes:
        shapes: half widths by part in body heights, from `shape_parts`.
        textures: by part, from `paint_wardrobe`.
        camera: of the canvas.
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
            part: its name in `PARTS`.
            axis: start and end [3] in body heights.
            front: direction [3] of its front.
            depth: its place in the order of painting, from `depth_of`.
            shape: name of its shape; None for the part's.
            texture: name of its texture; None for the part's.
            width: by which the shape's half widths are multiplied.
            radius: half widths in body heights instead of a shape's.
            fronts: angles of the front at start and end instead of `front`'s.
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
        """Return the angle of a direction [3] around an axis, as `Sweep.front`."""
        _, lateral = self.directions(axis)
        return float(np.arctan2(front[:2] @ lateral, front[2]))

    def directions(self, axis: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Return the unit vectors [2] along an axis on the canvas and lateral to it."""
        along = (axis[1] - axis[0])[:2]
        along = along / max(float(np.hypot(*along)), 1e-9)
        return along, np.array([along[1], -along[0]])


def depth_of(*points: np.ndarray) -> float:
    """Return how near to the viewer a solid at the points [3] is among those it may overlap.

    Of points in one line of sight the nearer one is farther forward on the floor too, and that
    measure does not favour what is higher up, as the distance from a tilted camera would.
    """
    _, y, z = sum(points) / len(points)  # type: ignore[misc]  # arrays, all of them
    return float(z * np.cos(CAMERA_PITCH) + y * np.sin(CAMERA_PITCH))
