import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.geometry.regions import joint_positions, torso_size
from deformable_gan.geometry.solid_torso import DEPTH, FRONT_WIDTHS, solid_torso
from deformable_gan.pose.skeleton import COCO17

_ANGLES = [0, 20, 45, 70, 89, 110, 180, 250, 300]


def _solid(keypoints):
    return np.asarray(solid_torso(*joint_positions(keypoints, COCO17), COCO17))


def _turned(standing, degrees, tilt=0.0):
    """Return a pose whose torso is turned about its axis (degrees) and tilted (radians)."""
    keypoints = standing.copy()
    torso = 30.0
    for part, width in FRONT_WIDTHS.items():
        y = 30.0 if part == "shoulder" else 30.0 + torso
        half = width * torso / 2 * np.cos(np.radians(degrees))
        for side, sign in (("left", 1), ("right", -1)):
            place = np.array([y - 45.0, sign * half])
            cosine, sine = np.cos(tilt), np.sin(tilt)
            place = np.array([[cosine, sine], [-sine, cosine]]) @ place + (60.0, 32.0)
            keypoints[:, COCO17.index(f"{side}_{part}"), :2] = place
    return keypoints


def _silhouette(width, degrees):
    """Return the width of an elliptic cylinder turned by an angle, from points of its outline."""
    around = np.linspace(0, 2 * np.pi, 20_001)
    angle = np.radians(degrees)
    x = width / 2 * np.cos(around) * np.cos(angle) + DEPTH * width / 2 * np.sin(around) * np.sin(
        angle
    )
    return np.ptp(x)


@pytest.mark.parametrize("tilt", [0.0, 0.7])
@pytest.mark.parametrize("degrees", _ANGLES)
def test_the_width_is_that_of_a_turned_cylinder(standing, degrees, tilt):
    keypoints = _turned(standing, degrees, tilt)
    size = float(np.asarray(torso_size(*joint_positions(keypoints, COCO17), COCO17)[0])[0])
    assert size == pytest.approx(30, rel=0.01)
    solid = _solid(keypoints)
    for part, width in FRONT_WIDTHS.items():
        left, right = (solid[0, COCO17.index(f"{side}_{part}")] for side in ("left", "right"))
        expected = _silhouette(width * size, degrees)
        np.testing.assert_allclose(np.linalg.norm(left - right), expected, rtol=0.01)
        # The middle stays, and left stays on its side.
        pair = [COCO17.index(f"{side}_{part}") for side in ("left", "right")]
        np.testing.assert_allclose(
            (left + right) / 2, keypoints[0, pair, :2].mean(axis=0), atol=1e-4
        )
        before = keypoints[0, pair[0], :2] - keypoints[0, pair[1], :2]
        assert before @ (left - right) >= 0


def test_other_joints_stay(standing):
    solid = _solid(standing)
    torso = COCO17.indices("left_shoulder", "right_shoulder", "left_hip", "right_hip")
    others = np.setdiff1d(np.arange(17), torso)
    np.testing.assert_array_equal(solid[:, others], standing[:, others, :2])


def test_the_slope_of_the_shoulders_stays(standing):
    keypoints = _turned(standing, 70)
    keypoints[0, COCO17.index("left_shoulder"), 0] += 3
    keypoints[0, COCO17.index("right_shoulder"), 0] -= 3
    solid = _solid(keypoints)
    left, right = (solid[0, COCO17.index(f"{side}_shoulder")] for side in ("left", "right"))
    np.testing.assert_allclose(left[0] - right[0], 6, atol=0.05)


@pytest.mark.parametrize("joint", ["left_shoulder", "right_hip"])
def test_an_incomplete_torso_stays_flat(standing, joint):
    lacking = standing.copy()
    lacking[:, COCO17.index(joint)] = (-1, -1, 0)
    positions, _ = joint_positions(lacking, COCO17)
    np.testing.assert_array_equal(_solid(lacking), positions)


def test_gradients_are_finite_in_exact_profile(standing):
    keypoints = tf.convert_to_tensor(_turned(standing, 90))
    with tf.GradientTape() as tape:
        tape.watch(keypoints)
        solid = solid_torso(*joint_positions(keypoints, COCO17), COCO17)
    gradient = tape.gradient(solid, keypoints)
    assert np.isfinite(gradient).all()
