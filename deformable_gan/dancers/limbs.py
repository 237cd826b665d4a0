"""Arms and legs."""

import numpy as np

from deformable_gan.dancers.body import Body
from deformable_gan.dancers.dancer import Dancer
from deformable_gan.dancers.solid_maker import SolidMaker, depth_of
from deformable_gan.dancers.sweep import Sweep


def arm_solids(dancer: Dancer, side: str, body: Body, maker: SolidMaker) -> list[Sweep]:
    """Return upper arm, forearm, hand and thumb; an arm beside the trunk is drawn over it."""
    shoulder, elbow, wrist, tips = (
        body.points[f"{side}_{joint}"] for joint in ("shoulder", "elbow", "wrist", "hand")
    )
    top = shoulder
    if dancer.features is not None:  # move the shoulder into the trunk
        inward = -0.009 if side == "left" else 0.009
        top = shoulder + inward * body.axes["chest"][0] - 0.007 * body.axes["chest"][1]
    bend = _perpendicular(wrist - elbow, elbow - shoulder)
    front = _perpendicular(body.axes["chest"][2], elbow - shoulder) + 0.3 * bend
    lower_front = _perpendicular(front, wrist - elbow)
    palm = np.cross(wrist - elbow, lower_front)
    hand_depth = depth_of(elbow, wrist, wrist) + 0.022
    thumb = wrist + 0.25 * (tips - wrist)
    return [
        maker.make(
            f"{side}_upper_arm",
            (top, elbow),
            front,
            depth_of(shoulder, elbow) + 0.02,
            shape="upper_arm",
        ),
        maker.make(
            f"{side}_forearm",
            (elbow, wrist),
            lower_front,
            depth_of(elbow, wrist) + 0.021,
            shape="forearm",
        ),
        maker.make(f"{side}_hand", (wrist, tips), palm, hand_depth, shape="hand", texture="skin"),
        maker.make(
            f"{side}_thumb",
            (thumb, thumb + 0.42 * (tips - wrist) + 0.026 * lower_front),
            palm,
            hand_depth + 0.0005,
            shape="thumb",
            texture="skin",
        ),
    ]


def leg_solids(
    dancer: Dancer, side: str, body: Body, maker: SolidMaker, skirt_depth: float | None
) -> list[Sweep]:
    """Return thigh, calf and foot; `skirt_depth` is the depth of a skirt over the thigh, if any."""
    hip, knee, ankle, heel, toe = (
        body.points[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle", "heel", "toe")
    )
    thigh_depth = depth_of(hip, knee) - 0.030
    if skirt_depth is not None:
        thigh_depth = min(thigh_depth, skirt_depth - 0.001)
    forward = toe - heel
    wide_leg = dancer.outfit.bottom == "trousers"
    return [
        maker.make(
            f"{side}_thigh",
            (hip, knee),
            _perpendicular(body.axes["pelvis"][2], knee - hip) + 0.3 * _unit(forward),
            thigh_depth,
            shape="thigh",
            caps=(0.5, 1.0),
        ),
        maker.make(
            f"{side}_calf",
            (knee, ankle),
            forward,
            depth_of(knee, ankle) - 0.011,
            shape="calf",
            caps=(1.0, 0.25 if wide_leg else 1.0),
        ),
        maker.make(
            f"{side}_foot",
            (heel, toe),
            _perpendicular(knee - ankle, forward),
            depth_of(ankle, toe) - 0.010,
            shape="foot",
            texture="foot",
        ),
    ]


def _perpendicular(direction: np.ndarray, axis: np.ndarray) -> np.ndarray:
    axis = _unit(axis)
    return _unit(direction - (direction @ axis) * axis)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / max(float(np.linalg.norm(vector)), 1e-9)
