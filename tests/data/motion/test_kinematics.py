"""Positions and orientations of joints, compared with hand computation and SciPy."""

import itertools

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from deformable_gan.data.motion import BvhNode, BvhRecording, forward_kinematics, read_bvh
from deformable_gan.data.motion.kinematics import rest_positions

POSITIONS = ("Xposition", "Yposition", "Zposition")


def recording(nodes, values):
    return BvhRecording(tuple(nodes), np.array(values, float), 0.1)


def rotations(order):
    return tuple(f"{axis}rotation" for axis in order)


@pytest.mark.parametrize(
    ("channel", "expected"),
    [("Xrotation", (1, -3, 2)), ("Yrotation", (3, 2, -1)), ("Zrotation", (-2, 1, 3))],
)
def test_a_quarter_turn_by_hand(channel, expected):
    # Right-handed: about X, Y goes to Z; about Y, Z goes to X; about Z, X goes to Y.
    nodes = [BvhNode("a", -1, (0, 0, 0), (channel,)), BvhNode(None, 0, (1, 2, 3))]
    positions, _ = forward_kinematics(recording(nodes, [[90]]))
    np.testing.assert_allclose(positions[0, 1], expected, atol=1e-12)


def test_the_first_channel_is_the_outermost_by_hand():
    # Channels Z, X (the rotation is Rz Rx): Rx turns the offset (0, 1, 0) to (0, 0, 1), which Rz
    # leaves unchanged. Channels X, Z (Rx Rz): Rz turns the offset to (-1, 0, 0), which Rx leaves
    # unchanged.
    for order, expected in (("ZX", (0, 0, 1)), ("XZ", (-1, 0, 0))):
        nodes = [BvhNode("a", -1, (0, 0, 0), rotations(order)), BvhNode(None, 0, (0, 1, 0))]
        positions, _ = forward_kinematics(recording(nodes, [[90, 90]]))
        np.testing.assert_allclose(positions[0, 1], expected, atol=1e-12)


def test_a_bent_arm_by_hand():
    # The shoulder at (0, 10, 0) is turned by 30 degrees about Z. The elbow, two units away, is bent
    # by another 60 degrees, so that the forearm of one unit points straight up.
    nodes = [
        BvhNode("Shoulder", -1, (9, 9, 9), (*POSITIONS, *rotations("ZXY"))),
        BvhNode("Elbow", 0, (2, 0, 0), rotations("XYZ")),
        BvhNode(None, 1, (1, 0, 0)),
    ]
    positions, orientations = forward_kinematics(recording(nodes, [[0, 10, 0, 30, 0, 0, 0, 0, 60]]))
    elbow, hand = (np.sqrt(3), 11, 0), (np.sqrt(3), 12, 0)
    np.testing.assert_allclose(positions[0], [(0, 10, 0), elbow, hand], atol=1e-12)
    np.testing.assert_allclose(orientations[0, 2] @ [1, 0, 0], [0, 1, 0], atol=1e-12)


@pytest.mark.parametrize("order", ["".join(order) for order in itertools.permutations("XYZ")])
def test_every_order_as_scipy(order):
    rng = np.random.default_rng(3)
    angles = rng.uniform(-360, 360, (20, 3, 3))
    offsets = rng.normal(size=(4, 3))
    nodes = [
        BvhNode("a", -1, (0, 0, 0), rotations(order)),
        BvhNode("b", 0, tuple(offsets[1]), rotations(order[::-1])),
        BvhNode("c", 1, tuple(offsets[2]), rotations(order)),
        BvhNode(None, 2, tuple(offsets[3])),
    ]
    positions, orientations = forward_kinematics(recording(nodes, angles.reshape(20, 9)))
    # Capital letters are SciPy's intrinsic rotations.
    a, b, c = (
        Rotation.from_euler(o, angles[:, i], degrees=True)
        for i, o in enumerate((order, order[::-1], order))
    )
    np.testing.assert_allclose(orientations[:, 3], (a * b * c).as_matrix(), atol=1e-12)
    second = a.apply(offsets[1])
    third = second + (a * b).apply(offsets[2])
    np.testing.assert_allclose(positions[:, 2], third, atol=1e-12)
    np.testing.assert_allclose(positions[:, 3], third + (a * b * c).apply(offsets[3]), atol=1e-12)


def test_channels_in_any_order_and_number():
    nodes = [
        BvhNode("a", -1, (0, 0, 0), ("Zrotation", "Yposition", "Xposition")),
        BvhNode("b", 0, (1, 0, 0), ("Yrotation",)),
        BvhNode("c", 1, (1, 0, 0)),
    ]
    positions, _ = forward_kinematics(recording(nodes, [[90, 5, 4, 90]]))
    # The root has no z channel, so its z is that of its offset. Its rotation turns b's offset from
    # X to Y, and b's rotation about Y turns c's offset from X to -Z.
    np.testing.assert_allclose(positions[0], [(4, 5, 0), (4, 6, 0), (4, 6, -1)], atol=1e-12)


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        # Channels that replace the offset, as most programs write them.
        ([(0.1, 2, 0), (-0.1, 2, 0)], [(0.1, 2, 0), (-0.1, 2, 0)]),
        # Channels that are added to the offset.
        ([(0.1, 0, 0), (-0.1, 0, 0)], [(0.1, 2, 0), (-0.1, 2, 0)]),
    ],
)
def test_positions_of_joints_below_the_root(channels, expected):
    nodes = [BvhNode("a", -1, (0, 0, 0), ()), BvhNode("b", 0, (0, 2, 0), POSITIONS)]
    positions, _ = forward_kinematics(recording(nodes, channels))
    np.testing.assert_allclose(positions[:, 1], expected)


def test_rest_is_without_rotation_and_place():
    nodes = [
        BvhNode("a", -1, (5, 5, 5), (*POSITIONS, "Zrotation")),
        BvhNode("b", 0, (1, 2, 3), ("Zrotation",)),
        BvhNode(None, 1, (0, 1, 0)),
    ]
    rest = rest_positions(recording(nodes, [[7, 7, 7, 30, 40]]))
    np.testing.assert_array_equal(rest, [(0, 0, 0), (1, 2, 3), (1, 3, 3)])


def test_real_recordings_keep_their_bones(salsas):
    for path in salsas:
        found = read_bvh(path)
        assert len(found.joint_names) == 43
        assert found.frame_time == pytest.approx(0.05, abs=1e-4)
        positions, orientations = forward_kinematics(found)
        for index, node in enumerate(found.nodes):
            if node.parent >= 0:
                lengths = np.linalg.norm(positions[:, index] - positions[:, node.parent], axis=-1)
                np.testing.assert_allclose(lengths, np.linalg.norm(node.offset), atol=1e-9)
        determinants = np.linalg.det(orientations)
        np.testing.assert_allclose(determinants, 1, atol=1e-9)
