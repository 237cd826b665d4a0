"""Directions fixed to a head or a foot, which the positions of joints alone do not give."""

import numpy as np

from deformable_gan.data.motion.bvh_recording import BvhRecording
from deformable_gan.data.motion.kinematics import rest_positions

# Cosine of the largest angle, 35 degrees, between the legs and the body of a skeleton that stands.
_STANDS = 0.82
# The frames with the lowest ankle, this percentage of all, define a foot's flat orientation.
_FLAT_SHARE = 25


def head_axes(
    recording: BvhRecording,
    landmarks: dict[str, int],
    orientations: np.ndarray,
    directions: dict[str, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Return the directions up and forward of the head, float64 [F, 3] each.

    If a skeleton stands when no joint is rotated, this pose defines where its head faces.
    Otherwise the head is assumed to face, on average over the recording, where the chest faces.

    Args:
        recording: the skeleton.
        landmarks: the nodes of the parts of the body.
        orientations: float64 [F, 3, 3] of the head's joint.
        directions: float64 [F, 3] of `chest_left` and `chest_up`.
    """
    standing = _standing_axes(recording, landmarks)
    if standing is None:
        forward = np.cross(directions["chest_left"], directions["chest_up"])
        standing = (
            _local_mean(orientations, directions["chest_up"]),
            _local_mean(orientations, forward),
        )
    up, forward = standing
    return orientations @ _unit(up), orientations @ _unit(forward)


def flat_foot_axes(
    orientations: np.ndarray, heights: np.ndarray, toward_toes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return a sole's directions, to the toes and downwards out of the foot, float64 [F, 3] each.

    The line from the ankle to the toes has a different slope in every skeleton. In the frames with
    the lowest ankle the sole is, on average, flat on the floor.

    Args:
        orientations: float64 [F, 3, 3] of the ankle's joint.
        heights: float64 [F] of the ankle.
        toward_toes: float64 [F, 3], the direction of the toes, of any length.
    """
    flat = heights <= np.percentile(heights, _FLAT_SHARE)
    down = _unit(_local_mean(orientations[flat], np.array([0.0, -1.0, 0.0])))
    level = toward_toes[flat] * np.array([1.0, 0.0, 1.0])
    forward = _local_mean(orientations[flat], level)
    forward = _unit(forward - (forward @ down) * down)
    return orientations @ forward, orientations @ down


def _standing_axes(
    recording: BvhRecording, landmarks: dict[str, int]
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the rest pose's directions up and forward, [3] each; None if it does not stand."""
    rest = {part: rest_positions(recording)[index] for part, index in landmarks.items()}
    left = rest["left_hip"] - rest["right_hip"]
    up = rest["neck"] - (rest["left_ankle"] + rest["right_ankle"]) / 2
    if not (np.linalg.norm(left) > 0 and np.linalg.norm(up) > 0):
        return None
    left = _unit(left)
    up = _unit(up - (up @ left) * left)
    for side in ("left", "right"):
        for lower, upper in (("knee", "hip"), ("ankle", "knee")):
            bone = rest[f"{side}_{upper}"] - rest[f"{side}_{lower}"]
            if not bone @ up > _STANDS * np.linalg.norm(bone):
                return None
    return up, np.cross(left, up)


def _local_mean(orientations: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Return the mean [3], in a joint's frame, of world vectors [F, 3] or [3]."""
    return np.mean((np.swapaxes(orientations, -1, -2) @ vectors[..., None])[..., 0], axis=0)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / max(float(np.linalg.norm(vector)), 1e-12)
