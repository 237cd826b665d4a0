"""Finding the upward direction of a recording."""

from pathlib import Path

import numpy as np

from deformable_gan.errors import MediaError

# The smallest accepted component, along an axis, of the mean direction from the feet to the neck.
# It is nearly 1 for a person who always stands upright; squats and bends lower it.
_LEAST = 0.6
_NAMES = "XYZ"


def turn_upright(
    positions: np.ndarray,
    orientations: np.ndarray,
    landmarks: dict[str, int],
    path: str | Path,
) -> tuple[np.ndarray, np.ndarray]:
    """Return a recording's positions and orientations in coordinates whose y axis points up.

    The upward axis is the one along which the person stands. Y up stays unchanged; Z up becomes
    (x, z, -y).

    Args:
        positions: float64 [F, N, 3] of the nodes.
        orientations: float64 [F, N, 3, 3].
        landmarks: the indices of the nodes, by part of the body.
        path: the file, for messages.

    Returns:
        The positions and the orientations in the new coordinates.

    Raises:
        MediaError: the person does not stand along one of the axes.
    """
    feet = (positions[:, landmarks["left_ankle"]] + positions[:, landmarks["right_ankle"]]) / 2
    bodies = positions[:, landmarks["neck"]] - feet
    lengths = np.linalg.norm(bodies, axis=-1, keepdims=True)
    mean = (bodies / np.maximum(lengths, 1e-12)).mean(axis=0)
    axis = int(np.abs(mean).argmax())
    if abs(mean[axis]) < _LEAST:
        direction = ", ".join(
            f"{name} {value:.2f}" for name, value in zip(_NAMES, mean, strict=True)
        )
        raise MediaError(
            f"{path}: the person does not stand along an axis, so the upward direction is unknown "
            f"(mean direction from feet to neck: {direction}): use a recording in which the "
            "person stands most of the time"
        )
    turn = _to_y(axis, 1.0 if mean[axis] > 0 else -1.0)
    return positions @ turn.T, turn @ orientations


def _to_y(axis: int, sign: float) -> np.ndarray:
    """Return the rotation [3, 3] that maps a signed axis to y."""
    up, forward = np.zeros(3), np.zeros(3)
    up[axis] = sign
    if axis == 2:
        forward[1] = -sign
    else:
        forward[2] = 1.0
    return np.stack([np.cross(up, forward), up, forward])
