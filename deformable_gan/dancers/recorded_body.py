"""A recorded person's directions applied to a dancer's body."""

import numpy as np

from deformable_gan.dancers.body import ANKLE_HEIGHT, Body
from deformable_gan.dancers.build import Build

_SIDES = (("left", 1), ("right", -1))
# Positions relative to the ankle, in body heights: heel and toes lie below it (in the direction of
# the sole), and the heel lies behind it.
_HEEL_DROP, _TOE_DROP, _HEEL_BACK = 0.020, 0.025, 0.022


def place_recorded(
    build: Build, directions: dict[str, np.ndarray], place: np.ndarray, clearance: float
) -> Body:
    """Return a body with given proportions whose bones have recorded directions.

    Every bone keeps the dancer's length. The lower foot is at the requested height above the floor.

    Args:
        build: the body's lengths.
        directions: unit vectors [3] by name, as in `CapturedMotion.directions`.
        place: (x, z) of the pelvis in body heights.
        clearance: height of the lower foot, in body heights.
    """
    pelvis_axes = _axes(directions["pelvis_left"], directions["pelvis_up"])
    chest_axes = _axes(directions["chest_left"], directions["chest_up"])
    head_forward, head_up = directions["head_forward"], directions["head_up"]
    head_axes = _axes(np.cross(head_up, head_forward), head_up)

    points = {"pelvis": np.zeros(3), "crotch": -0.052 * pelvis_axes[:, 1]}
    soles = []
    for side, sign in _SIDES:
        leg, lowest = _leg(build, directions, side, sign * build.hips / 2 * pelvis_axes[:, 0])
        points |= leg
        soles.append(lowest)
    shoulder_line = build.torso * directions["torso"]
    for side, sign in _SIDES:
        # The shoulder blade follows a raised arm upwards and inwards.
        lift = np.clip(directions[f"{side}_upper_arm"] @ chest_axes[:, 1], -1, 1)
        raised = max(0.0, (1 + lift) / 2 - 0.25)
        shoulder = (
            shoulder_line
            + sign * (build.shoulders / 2 - 0.018 * raised) * chest_axes[:, 0]
            + 0.035 * raised * chest_axes[:, 1]
        )
        elbow = shoulder + build.upper_arm * directions[f"{side}_upper_arm"]
        wrist = elbow + build.forearm * directions[f"{side}_forearm"]
        points[f"{side}_shoulder"], points[f"{side}_elbow"] = shoulder, elbow
        points[f"{side}_wrist"] = wrist
        points[f"{side}_hand"] = wrist + build.hand * directions[f"{side}_hand"]
    points["neck"] = shoulder_line + 0.034 * chest_axes[:, 1]
    neck_up = 0.5 * chest_axes[:, 1] + 0.5 * head_axes[:, 1]
    points["chin"] = points["neck"] + build.neck * neck_up + 0.018 * head_axes[:, 2]
    points["crown"] = points["chin"] + build.head * head_axes[:, 1]

    shift = np.array([place[0], clearance - min(soles), place[1]])
    axes = {"pelvis": pelvis_axes, "chest": chest_axes, "head": head_axes}
    return Body.seen(points, axes, shift)


def _leg(
    build: Build, directions: dict[str, np.ndarray], side: str, hip: np.ndarray
) -> tuple[dict[str, np.ndarray], float]:
    """Return the points of a leg, and the height at which the floor touches its foot."""
    knee = hip + build.thigh * directions[f"{side}_thigh"]
    ankle = knee + build.calf * directions[f"{side}_calf"]
    forward, down = directions[f"{side}_foot_forward"], directions[f"{side}_foot_down"]
    heel = ankle + _HEEL_DROP * down - _HEEL_BACK * forward
    toe = ankle + _TOE_DROP * down + (build.foot - _HEEL_BACK) * forward
    # On a flat foot the ankle is at `ANKLE_HEIGHT`, and heel and toes are lower by their drops.
    lowest = min(heel[1] + _HEEL_DROP, toe[1] + _TOE_DROP) - ANKLE_HEIGHT
    names = ("hip", "knee", "ankle", "heel", "toe")
    points = (hip, knee, ankle, heel, toe)
    return {f"{side}_{n}": p for n, p in zip(names, points, strict=True)}, float(lowest)


def _axes(left: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Return (left, up, forward) as columns [3, 3]; `left` keeps its direction."""
    left = left / np.linalg.norm(left)
    up = up - (up @ left) * left
    up = up / max(float(np.linalg.norm(up)), 1e-9)
    return np.stack([left, up, np.cross(left, up)], axis=1)
