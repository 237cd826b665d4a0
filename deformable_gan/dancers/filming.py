"""The camera in front of a dance, which stands still or follows the dancer."""

from dataclasses import dataclass

import numpy as np

from deformable_gan.dancers.body import Body
from deformable_gan.dancers.camera import Camera
from deformable_gan.dancers.framing import frame_body

_TORSO = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
_EDGE = 0.06  # least distance of the torso from the image's edges, in image widths or heights


@dataclass(frozen=True)
class Filming:
    """The bodies of a dance and the cameras that film them.

    Attributes:
        bodies: one per image.
        cameras: one per image.
        still: whether all cameras are the same one, which stands still.
    """

    bodies: list[Body]
    cameras: list[Camera]
    still: bool

    @classmethod
    def random(
        cls,
        bodies: list[Body],
        image_size: tuple[int, int],
        rng: np.random.Generator,
    ) -> "Filming":
        """Film a dance in a random way that keeps the joints of the torso in every image.

        Args:
            bodies: the dancer's bodies, one per image, all at the same place.
            image_size: (height, width) in pixels.
            rng: determines the filming.
        """
        if rng.random() < 0.78:
            return _stand_still(bodies, image_size, rng)
        nearness = rng.uniform(0.68, 1.08)
        cameras = [
            _kept_inside(_zoomed(frame_body(body, image_size, rng), nearness, image_size), body,
                         image_size)
            for body in bodies
        ]  # fmt: skip
        return cls(bodies, cameras, still=False)


def _stand_still(
    bodies: list[Body], image_size: tuple[int, int], rng: np.random.Generator
) -> Filming:
    height, width = image_size
    spans = np.array([_span(body) for body in bodies])
    # Stretched limbs may leave the image slightly.
    needed = float(np.quantile(spans[:, 1] - spans[:, 0], 0.85)) * rng.uniform(0.72, 1.0)
    fill = 0.5 + 0.45 * rng.beta(2.2, 1.1)
    if rng.random() < 0.07:
        fill = rng.uniform(0.95, 1.25)  # near enough to cut off the feet
    scale = min(fill * height, max(width / needed, 0.62 * fill * height, 0.5 * height))
    room = max(0.0, width / 2 / scale - 0.2)
    middle = rng.uniform(-0.6, 0.6) * room
    reach = rng.uniform(0.0, 1.0) * room
    phases, speeds = rng.uniform(0, 2 * np.pi, 2), rng.uniform(0.2, 0.8, 2)
    steps = np.arange(len(bodies))[:, None] * speeds + phases
    walk = middle + reach * (np.sin(steps) @ (0.6, 0.4))
    free = max(0.0, height - 1.02 * scale)
    bottom = min(rng.uniform(0.01, 0.09) * height + rng.uniform(0, 0.6) * free, 0.97 * free)
    origin = ((width - 1) / 2, height - max(bottom, 0.015 * height) - 0.02 * scale)
    if scale > 0.98 * height:  # keep the head in the image, with a little space above it
        origin = (origin[0], (1.02 + rng.uniform(0.0, 0.04)) * scale)
    camera = _all_torsos_in_height(
        Camera(float(scale), (float(origin[0]), float(origin[1]))), bodies, height
    )
    placed = []
    for body, place in zip(bodies, walk, strict=True):
        torso = _torso(body)
        left = (width * _EDGE - origin[0]) / camera.scale - torso[:, 0].min()
        right = (width * (1 - _EDGE) - origin[0]) / camera.scale - torso[:, 0].max()
        place = float(np.clip(place, min(left, right), max(left, right)))
        placed.append(body.moved(place))
    return Filming(placed, [camera] * len(bodies), still=True)


def _all_torsos_in_height(camera: Camera, bodies: list[Body], height: int) -> Camera:
    """Return the camera, adjusted if people who jump or lie would leave the image vertically.

    Invented dances contain no such poses, and their cameras stay unchanged.
    """
    down = np.concatenate([_torso(body)[:, 1] for body in bodies])
    low, high = float(down.min()), float(down.max())
    scale = min(camera.scale, (height - 1) / max(high - low, 1e-9))
    bottom = float(np.clip(camera.origin[1], -scale * low, height - 1 - scale * high))
    return Camera(scale, (camera.origin[0], bottom))


def _zoomed(camera: Camera, factor: float, image_size: tuple[int, int]) -> Camera:
    """Return the camera, zoomed by `factor` about a point slightly below the image's middle."""
    x, y = (image_size[1] - 1) / 2, 0.6 * image_size[0]
    return Camera(
        camera.scale * factor,
        (x + (camera.origin[0] - x) * factor, y + (camera.origin[1] - y) * factor),
    )


def _kept_inside(camera: Camera, body: Body, image_size: tuple[int, int]) -> Camera:
    """Return the camera, moved just far enough to keep the torso `_EDGE` from the edges."""
    torso = camera.project(_torso(body))
    size = np.array(image_size[::-1])
    low = size * _EDGE - torso.min(axis=0)
    high = size * (1 - _EDGE) - torso.max(axis=0)
    moved = np.clip(0.0, np.minimum(low, high), np.maximum(low, high))
    return Camera(camera.scale, (camera.origin[0] + moved[0], camera.origin[1] + moved[1]))


def _torso(body: Body) -> np.ndarray:
    return np.array([body.points[name] for name in _TORSO])[:, :2]


def _span(body: Body) -> tuple[float, float]:
    across = [point[0] for point in body.points.values()]
    return min(across), max(across)
