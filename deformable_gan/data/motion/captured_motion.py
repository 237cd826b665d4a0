"""A recorded person's motion, independent of their size: the bones' directions and the path."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from deformable_gan.data.motion.bvh_recording import BvhRecording
from deformable_gan.data.motion.kinematics import forward_kinematics
from deformable_gan.data.motion.landmarks import ancestors, find_landmarks
from deformable_gan.data.motion.local_axes import flat_foot_axes, head_axes
from deformable_gan.data.motion.upright import turn_upright
from deformable_gan.errors import MediaError

SIDES = ("left", "right")
# The next four lengths are in leg lengths. Spine bones up to this length are joined to the next
# one, because short bones give poor directions.
_SPINE = 0.15
# Collar bones whose inner ends are nearer to each other than this do not show where left is.
_COLLARS = 0.02
# A node that is nearer than this to the hand or foot it is attached to gives no direction.
_TIP = 0.01
# Feet up to this height above their lowest position stand on the floor.
_FLOOR = 0.03
# Some programs put a rest pose before the recording. The first frame is a rest pose if the largest
# movement of a joint to the second frame is more than this many times as large as the largest
# movement in the next `_NEXT_STEPS` steps.
_JUMP = 4.0
_NEXT_STEPS = 12


@dataclass(frozen=True)
class CapturedMotion:
    """A person's motion as directions, which fit bodies of any proportions.

    *Convention*: right-handed; x and z lie in the floor's plane, y points up. A person with turn
    zero faces along z, and their left is x. Vectors of bones point away from the pelvis.

    Attributes:
        directions: unit vectors, float64 [F, 3], by name: `pelvis_left`, `pelvis_up`, `torso` (from
            the middle of the hips to the neck), `chest_left`, `chest_up`, `head_up`,
            `head_forward`, and `left_…` and `right_…` of `thigh`, `calf`, `foot_forward` (along the
            sole), `foot_down` (out of the sole), `upper_arm`, `forearm`, `hand`.
        travel: float64 [F, 2] of (x, z): the pelvis's position, in leg lengths.
        clearance: float64 [F]: the height of the lower foot above the floor, in leg lengths;
            exactly 0 while a foot stands.
        rate: frames per second.
        left_out: number of frames removed from the beginning because they are a rest pose: 0 or 1.
    """

    directions: dict[str, np.ndarray]
    travel: np.ndarray
    clearance: np.ndarray
    rate: float
    left_out: int

    @classmethod
    def from_bvh(cls, recording: BvhRecording, path: str | Path) -> "CapturedMotion":
        """Return the motion of a recording.

        Args:
            recording: the recording; its skeleton's joints must have usual names (see
                `find_landmarks`). The unit and the upward axis do not matter.
            path: the file it came from, for messages.

        Raises:
            MediaError: parts of the body are missing or have no length, the person does not stand
                most of the time (so the upward direction is unknown), the feet point backward, or
                fewer than two frames remain.
        """
        landmarks = find_landmarks(recording, path)
        positions, orientations = turn_upright(*forward_kinematics(recording), landmarks, path)
        left_out = _rest_frames(positions[:, list(landmarks.values())])
        positions, orientations = positions[left_out:], orientations[left_out:]
        if len(positions) < 2:
            raise MediaError(f"{path}: a motion needs at least 2 frames, received {len(positions)}")
        measured = _Measured(recording, landmarks, positions, orientations, path)
        return cls(
            directions=measured.directions(),
            travel=measured.hips[:, (0, 2)] / measured.leg,
            clearance=measured.clearance(),
            rate=1 / recording.frame_time,
            left_out=left_out,
        )

    @property
    def seconds(self) -> float:
        """The time from the first frame to the last."""
        return (len(self.travel) - 1) / self.rate


class _Measured:
    """The body parts of a recording turned upright: positions [F, N, 3] by node."""

    def __init__(
        self,
        recording: BvhRecording,
        landmarks: dict[str, int],
        positions: np.ndarray,
        orientations: np.ndarray,
        path: str | Path,
    ):
        self.recording, self.landmarks, self.path = recording, landmarks, path
        self.positions, self.orientations = positions, orientations
        self.at = {part: positions[:, index] for part, index in landmarks.items()}
        self.hips = (self.at["left_hip"] + self.at["right_hip"]) / 2
        legs = [
            np.linalg.norm(self.at[f"{side}_{lower}"] - self.at[f"{side}_{upper}"], axis=-1)
            for side in SIDES
            for upper, lower in (("hip", "knee"), ("knee", "ankle"))
        ]
        self.leg = float(np.median(np.sum(legs, axis=0))) / 2
        self.tips = {
            f"{side}_{part}": self._tip(landmarks[f"{side}_{part}"])
            for side in SIDES
            for part in ("wrist", "ankle")
        }

    def directions(self) -> dict[str, np.ndarray]:
        """Return the directions of `CapturedMotion`."""
        at = self.at
        spine = [
            self.positions[:, index] for index in ancestors(self.recording, self.landmarks["neck"])
        ]
        # `spine` runs from the neck down to the hips.
        chest = next((p for p in spine if self._apart(p, at["neck"]) > _SPINE), self.hips)
        waist = next((p for p in spine[::-1] if self._above_hips(p)), at["neck"])
        found = {
            "pelvis_left": self._unit("left_hip", at["left_hip"] - at["right_hip"]),
            "pelvis_up": self._unit("spine", waist - self.hips),
            "torso": self._unit("torso", at["neck"] - self.hips),
            "chest_left": self._unit("shoulders", self._chest_left()),
            "chest_up": self._unit("chest", at["neck"] - chest),
        }
        pelvis_forward = np.cross(found["pelvis_left"], found["pelvis_up"])
        for side in SIDES:
            for bone, start, end in (
                ("thigh", "hip", "knee"),
                ("calf", "knee", "ankle"),
                ("upper_arm", "shoulder", "elbow"),
                ("forearm", "elbow", "wrist"),
            ):
                name = f"{side}_{bone}"
                found[name] = self._unit(name, at[f"{side}_{end}"] - at[f"{side}_{start}"])
            tip = self.tips[f"{side}_wrist"]
            found[f"{side}_hand"] = (
                found[f"{side}_forearm"]
                if tip is None
                else self._unit("hand", tip - at[f"{side}_wrist"])
            )
            ankle = at[f"{side}_ankle"]
            tip = self.tips[f"{side}_ankle"]
            found[f"{side}_foot_forward"], found[f"{side}_foot_down"] = flat_foot_axes(
                self.orientations[:, self.landmarks[f"{side}_ankle"]],
                ankle[:, 1],
                pelvis_forward if tip is None else tip - ankle,
            )
        self._check_feet(found, pelvis_forward)
        found["head_up"], found["head_forward"] = head_axes(
            self.recording, self.landmarks, self.orientations[:, self.landmarks["head"]], found
        )
        return found

    def clearance(self) -> np.ndarray:
        """Return the height of the lower foot above the floor, [F], in leg lengths."""
        heights = [self.at[f"{side}_ankle"][:, 1] for side in SIDES]
        heights += [
            tip[:, 1] for name, tip in self.tips.items() if tip is not None and "ankle" in name
        ]
        # Each point separately: an ankle is higher than a toe.
        above = [height - np.percentile(height, 5) for height in heights]
        return np.maximum(np.min(above, axis=0) / self.leg - _FLOOR, 0)

    def _chest_left(self) -> np.ndarray:
        nodes, marks = self.recording.nodes, self.landmarks
        if {"left_collar", "right_collar"} <= marks.keys():
            left, right = marks["left_collar"], marks["right_collar"]
            difference = self.positions[:, left] - self.positions[:, right]
            # Both are fixed to the chest, whereas the shoulders move relative to it.
            if nodes[left].parent == nodes[right].parent and self._long(difference, _COLLARS):
                return difference
        return self.at["left_shoulder"] - self.at["right_shoulder"]

    def _tip(self, index: int) -> np.ndarray | None:
        """Return the mean of the nodes attached to a hand or foot, [F, 3]; None if it has none."""
        tips: list[Any] = []
        level = self.recording.children(index)
        while level and not tips:
            tips = [
                self.positions[:, child]
                for child in level
                if self._long(self.positions[:, child] - self.positions[:, index], _TIP)
            ]
            level = [grandchild for child in level for grandchild in self.recording.children(child)]
        return np.mean(tips, axis=0) if tips else None

    def _check_feet(self, found: dict[str, np.ndarray], pelvis_forward: np.ndarray) -> None:
        for side in SIDES:
            along = np.sum(found[f"{side}_foot_forward"] * pelvis_forward, axis=-1)
            if along.mean() < -0.3:
                raise MediaError(
                    f"{self.path}: the feet point backward, so the coordinates are left-handed or "
                    "left and right joints are exchanged: export right-handed coordinates, or "
                    "rename the joints"
                )

    def _apart(self, first: np.ndarray, second: np.ndarray) -> float:
        return float(np.median(np.linalg.norm(first - second, axis=-1))) / self.leg

    def _above_hips(self, point: np.ndarray) -> bool:
        return self._apart(point, self.hips) > _SPINE

    def _long(self, difference: np.ndarray, least: float) -> bool:
        return self._apart(difference, np.zeros(3)) > least

    def _unit(self, what: str, vectors: np.ndarray) -> np.ndarray:
        lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
        if not lengths.min() > 1e-6 * self.leg:
            raise MediaError(
                f"{self.path}: the {what.replace('_', ' ')} has no length, so it has no direction: "
                "check the OFFSETs of the skeleton"
            )
        return vectors / lengths


def _rest_frames(positions: np.ndarray) -> int:
    """Return 1 if the first of the frames [F, N, 3] is a rest pose before the recording, else 0."""
    if len(positions) < 3:
        return 0
    # Relative to the middle of the body, because the rest pose is often elsewhere.
    about = positions - positions.mean(axis=1, keepdims=True)
    steps = np.linalg.norm(np.diff(about, axis=0), axis=-1).max(axis=-1)
    return int(steps[0] > _JUMP * steps[1 : 1 + _NEXT_STEPS].max() and steps[0] > 0)
