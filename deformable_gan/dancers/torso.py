"""Torso, hips, neck and skirt."""

import numpy as np

from deformable_gan.dancers.body import Body
from deformable_gan.dancers.dancer import Dancer
from deformable_gan.dancers.shapes import SEAT, torso_extents
from deformable_gan.dancers.solid_maker import SolidMaker, depth_of
from deformable_gan.dancers.sweep import Sweep


def torso_solids(dancer: Dancer, body: Body, maker: SolidMaker) -> list[Sweep]:
    """Return the solids of a dancer's trunk."""
    points, outfit = body.points, dancer.outfit
    neck, crotch = points["neck"], points["crotch"]
    chest, pelvis = body.axes["chest"], body.axes["pelvis"]
    start = maker.front_angle((neck, crotch), chest[2])
    twist = maker.front_angle((neck, crotch), pelvis[2]) - start
    twist = (twist + np.pi) % (2 * np.pi) - np.pi
    directions = maker.directions((neck, crotch))
    slope = _slope(chest[0], *directions)
    tilt = _slope(pelvis[0], *directions) - slope
    depth = depth_of(neck, crotch)

    def piece(part: str, piece_depth: float, caps: tuple[float, float]) -> Sweep:
        """Return a part of the trunk; its front and texture rows turn evenly along it."""
        begin, end = torso_extents(outfit)[part]
        return maker.make(
            part,
            (neck + begin * (crotch - neck), neck + end * (crotch - neck)),
            chest[2],
            piece_depth,
            fronts=(start + begin * twist, start + end * twist),
            shear=(slope + begin * tilt, slope + end * tilt),
            caps=caps,
        )

    neck_end = points["chin"] + 0.35 * (points["crown"] - points["chin"])
    solids = [
        # The legs are painted over the hips and under the torso.
        piece("torso", depth, caps=(0.3, 0.06)),
        piece("hips", depth - 0.06, caps=(0.06, 0.3)),
        maker.make(
            "neck",
            (neck - 0.012 * chest[1], neck_end - 0.022 * body.axes["head"][2]),
            chest[2],
            # Painted over the collar and under the head.
            min(depth + 0.006, depth_of(points["crown"], points["chin"]) + 0.039),
            texture="skin",
            caps=(0.55, 1.0),
        ),
    ]
    if outfit.bottom in ("skirt", "dress"):
        solids.append(_skirt(dancer, body, maker, depth))
    return solids


def _skirt(dancer: Dancer, body: Body, maker: SolidMaker, torso_depth: float) -> Sweep:
    points, outfit, build = body.points, dancer.outfit, dancer.build
    knees = (points["left_knee"] + points["right_knee"]) / 2
    top = points["neck"] + SEAT * (points["crotch"] - points["neck"])
    end = points["pelvis"] + outfit.leg_length * (knees - points["pelvis"])
    seat = maker.shapes["hips"]
    waist, hips = float(seat[0]), float(seat.max())
    wide = max(hips * 1.04, build.hips / 2 + 0.056 * build.girth**0.8)
    # Knees that are apart widen the hem.
    spread = float(np.hypot(*(points["left_knee"] - points["right_knee"])[:2])) / 2
    hem = max(hips * (1.05 + 0.25 * outfit.leg_length), spread * min(outfit.leg_length, 1) + 0.045)
    return maker.make(
        "skirt",
        (top, end),
        body.axes["pelvis"][2],
        max(torso_depth, depth_of(end)) + 0.012,
        radius=np.interp(np.linspace(0, 1, len(seat)), (0, 0.3, 1), (waist, wide, hem)),
        caps=(0.05, 0.10),
    )


def _slope(direction: np.ndarray, along: np.ndarray, lateral: np.ndarray) -> float:
    """Return the slope of texture rows (see `Sweep.shear`) along a sideways direction [3]."""
    across = float(direction[:2] @ lateral)
    # Seen from the side, a body's left and right coincide, so the slope is reduced.
    slope = float(direction[:2] @ along) / (across + np.copysign(0.25, across))
    return -float(np.clip(slope * 1.25, -0.45, 0.45))
