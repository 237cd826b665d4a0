"""Where people stand, and keeping their feet there."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from deformable_gan.reposing.retargeting.body_tree import CHEST, PELVIS

# The lowest feet over a clip stand on the ground; the very lowest are misplaced.
_GROUND_QUANTILE = 0.9
# Of two feet the lower carries the body. In shares of the legs' length: how much higher a foot is
# that carries it e times less.
_LIFT = 0.04
_ANKLES = ("left_ankle", "right_ankle")

Move = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Standing:
    """Where a person stands.

    Attributes:
        ground: the y of the ankles of somebody standing there, in pixels.
        middle: the x of the middle of the body's movement, in pixels.
    """

    ground: float
    middle: float

    @classmethod
    def of(cls, named: dict[str, np.ndarray], lengths: dict[str, float]) -> "Standing":
        """Find out from one pose or many.

        Where no ankle is seen, the ground is where straight legs would reach.

        Args:
            named: float [T, 2] of (y, x) by joint, NaN where missing.
            lengths: the person's, from `estimate_lengths`.
        """
        body = np.where(np.isnan(named[PELVIS]), named[CHEST], named[PELVIS])
        ankles = np.fmax(*(named[ankle][:, 0] for ankle in _ANKLES))
        if np.isfinite(ankles).any():
            ground = np.nanquantile(ankles, _GROUND_QUANTILE)
        else:
            hips = named[PELVIS][:, 0]
            if not np.isfinite(hips).any():
                hips = named[CHEST][:, 0] + lengths["torso"]
            if not np.isfinite(hips).any():
                hips = np.concatenate(list(named.values()))[:, 0]
            ground = np.nanmedian(hips) + lengths["thigh"] + lengths["calf"]
        if not np.isfinite(body).any():
            body = np.concatenate(list(named.values()))
        return cls(float(ground), float(np.nanmedian(body[:, 1])))

    def onto(self, other: "Standing", scale: float) -> Move:
        """Return the map of places [..., 2] that brings this ground and middle onto another's."""
        here = np.array([self.ground, self.middle])
        there = np.array([other.ground, other.middle])
        return lambda places: there + scale * (places - here)


def carry_on_feet(
    driving: dict[str, np.ndarray],
    placed: dict[str, np.ndarray],
    move: Move,
    lengths: dict[str, float],
) -> np.ndarray:
    """Return how far each pose must be shifted for its feet to be where the movement takes them.

    The foot that is lower counts; while the weight changes from one foot to the other, so does the
    shift, gradually. In frames without ankles the shift is interpolated in time.

    Args:
        driving: float [T, 2] of (y, x) by joint of the driving person, NaN where missing.
        placed: the same with the source person's proportions.
        move: from the driving person's places to the wanted ones.
        lengths: the driving person's, from `estimate_lengths`.

    Returns:
        float [T, 2] to be added to all joints.
    """
    ankles = np.stack([driving[ankle] for ankle in _ANKLES])
    heights = ankles[..., 0] / (_LIFT * (lengths["thigh"] + lengths["calf"]))
    known = np.isfinite(heights)
    frames = known.any(axis=0)
    if not frames.any():
        return np.zeros_like(ankles[0])
    heights = np.where(known, heights, -np.inf)
    weights = np.exp(heights - np.where(frames, heights.max(axis=0), 0.0))
    errors = move(ankles) - np.stack([placed[ankle] for ankle in _ANKLES])
    errors = np.where(known[..., None], errors, 0.0)
    totals = weights.sum(axis=0)[:, None]
    shift = (weights[..., None] * errors).sum(axis=0) / np.where(totals > 0, totals, 1.0)
    moments = np.arange(len(frames))
    for column in range(2):
        shift[~frames, column] = np.interp(moments[~frames], moments[frames], shift[frames, column])
    return shift
