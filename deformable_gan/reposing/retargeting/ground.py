"""The ground on which people stand, and keeping their feet there."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from deformable_gan.reposing.retargeting.body_tree import CHEST, PELVIS

# The quantile of the ankles' y over a clip that counts as the ground; lower ankles are misplaced.
_GROUND_QUANTILE = 0.9
# The lower foot has the larger weight in the shift of the body. A foot that is higher than the
# other by this share of the legs' length has 1/e of the other foot's weight.
_LIFT = 0.04
_ANKLES = ("left_ankle", "right_ankle")

Move = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Standing:
    """The place where a person stands.

    Attributes:
        ground: the y of the ankles of a person standing there, in pixels.
        middle: the x of the middle of the body's movement, in pixels.
    """

    ground: float
    middle: float

    @classmethod
    def of(cls, named: dict[str, np.ndarray], lengths: dict[str, float]) -> "Standing":
        """Return the place for one or more poses.

        If no ankle is seen, the ground is where straight legs would reach.

        Args:
            named: float [T, 2] of (y, x) by joint, NaN for missing joints.
            lengths: the person's lengths, from `estimate_lengths`.
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
        """Return a function that moves this place to another and scales distances from it.

        Args:
            other: the place to move to.
            scale: the factor of all distances.

        Returns:
            A function of positions [..., 2] of (y, x).
        """
        here = np.array([self.ground, self.middle])
        there = np.array([other.ground, other.middle])
        return lambda places: there + scale * (places - here)


def carry_on_feet(
    driving: dict[str, np.ndarray],
    placed: dict[str, np.ndarray],
    move: Move,
    lengths: dict[str, float],
) -> np.ndarray:
    """Return for each pose the shift that moves its lower foot to the position given by `move`.

    While the weight moves from one foot to the other, the shift changes gradually. In frames
    without ankles the shift is interpolated in time.

    Args:
        driving: float [T, 2] of (y, x) by joint of the driving person, NaN for missing joints.
        placed: the same with the source person's proportions.
        move: maps the driving person's positions to the source person's.
        lengths: the driving person's lengths, from `estimate_lengths`.

    Returns:
        float [T, 2], to add to all joints.
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
