"""The camera in front of a dancer."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Camera:
    """A mapping from body heights to pixels: pixel = scale * (x, y) + origin.

    Attributes:
        scale: pixels per body height.
        origin: (x, y) in pixels of the point on the floor below a dancer whose `Pose.place` is 0.
    """

    scale: float
    origin: tuple[float, float]

    def project(self, point: np.ndarray) -> np.ndarray:
        """Return the pixels [..., 2] (x, y) of points [..., 3]."""
        return point[..., :2] * self.scale + np.array(self.origin)

    def oversampled(self, factor: int) -> "Camera":
        """Return the camera of an image with `factor` times as many rows and columns."""
        x, y = self.origin
        return Camera(self.scale * factor, ((x + 0.5) * factor - 0.5, (y + 0.5) * factor - 0.5))
