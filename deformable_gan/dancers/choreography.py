"""Invented dances: key poses on a beat, with smooth transitions."""

from dataclasses import replace

import numpy as np

from deformable_gan.dancers.pose import Arm, Foot, Pose

# (lift, forward, roll, elbow) in degrees.
_ARMS: dict[str, tuple[float, float, float, float]] = {
    "hang": (12, 20, 80, 18),
    "on_hip": (50, -12, 172, 100),
    "to_the_sky": (152, 12, 0, 8),
    "wide": (92, 0, 40, 10),
    "low_wide": (55, 10, 60, 20),
    "goal_post": (86, 5, 5, 88),
    "egyptian": (80, 5, 178, 85),
    "crown": (138, 8, 0, 62),
    "reach": (78, 62, 30, 14),
    "across": (56, 58, 80, 88),
    "to_the_head": (120, 8, 15, 122),
    "run_back": (32, -65, 90, 62),
    "run_front": (38, 70, 10, 96),
    "to_the_face": (38, 65, 25, 128),
    "behind_back": (30, -42, -80, 78),
    "diagonal_down": (38, -5, 90, 8),
    "wave": (112, 10, 0, 58),
}
_ARM_CHANCES = np.array([3, 3, 3, 2, 2, 2.2, 1.4, 2, 1.5, 2, 1.5, 1, 1.2, 1.2, 1.2, 1.5, 2])

# Left and right foot as (out, forward, lift, turn), then crouch and sway; the turns in degrees, the
# other numbers in leg lengths.
_STANCES: dict[str, tuple[tuple[float, ...], tuple[float, ...], float, float]] = {
    "stand": ((0.16, 0, 0, 15), (0.16, 0, 0, 15), 0.02, 0.0),
    "wide": ((0.36, 0, 0, 25), (0.36, 0, 0, 25), 0.05, 0.0),
    "weight_left": ((0.17, 0, 0, 15), (0.36, 0.06, 0, 30), 0.05, 0.13),
    "step_forward": ((0.13, 0.28, 0, 8), (0.13, -0.18, 0.03, 12), 0.08, 0.0),
    "step_side": ((0.50, 0, 0.02, 25), (0.14, 0, 0, 10), 0.08, 0.06),
    "knee_up": ((0.16, 0.28, 0.46, 8), (0.10, 0, 0, 10), 0.03, -0.04),
    "kick": ((0.20, 0.62, 0.36, 5), (0.10, 0, 0, 10), 0.04, -0.04),
    "side_kick": ((0.70, 0.05, 0.24, 10), (0.05, 0, 0, 15), 0.05, -0.06),
    "heel_back": ((0.14, -0.40, 0.40, 5), (0.10, 0, 0, 8), 0.04, -0.03),
    "squat": ((0.34, 0.05, 0, 40), (0.34, 0.05, 0, 40), 0.34, 0.0),
    "half_squat": ((0.28, 0.03, 0, 30), (0.28, 0.03, 0, 30), 0.18, 0.0),
    "lunge": ((0.55, 0.05, 0, 45), (0.42, 0, 0, 20), 0.26, 0.20),
    "crossed": ((-0.06, 0.14, 0, 0), (0.10, -0.08, 0, 20), 0.04, 0.0),
}
_STANCE_CHANCES = np.array([3, 2, 3, 2, 2, 1.5, 0.9, 0.9, 1.0, 1.3, 1.8, 1.3, 1.2])


def dance(rng: np.random.Generator, frames: int, rate: float = 10.0) -> list[Pose]:
    """Return an invented dance.

    Key poses follow one another on a beat of 0.62 to 0.95 seconds, and each is held for a moment.
    Every dance adds its own periodic movement (bouncing, swaying, leaning and nodding).

    Args:
        rng: determines the dance.
        frames: number of poses.
        rate: poses per second.

    Returns:
        The poses, smooth in time.
    """
    times = np.arange(frames) / rate
    beat = rng.uniform(0.62, 0.95)
    count = int(np.ceil((times[-1] if frames else 0) / beat)) + 2
    keys = _key_poses(rng, count)
    position = times / beat + rng.uniform(0, 0.5)
    index = np.minimum(position.astype(int), count - 2)
    ease = np.clip((position - index) / 0.85, 0, 1)
    ease = (ease**3 * (ease * (6 * ease - 15) + 10))[:, None]
    numbers = keys[index] * (1 - ease) + keys[index + 1] * ease
    poses = [Pose.from_array(row) for row in numbers]
    phase = 2 * np.pi * times / (2 * beat)
    groove = rng.uniform(0.3, 1.0, 4) * (0.018, 0.03, 0.07, 0.07)
    offset = rng.uniform(0, 2 * np.pi, 4)
    wave = groove * np.sin(phase[:, None] * (2, 1, 1, 2) + offset)
    return [
        replace(
            pose,
            crouch=max(0.0, pose.crouch + bounce),
            sway=pose.sway + sway,
            lean_side=pose.lean_side + lean,
            head_nod=pose.head_nod + nod,
        )
        for pose, (bounce, sway, lean, nod) in zip(poses, wave, strict=True)
    ]


def key_pose(rng: np.random.Generator, turn: float = 0.0) -> Pose:
    """Draw a random pose that faces `turn`; see `Pose.turn`."""
    arms = list(_ARMS.values())
    chances = _ARM_CHANCES / _ARM_CHANCES.sum()
    left = arms[rng.choice(len(arms), p=chances)]
    right = left if rng.random() < 0.3 else arms[rng.choice(len(arms), p=chances)]
    stances = list(_STANCES.values())
    first, second, crouch, sway = stances[
        rng.choice(len(stances), p=_STANCE_CHANCES / _STANCE_CHANCES.sum())
    ]
    pose = Pose(
        turn=0.0,
        sway=sway + rng.normal(0, 0.02),
        crouch=max(0.0, crouch + rng.normal(0, 0.02)),
        leap=rng.uniform(0.10, 0.25) if rng.random() < 0.06 else 0.0,
        hip_tilt=rng.normal(0, 0.06),
        lean_side=rng.normal(0, 0.12) + 0.5 * sway,
        lean_forward=rng.normal(0.02, 0.08) + 0.5 * max(0.0, crouch - 0.1),
        twist=rng.normal(0, 0.16),
        head_turn=rng.normal(0, 0.28),
        head_nod=rng.normal(0.0, 0.08),
        head_tilt=rng.normal(0, 0.12),
        left_arm=_draw_arm(rng, left),
        right_arm=_draw_arm(rng, right),
        left_foot=_draw_foot(rng, first),
        right_foot=_draw_foot(rng, second),
    )
    if rng.random() < 0.5:
        pose = pose.mirrored()
    return replace(pose, turn=turn)


def _key_poses(rng: np.random.Generator, count: int) -> np.ndarray:
    keys: list[np.ndarray] = []
    turn = rng.normal(0, 0.3)
    while len(keys) < count:
        # A dancer faces about the same direction for one to three beats, and then another one.
        for _ in range(int(rng.integers(1, 4))):
            keys.append(key_pose(rng, turn + rng.normal(0, 0.18)).to_array())
        goal = rng.choice(5, p=(0.46, 0.17, 0.14, 0.17, 0.06))
        facing = (0.0, rng.uniform(0.6, 1.2), np.pi / 2, np.pi, rng.uniform(1.9, 2.6))[goal]
        facing = facing * rng.choice((-1, 1)) + rng.normal(0, 0.22)
        # Turn by the smaller angle.
        turn += (facing - turn + np.pi) % (2 * np.pi) - np.pi
    return np.array(keys[:count])


def _draw_arm(rng: np.random.Generator, shape: tuple[float, ...]) -> Arm:
    lift, forward, roll, elbow = np.radians(np.array(shape) + rng.normal(0, (9, 9, 9, 9)))
    return Arm(max(lift, 0.1), forward, roll, float(np.clip(elbow, 0.05, 2.4)))


def _draw_foot(rng: np.random.Generator, shape: tuple[float, ...]) -> Foot:
    out, forward, lift, turn = shape
    return Foot(
        out + rng.normal(0, 0.03),
        forward + rng.normal(0, 0.03),
        lift * rng.uniform(0.8, 1.15),
        np.radians(turn + rng.normal(0, 6)),
    )
