"""The positions of a recording's joints."""

import numpy as np

from deformable_gan.data.motion.bvh_recording import BvhNode, BvhRecording

_AXES = "XYZ"


def forward_kinematics(recording: BvhRecording) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions and orientations of all nodes in the file's world coordinates.

    *Convention*: column vectors in right-handed coordinates. A node with the channels
    `Zrotation Xrotation Yrotation` has the local rotation Rz Rx Ry; a point p in its frame is at
    R p + t in the world. Positive angles turn Y to Z about X, Z to X about Y, and X to Y about Z.

    Position channels give a joint's position in its parent's frame and replace its offset. For
    joints other than the root, some programs write positions that are added to the offset. A joint
    whose positions are, on average, nearer to zero than to its offset is read this way.

    Args:
        recording: F frames of N nodes.

    Returns:
        positions float64 [F, N, 3] in the file's unit, and orientations float64 [F, N, 3, 3].
    """
    frames, count = len(recording.values), len(recording.nodes)
    positions = np.empty((frames, count, 3))
    orientations = np.empty((frames, count, 3, 3))
    column = 0
    for index, node in enumerate(recording.nodes):
        values = recording.values[:, column : column + len(node.channels)]
        column += len(node.channels)
        translation, rotation = _translation(node, values), _rotation(node, values)
        if node.parent < 0:
            positions[:, index], orientations[:, index] = translation, rotation
            continue
        parent = orientations[:, node.parent]
        positions[:, index] = positions[:, node.parent] + _apply(parent, translation)
        orientations[:, index] = parent @ rotation
    return positions, orientations


def rest_positions(recording: BvhRecording) -> np.ndarray:
    """Return the nodes' positions when no joint is rotated, float64 [N, 3], the root at zero."""
    positions = np.zeros((len(recording.nodes), 3))
    for index, node in enumerate(recording.nodes):
        if node.parent >= 0:
            positions[index] = positions[node.parent] + node.offset
    return positions


def _translation(node: BvhNode, values: np.ndarray) -> np.ndarray:
    """Return a node's position in its parent's frame, [F, 3]."""
    offset = np.array(node.offset, np.float64)
    translation = np.repeat(offset[None], len(values), axis=0)
    columns = {
        _AXES.index(channel[0]): column
        for column, channel in enumerate(node.channels)
        if channel.endswith("position")
    }
    if not columns:
        return translation
    axes = list(columns)
    given = values[:, list(columns.values())]
    mean = given.mean(axis=0)
    added = np.linalg.norm(mean) < np.linalg.norm(mean - offset[axes])
    translation[:, axes] = given + offset[axes] if node.parent >= 0 and added else given
    return translation


def _rotation(node: BvhNode, values: np.ndarray) -> np.ndarray:
    """Return a node's orientation in its parent's frame, [F, 3, 3]."""
    rotation = np.repeat(np.eye(3)[None], len(values), axis=0)
    for column, channel in enumerate(node.channels):
        if channel.endswith("rotation"):
            rotation = rotation @ _about(_AXES.index(channel[0]), np.radians(values[:, column]))
    return rotation


def _about(axis: int, angles: np.ndarray) -> np.ndarray:
    """Return the rotations [F, 3, 3] by angles [F], in radians, about a coordinate axis."""
    second, third = (axis + 1) % 3, (axis + 2) % 3
    rotation = np.zeros((len(angles), 3, 3))
    rotation[:, axis, axis] = 1
    rotation[:, second, second] = rotation[:, third, third] = np.cos(angles)
    rotation[:, third, second] = np.sin(angles)
    rotation[:, second, third] = -rotation[:, third, second]
    return rotation


def _apply(rotations: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    return (rotations @ vectors[..., None])[..., 0]
