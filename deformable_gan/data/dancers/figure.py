"""A dancer's body as the solids to be painted."""

from dataclasses import dataclass

import numpy as np

from deformable_gan.data.dancers.body import CAMERA_PITCH, Body
from deformable_gan.data.dancers.dancer import Dancer
from deformable_gan.data.dancers.face import EYE, NOSE_TIP
from deformable_gan.data.dancers.shapes import DEPTH_RATIOS, SEAT, torso_extents
from deformable_gan.data.dancers.sweep import Sweep

_LIMBS = ("upper_arm", "forearm", "hand", "thumb", "thigh", "calf", "foot")
#: Number of each solid on the canvas; 0 is the background.
PARTS = {
    name: number
    for number, name in enumerate(
        (
            *("torso", "hips", "skirt", "neck", "head", "nose", "hair", "tail"),
            *("left_ear", "right_ear"),
            *(f"{side}_{limb}" for side in ("left", "right") for limb in _LIMBS),
        ),
        start=1,
    )
}
_SIDES = (("left", 1), ("right", -1))


@dataclass(frozen=True)
class Camera:
    """From body heights to pixels: pixel = scale * (x, y) + origin.

    Attributes:
        scale: pixels a body height.
        origin: (x, y) in pixels of the floor under a dancer whose place is 0.
    """

    scale: float
    origin: tuple[float, float]

    def project(self, point: np.ndarray) -> np.ndarray:
        """Return pixels [..., 2] (x, y) of points [..., 3]."""
        return point[..., :2] * self.scale + np.array(self.origin)

    def oversampled(self, factor: int) -> "Camera":
        """Return the camera of a picture with `factor` times as many rows and columns."""
        x, y = self.origin
        return Camera(self.scale * factor, ((x + 0.5) * factor - 0.5, (y + 0.5) * factor - 0.5))


class Figure:
    """Turns posed bodies of one dancer into solids.

    Args:
        dancer: whose body.
        shapes: half widths by part, from `shape_parts`.
        textures: by part, from `paint_wardrobe`.
    """

    def __init__(
        self, dancer: Dancer, shapes: dict[str, np.ndarray], textures: dict[str, np.ndarray]
    ):
        self.dancer = dancer
        self.shapes = shapes
        self.textures = textures

    def solids(self, body: Body, camera: Camera) -> list[Sweep]:
        """Return the solids of a posed body on the canvas of `camera`, farthest first."""
        solids = [*self._torso(body, camera), *self._head(body, camera)]
        skirt_depth = next((s.depth for s in solids if s.part == PARTS["skirt"]), None)
        for side, sign in _SIDES:
            solids += self._arm(side, sign, body, camera)
            solids += self._leg(side, body, camera, skirt_depth)
        return sorted(solids, key=lambda solid: solid.depth)

    def _sweep(
        self,
        camera: Camera,
        part: str,
        start: np.ndarray,
        end: np.ndarray,
        front: np.ndarray,
        depth: float,
        shape: str,
        texture: str,
        width: float = 1.0,
        **details: object,
    ) -> Sweep:
        first, last = camera.project(start), camera.project(end)
        angle = _front_angle(first, last, front)
        return Sweep(
            start=first,
            end=last,
            radius=self.shapes[shape] * (camera.scale * width),
            depth_ratio=DEPTH_RATIOS.get(shape, 1.0),
            front=details.pop("fronts", (angle, angle)),
            texture=self.textures[texture],
            part=PARTS[part],
            depth=depth,
            **details,
        )

    def _torso(self, body: Body, camera: Camera) -> list[Sweep]:
        points, outfit = body.points, self.dancer.outfit
        neck, crotch = points["neck"], points["crotch"]
        first, last = camera.project(neck), camera.project(crotch)
        chest, pelvis = body.axes["chest"], body.axes["pelvis"]
        start = _front_angle(first, last, chest[2])
        end = _front_angle(first, last, pelvis[2])
        end = start + (end - start + np.pi) % (2 * np.pi) - np.pi
        depth = _depth(neck, crotch)
        axis = last - first
        along = axis / max(float(np.hypot(*axis)), 1e-6)
        lateral = np.array([along[1], -along[0]])
        shear = (_shear(chest[0], along, lateral), _shear(pelvis[0], along, lateral))

        def piece(part: str, height: float, caps: tuple[float, float]) -> Sweep:
            """Return a part of the torso; its fronts and rows turn evenly along the whole."""
            begin, stop = torso_extents(outfit)[part]
            twist, tilt = end - start, shear[1] - shear[0]
            return self._sweep(
                *(camera, part, neck + begin * (crotch - neck), neck + stop * (crotch - neck)),
                *(chest[2], height, part, part),
                fronts=(start + begin * twist, start + stop * twist),
                shear=(shear[0] + begin * tilt, shear[0] + stop * tilt),
                caps=caps,
            )

        # The legs come out from under the top and over the seat of the trousers.
        solids = [
            piece("torso", depth, caps=(0.3, 0.06)),
            piece("hips", depth - 0.06, caps=(0.06, 0.3)),
        ]
        neck_end = points["chin"] + 0.35 * (points["crown"] - points["chin"])
        neck_end = neck_end - 0.022 * body.axes["head"][2]
        neck_start = neck - 0.012 * chest[1]
        neck_depth = min(depth + 0.006, _depth(points["crown"], points["chin"]) + 0.039)
        solids.append(
            self._sweep(
                *(camera, "neck", neck_start, neck_end, chest[2], neck_depth, "neck", "skin"),
                caps=(0.55, 1.0),
            )
        )
        if outfit.bottom in ("skirt", "dress"):
            solids.append(self._skirt(body, camera, depth))
        return solids

    def _skirt(self, body: Body, camera: Camera, depth: float) -> Sweep:
        points, outfit, build = body.points, self.dancer.outfit, self.dancer.build
        top = points["neck"] + SEAT * (points["crotch"] - points["neck"])
        knees = (points["left_knee"] + points["right_knee"]) / 2
        end = points["pelvis"] + outfit.leg_length * (knees - points["pelvis"])
        seat = self.shapes["hips"]
        waist, hips = float(seat[0]), float(seat.max())
        spread = float(np.hypot(*(points["left_knee"] - points["right_knee"])[:2])) / 2
        hem = max(
            hips * (1.05 + 0.25 * outfit.leg_length), spread * min(outfit.leg_length, 1) + 0.045
        )
        wide = max(hips * 1.04, build.hips / 2 + 0.056 * build.girth**0.8)
        radius = np.interp(np.linspace(0, 1, len(seat)), (0, 0.3, 1), (waist, wide, hem))
        pelvis = body.axes["pelvis"]
        first, last = camera.project(top), camera.project(end)
        angle = _front_angle(first, last, pelvis[2])
        return Sweep(
            start=first,
            end=last,
            radius=radius * camera.scale,
            depth_ratio=DEPTH_RATIOS["skirt"],
            front=(angle, angle),
            texture=self.textures["skirt"],
            part=PARTS["skirt"],
            depth=max(depth, _depth(end)) + 0.012,
            caps=(0.05, 0.10),
        )

    def _head(self, body: Body, camera: Camera) -> list[Sweep]:
        points, build = body.points, self.dancer.build
        left, up, forward = body.axes["head"]
        crown, chin = points["crown"], points["chin"]
        depth = _depth(crown, chin) + 0.04
        across = chin - crown
        half_width = build.head_width / 2
        solids = [
            self._sweep(camera, "head", crown, chin, forward, depth, "head", "head"),
            *self._hair(body, camera, depth, half_width),
        ]
        bridge = crown + EYE[0] * across + (1.02 * half_width) * forward
        tip = crown + NOSE_TIP * across + (1.20 * half_width) * forward
        solids.append(
            self._sweep(
                *(camera, "nose", bridge, tip, forward, depth + 0.06 * float(forward[2])),
                *("nose", "skin"),
            )
        )
        for side, sign in _SIDES:
            ear = ear_center(body, build.head_width, sign)
            outward = sign * float(left[2])
            hidden = self.dancer.hair_style in ("bob", "long", "afro")
            solids.append(
                self._sweep(
                    *(camera, f"{side}_ear", ear + 0.016 * up, ear - 0.016 * up, forward),
                    depth + 0.06 * outward - 0.02 - 0.012 * float(hidden),
                    *("ear", "hair" if hidden else "ear"),
                )
            )
        return solids

    def _hair(self, body: Body, camera: Camera, depth: float, half_width: float) -> list[Sweep]:
        """Return the hair beyond what is painted on the head."""
        style = self.dancer.hair_style
        _, up, forward = body.axes["head"]
        crown, chin = body.points["crown"], body.points["chin"]
        back = -float(forward[2])
        down = np.array([0.0, 1.0, 0.0])
        hair_depth = depth - 0.035 + 0.11 * back

        def mass(part: str, start: np.ndarray, end: np.ndarray, shape: str, width: float) -> Sweep:
            return self._sweep(
                camera, part, start, end, forward, hair_depth, shape, "hair", width=width
            )

        def at(along: float, behind: float) -> np.ndarray:
            return crown + along * (chin - crown) - behind * forward

        if style in ("short", "ponytail", "bun"):
            solids = [mass("hair", at(-0.09, 0.010), at(0.72, 0.016), "ball", half_width * 1.13)]
            if style == "ponytail":
                root = at(0.22, half_width * 1.25)
                tip = root + 0.13 * down - 0.03 * forward - 0.02 * up
                solids.append(mass("tail", root, tip, "lock", 0.024))
            elif style == "bun":
                center = at(-0.06, half_width * 0.55)
                solids.append(mass("tail", center + 0.034 * up, center - 0.034 * up, "ball", 0.034))
            return solids
        if style == "bob":
            return [mass("hair", at(0.33, 0.014), at(0.98, 0.02), "lock", half_width * 1.20)]
        if style == "long":
            end = at(0.75, 0.024) + 0.115 * down
            return [mass("hair", at(0.34, 0.016), end, "lock", half_width * 1.18)]
        if style == "afro":
            return [mass("hair", at(-0.30, 0.012), at(0.92, 0.02), "ball", half_width * 1.72)]
        return []

    def _arm(self, side: str, sign: int, body: Body, camera: Camera) -> list[Sweep]:
        points = body.points
        shoulder, elbow = points[f"{side}_shoulder"], points[f"{side}_elbow"]
        wrist, hand = points[f"{side}_wrist"], points[f"{side}_hand"]
        forward = body.axes["chest"][2]
        fold = _perpendicular(wrist - elbow, elbow - shoulder)
        front = _perpendicular(forward, elbow - shoulder) + 0.3 * fold
        lower_front = _perpendicular(front, wrist - elbow)
        # An arm beside the body is drawn over it.
        upper_depth = _depth(shoulder, elbow) + 0.02
        lower_depth = _depth(elbow, wrist) + 0.021
        hand_depth = _depth(elbow, wrist, wrist) + 0.022
        palm = np.cross(wrist - elbow, lower_front)
        thumb_root = wrist + 0.25 * (hand - wrist)
        thumb_side = _unit(lower_front)
        thumb_tip = thumb_root + 0.42 * (hand - wrist) + 0.026 * thumb_side
        arm = f"{side}_upper_arm"
        forearm = f"{side}_forearm"
        return [
            self._sweep(
                *(camera, arm, shoulder, elbow, front, upper_depth, "upper_arm", arm),
            ),
            self._sweep(
                *(camera, forearm, elbow, wrist, lower_front, lower_depth, "forearm", forearm),
            ),
            self._sweep(
                *(camera, f"{side}_hand", wrist, hand, palm, hand_depth, "hand", "skin"),
            ),
            self._sweep(
                *(camera, f"{side}_thumb", thumb_root, thumb_tip, palm, hand_depth + 0.0005),
                *("thumb", "skin"),
            ),
        ]

    def _leg(self, side: str, body: Body, camera: Camera, skirt_depth: float | None) -> list[Sweep]:
        points = body.points
        hip, knee = points[f"{side}_hip"], points[f"{side}_knee"]
        ankle, heel, toe = (points[f"{side}_{name}"] for name in ("ankle", "heel", "toe"))
        forward = toe - heel
        thigh_depth = _depth(hip, knee) - 0.030
        if skirt_depth is not None:
            thigh_depth = min(thigh_depth, skirt_depth - 0.001)
        calf_depth = _depth(knee, ankle) - 0.011
        foot_depth = _depth(ankle, toe) - 0.010
        thigh, calf = f"{side}_thigh", f"{side}_calf"
        front = _perpendicular(body.axes["pelvis"][2], knee - hip) + 0.3 * _unit(forward)
        foot_top = _perpendicular(knee - ankle, toe - heel)
        flat = self.dancer.outfit.bottom == "trousers"
        return [
            self._sweep(
                *(camera, thigh, hip, knee, front, thigh_depth, "thigh", thigh),
                caps=(0.5, 1.0),
            ),
            self._sweep(
                *(camera, calf, knee, ankle, forward, calf_depth, "calf", calf),
                caps=(1.0, 0.25 if flat else 1.0),
            ),
            self._sweep(camera, f"{side}_foot", heel, toe, foot_top, foot_depth, "foot", "foot"),
        ]


def ear_center(body: Body, head_width: float, sign: int) -> np.ndarray:
    """Return where an ear is, [3]; `sign` is 1 for the left one."""
    left, _, forward = body.axes["head"]
    crown, chin = body.points["crown"], body.points["chin"]
    return crown + 0.56 * (chin - crown) + sign * 0.97 * head_width / 2 * left - 0.006 * forward


def _depth(*points: np.ndarray) -> float:
    """Return how near to the viewer a solid at the points [3] is among those it may overlap.

    Of points in one line of sight the nearer one is farther forward on the floor too, and that
    measure does not favour what is higher up, as the distance from a tilted camera would.
    """
    _, y, z = sum(points) / len(points)
    return float(z * np.cos(CAMERA_PITCH) + y * np.sin(CAMERA_PITCH))


def _front_angle(start: np.ndarray, end: np.ndarray, front: np.ndarray) -> float:
    """Return the angle of a direction [3] around an axis on the canvas, as `Sweep.front`."""
    axis = end - start
    length = max(float(np.hypot(*axis)), 1e-6)
    across = (front[0] * axis[1] - front[1] * axis[0]) / length
    return float(np.arctan2(across, front[2]))


def _shear(direction: np.ndarray, along: np.ndarray, lateral: np.ndarray) -> float:
    """Return the slope of rows that follow a sideways direction [3] of the body."""
    across = float(direction[:2] @ lateral)
    slope = float(direction[:2] @ along) / (across + np.copysign(0.25, across))
    return -float(np.clip(slope * 1.25, -0.45, 0.45))


def _perpendicular(direction: np.ndarray, axis: np.ndarray) -> np.ndarray:
    axis = _unit(axis)
    return _unit(direction - (direction @ axis) * axis)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / max(float(np.linalg.norm(vector)), 1e-9)
