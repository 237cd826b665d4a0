"""The part of a motion-capture recording that a dancer dances."""

from dataclasses import dataclass

import numpy as np

from deformable_gan.dancers.body import Body
from deformable_gan.dancers.build import Build
from deformable_gan.dancers.recorded_body import place_recorded


@dataclass(frozen=True)
class Stretch:
    """A recording at the times of a dancer's images.

    A stretch holds the motion at these times only. It is therefore small enough to send to another
    process, however long the recording is.

    Attributes:
        name: the recording's file name, without folders.
        digest: the file's SHA-256.
        times: float64 [F], in seconds from the recording's beginning.
        facing: angle by which the dancer is turned about the vertical axis, in radians; at 0 the
            dancer faces the viewer where the recorded person faces along the recording's z axis.
        directions: unit vectors, float64 [F, 3], by name, as in `CapturedMotion`, turned by
            `facing`.
        travel: float64 [F, 2] of (x, z) in leg lengths, turned by `facing`.
        clearance: float64 [F], the height of the lower foot, in leg lengths.
    """

    name: str
    digest: str
    times: np.ndarray
    facing: float
    directions: dict[str, np.ndarray]
    travel: np.ndarray
    clearance: np.ndarray

    @property
    def facts(self) -> dict:
        """A description of the stretch, as JSON values."""
        return {
            "recording": self.name,
            "sha256": self.digest,
            "start_seconds": round(float(self.times[0]), 3) if len(self.times) else 0.0,
            "facing_degrees": round(float(np.degrees(self.facing)), 1),
        }

    def bodies(self, build: Build, reach: tuple[float, float] = (0.0, 0.0)) -> list[Body]:
        """Return the dancer's posed bodies, one for each time.

        Args:
            build: the dancer's proportions.
            reach: how far the dancer may move to either side, and towards and away from the viewer,
                in body heights. If the recorded person moves farther in a direction, the whole path
                is scaled down in that direction.
        """
        legs = build.thigh + build.calf
        places = _within(legs * self.travel, np.array(reach))
        return [
            place_recorded(
                build,
                {name: vectors[index] for name, vectors in self.directions.items()},
                places[index],
                float(legs * self.clearance[index]),
            )
            for index in range(len(self.times))
        ]


def _within(travel: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Return a path [F, 2] relative to its middle, scaled down to stay within `reach` [2]."""
    if not len(travel):
        return travel
    low, high = travel.min(axis=0), travel.max(axis=0)
    about = travel - (low + high) / 2
    return about * np.minimum(1, reach / np.maximum((high - low) / 2, 1e-9))
