"""A dancer's pose: joint angles and foot positions that fit any proportions."""

from dataclasses import astuple, dataclass, field, replace
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Arm:
    """An arm's angles, in radians and in the chest's frame.

    Attributes:
        lift: 0 hanging, π/2 level, π straight up.
        forward: direction of lifting: 0 sideways, π/2 forward, negative backward.
        roll: direction in which the bent elbow moves the forearm: 0 the direction in which lifting
            moves the arm, π the opposite one. For a hanging arm whose `forward` is 0: 0 outward,
            π/2 forward, π towards the body.
        elbow: 0 straight, π/2 a right angle.
    """

    lift: float = 0.15
    forward: float = 0.2
    roll: float = 1.4
    elbow: float = 0.3


@dataclass(frozen=True)
class Foot:
    """A foot's position, in leg lengths from the dancer's place on the floor.

    Attributes:
        out: sideways, away from the middle of the body: to the left for the left foot.
        forward: ahead of the dancer.
        lift: above the floor.
        turn: outward turn, in radians.
    """

    out: float = 0.15
    forward: float = 0.0
    lift: float = 0.0
    turn: float = 0.25


@dataclass(frozen=True)
class Pose:
    """A whole body's pose; the legs follow from the positions of the feet and the pelvis.

    Angles are in radians. Sides are the dancer's own: positive `sway`, `lean_side`, `twist`, `turn`
    and turns and tilts of the head are towards the dancer's left.

    Attributes:
        turn: direction of the whole body: 0 faces the viewer, π away from the viewer; positive
            turns are towards the dancer's left: the image's right for a dancer who faces the
            viewer.
        place: sideways position in the scene, in body heights, positive to the image's right.
        sway: the pelvis's shift relative to the feet, in leg lengths.
        crouch: how far the pelvis is lowered, in leg lengths.
        leap: height of the whole body above the floor, in leg lengths.
        hip_tilt: rise of the left hip.
        lean_side: sideways lean of the chest.
        lean_forward: forward lean of the chest.
        twist: turn of the chest relative to the pelvis.
        head_turn: turn of the head relative to the chest.
        head_nod: forward tilt of the head, positive down.
        head_tilt: sideways tilt of the head.
        left_arm: the dancer's left arm.
        right_arm: the dancer's right arm.
        left_foot: the dancer's left foot.
        right_foot: the dancer's right foot.
    """

    turn: float = 0.0
    place: float = 0.0
    sway: float = 0.0
    crouch: float = 0.02
    leap: float = 0.0
    hip_tilt: float = 0.0
    lean_side: float = 0.0
    lean_forward: float = 0.0
    twist: float = 0.0
    head_turn: float = 0.0
    head_nod: float = 0.0
    head_tilt: float = 0.0
    left_arm: Arm = field(default_factory=Arm)
    right_arm: Arm = field(default_factory=Arm)
    left_foot: Foot = field(default_factory=Foot)
    right_foot: Foot = field(default_factory=Foot)

    def to_array(self) -> np.ndarray:
        """Return all numbers of the pose as a float array [28], in the order of the attributes."""
        numbers = astuple(self)
        return np.array([*numbers[:12], *(n for part in numbers[12:] for n in part)])

    @classmethod
    def from_array(cls, numbers: np.ndarray) -> "Pose":
        """Return the pose for which `to_array` returns these numbers."""
        values: Any = [float(number) for number in numbers]
        return cls(  # type: ignore[call-arg]  # twelve numbers for the fields before the limbs
            *values[:12],
            Arm(*values[12:16]),
            Arm(*values[16:20]),
            Foot(*values[20:24]),
            Foot(*values[24:28]),
        )

    def mirrored(self) -> "Pose":
        """Return the mirrored pose: left and right exchanged."""
        return replace(
            self,
            turn=-self.turn,
            place=-self.place,
            sway=-self.sway,
            hip_tilt=-self.hip_tilt,
            lean_side=-self.lean_side,
            twist=-self.twist,
            head_turn=-self.head_turn,
            head_tilt=-self.head_tilt,
            left_arm=self.right_arm,
            right_arm=self.left_arm,
            left_foot=self.right_foot,
            right_foot=self.left_foot,
        )
