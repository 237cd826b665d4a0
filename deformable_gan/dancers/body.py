"""Forward kinematics from a pose to a body in space, with inverse kinematics for the legs."""

from dataclasses import dataclass

import numpy as np

from deformable_gan.dancers.build import Build
from deformable_gan.dancers.pose import Arm, Foot, Pose

#: Height of the ankle joint above the floor, in body heights.
ANKLE_HEIGHT = 0.042
#: The camera looks down at the dancer by this angle (in radians), so that the floor and the tops of
#: the shoes are visible.
CAMERA_PITCH = 0.14

_VIEW = np.array(
    [
        [1, 0, 0],
        [0, -np.cos(CAMERA_PITCH), np.sin(CAMERA_PITCH)],
        [0, np.sin(CAMERA_PITCH), np.cos(CAMERA_PITCH)],
    ]
)


@dataclass(frozen=True)
class Body:
    """A posed body as the camera sees it.

    *Convention*: lengths in body heights; x to the image's right, y down, z towards the viewer
    (orthographic, so x and y are the image's coordinates up to scale and origin). The floor below
    the dancer is at y = 0, x = `Pose.place`.

    Attributes:
        points: position [3] by name: the joints below the neck under their COCO names, and
            `neck`, `chin`, `crown`, `pelvis`, `crotch`, `left_hand`, `left_heel`, `left_toe` ….
        axes: unit vectors [3, 3], one per row, by name: `pelvis`, `chest` and `head`, each as
            (to the dancer's left, up, forward).
    """

    points: dict[str, np.ndarray]
    axes: dict[str, np.ndarray]

    def moved(self, right: float) -> "Body":
        """Return the body moved to the image's right by `right` body heights."""
        shift = np.array([right, 0.0, 0.0])
        return Body({name: point + shift for name, point in self.points.items()}, self.axes)

    @classmethod
    def seen(
        cls, points: dict[str, np.ndarray], axes: dict[str, np.ndarray], shift: np.ndarray
    ) -> "Body":
        """Return the body as the camera sees it.

        Args:
            points: positions [3] by name, relative to the dancer's place: x to the image's right,
                y up, z towards the viewer, the floor at y = 0.
            axes: unit vectors [3, 3] by name, one per column: left, up, forward.
            shift: [3], added to all points.
        """
        return cls(
            {name: _VIEW @ (point + shift) for name, point in points.items()},
            {name: (_VIEW @ columns).T for name, columns in axes.items()},
        )


def place_body(build: Build, pose: Pose) -> Body:
    """Return a body with the given proportions in the given pose."""
    legs = build.thigh + build.calf
    root = _rotation_y(pose.turn)
    pelvis_axes = root @ _rotation_z(pose.hip_tilt) @ _rotation_x(0.35 * pose.lean_forward)
    chest_axes = (
        root
        @ _rotation_y(pose.twist)
        @ _rotation_z(-pose.lean_side)
        @ _rotation_x(pose.lean_forward)
    )
    head_axes = (
        chest_axes
        @ _rotation_y(pose.head_turn)
        @ _rotation_z(-pose.head_tilt)
        @ _rotation_x(pose.head_nod - 0.5 * pose.lean_forward)
    )

    points = {}
    ankles, hip_offsets = {}, {}
    for side, sign, foot in (("left", 1, pose.left_foot), ("right", -1, pose.right_foot)):
        ankles[side] = root @ np.array(
            [sign * foot.out * legs, foot.lift * legs + ANKLE_HEIGHT, foot.forward * legs]
        )
        hip_offsets[side] = pelvis_axes[:, 0] * (sign * build.hips / 2)
    pelvis = root @ np.array([pose.sway * legs, 0.0, 0.0])
    pelvis[1] = _pelvis_height(pelvis, ankles, hip_offsets, legs, pose.crouch)
    points["pelvis"] = pelvis
    points["crotch"] = pelvis - 0.052 * pelvis_axes[:, 1]
    for side, sign, foot in (("left", 1, pose.left_foot), ("right", -1, pose.right_foot)):
        hip = pelvis + hip_offsets[side]
        points[f"{side}_hip"] = hip
        heading = root @ _rotation_y(sign * foot.turn)
        pole = heading[:, 2] + 0.15 * sign * root[:, 0]
        knee, ankle = _reach(hip, ankles[side], build.thigh, build.calf, pole)
        points[f"{side}_knee"], points[f"{side}_ankle"] = knee, ankle
        points.update(_place_foot(side, knee, ankle, foot, heading, build))

    up = 0.35 * pelvis_axes[:, 1] + 0.65 * chest_axes[:, 1]
    shoulder_line = pelvis + build.torso * up / np.linalg.norm(up)
    for side, sign, arm in (("left", 1, pose.left_arm), ("right", -1, pose.right_arm)):
        # The shoulder blade follows a raised arm upwards and inwards.
        raised = max(0.0, np.sin(arm.lift / 2) ** 2 - 0.25)
        points.update(
            _place_arm(
                side,
                shoulder_line
                + chest_axes[:, 0] * sign * (build.shoulders / 2 - 0.018 * raised)
                + chest_axes[:, 1] * 0.035 * raised,
                chest_axes * np.array([sign, 1, 1]),
                arm,
                build,
            )
        )
    points["neck"] = shoulder_line + 0.034 * chest_axes[:, 1]
    neck_up = 0.5 * chest_axes[:, 1] + 0.5 * head_axes[:, 1]
    chin = points["neck"] + build.neck * neck_up + 0.018 * head_axes[:, 2]
    points["chin"] = chin
    points["crown"] = chin + build.head * head_axes[:, 1]

    shift = np.array([pose.place, pose.leap * legs, 0.0])
    return Body.seen(points, {"pelvis": pelvis_axes, "chest": chest_axes, "head": head_axes}, shift)


def _pelvis_height(
    pelvis: np.ndarray,
    ankles: dict[str, np.ndarray],
    hip_offsets: dict[str, np.ndarray],
    legs: float,
    crouch: float,
) -> float:
    """Return the height that `crouch` asks for, or less if a leg could not reach its foot there."""
    height = legs * (1 - crouch) + ANKLE_HEIGHT
    for side, ankle in ankles.items():
        hip = pelvis + hip_offsets[side]
        reach = (0.998 * legs) ** 2 - (hip[0] - ankle[0]) ** 2 - (hip[2] - ankle[2]) ** 2
        height = min(height, ankle[1] + np.sqrt(max(reach, 0.0)) - hip_offsets[side][1])
    return height


def _reach(
    hip: np.ndarray, target: np.ndarray, thigh: float, calf: float, pole: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return knee and ankle of a leg that reaches for `target` and bends towards `pole`."""
    offset = target - hip
    distance = float(np.linalg.norm(offset))
    direction = offset / max(distance, 1e-9)
    # The angle between thigh and calf is at least 0.6 radians (34 degrees), and a leg reaches no
    # farther than its length.
    nearest = np.sqrt(thigh**2 + calf**2 - 2 * thigh * calf * np.cos(0.6))
    distance = float(np.clip(distance, nearest, 0.9995 * (thigh + calf)))
    along = (thigh**2 - calf**2 + distance**2) / (2 * distance)
    across = np.sqrt(max(thigh**2 - along**2, 0.0))
    bend = pole - (pole @ direction) * direction
    bend /= max(float(np.linalg.norm(bend)), 1e-9)
    return hip + along * direction + across * bend, hip + distance * direction


def _place_foot(
    side: str, knee: np.ndarray, ankle: np.ndarray, foot: Foot, heading: np.ndarray, build: Build
) -> dict[str, np.ndarray]:
    # A standing foot is flat on the floor; a foot raised by 0.25 leg lengths or more is at a right
    # angle to the calf.
    shin = (ankle - knee) / build.calf
    hanging = float(np.clip(foot.lift / 0.25, 0, 1))
    down = (1 - hanging) * np.array([0.0, -1.0, 0.0]) + hanging * shin
    down /= np.linalg.norm(down)
    forward = heading[:, 2] + 0.45 * hanging * shin
    forward -= (forward @ down) * down
    forward /= max(float(np.linalg.norm(forward)), 1e-9)
    return {
        f"{side}_heel": ankle + 0.020 * down - 0.022 * forward,
        f"{side}_toe": ankle + 0.025 * down + (build.foot - 0.022) * forward,
    }


def _place_arm(
    side: str, shoulder: np.ndarray, axes: np.ndarray, arm: Arm, build: Build
) -> dict[str, np.ndarray]:
    lift, forward = arm.lift, arm.forward
    out = np.array([np.sin(lift) * np.cos(forward), -np.cos(lift), np.sin(lift) * np.sin(forward)])
    raising = np.array(
        [np.cos(lift) * np.cos(forward), np.sin(lift), np.cos(lift) * np.sin(forward)]
    )
    swinging = np.array([-np.sin(forward), 0.0, np.cos(forward)])
    bend = np.cos(arm.roll) * raising + np.sin(arm.roll) * swinging
    forearm = np.cos(arm.elbow) * out + np.sin(arm.elbow) * bend
    # The hand continues the bend of the elbow slightly.
    hand = np.cos(arm.elbow * 1.12) * out + np.sin(arm.elbow * 1.12) * bend
    elbow = shoulder + build.upper_arm * (axes @ out)
    wrist = elbow + build.forearm * (axes @ forearm)
    return {
        f"{side}_shoulder": shoulder,
        f"{side}_elbow": elbow,
        f"{side}_wrist": wrist,
        f"{side}_hand": wrist + build.hand * (axes @ hand),
    }


def _rotation_x(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def _rotation_y(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def _rotation_z(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
