"""Recorded directions on a dancer's body."""

import numpy as np
import pytest

from deformable_gan.dancers.body import ANKLE_HEIGHT, CAMERA_PITCH, place_body
from deformable_gan.dancers.build import Build
from deformable_gan.dancers.pose import Arm, Foot, Pose
from deformable_gan.dancers.recorded_body import place_recorded

BUILD = Build.random(np.random.default_rng(1))
LEFT, UP, FRONT = np.eye(3)
STANDING = {
    "pelvis_left": LEFT,
    "pelvis_up": UP,
    "torso": UP,
    "chest_left": LEFT,
    "chest_up": UP,
    "head_up": UP,
    "head_forward": FRONT,
    **{
        f"{side}_{bone}": direction
        for side in ("left", "right")
        for bone, direction in {
            **dict.fromkeys(("thigh", "calf", "foot_down", "upper_arm", "forearm", "hand"), -UP),
            "foot_forward": FRONT,
        }.items()
    },
}


def posed(place=(0, 0), clearance=0.0, build=BUILD, **directions):
    return place_recorded(build, {**STANDING, **directions}, np.array(place, float), clearance)


def world(body, name):
    """Return a point without the camera's pitch: (x, y, z), y up and z towards the viewer."""
    x, y, z = body.points[name]
    c, s = np.cos(CAMERA_PITCH), np.sin(CAMERA_PITCH)
    return np.array([x, -c * y + s * z, s * y + c * z])


def about_y(degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def test_bones_have_the_recorded_directions_and_the_dancers_lengths():
    rng = np.random.default_rng(0)
    bones = {
        "thigh": ("hip", "knee", BUILD.thigh),
        "calf": ("knee", "ankle", BUILD.calf),
        "upper_arm": ("shoulder", "elbow", BUILD.upper_arm),
        "forearm": ("elbow", "wrist", BUILD.forearm),
        "hand": ("wrist", "hand", BUILD.hand),
    }
    vectors = rng.normal(size=(2, len(bones), 3))
    vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
    directions = {
        f"{side}_{bone}": vectors[i, j]
        for i, side in enumerate(("left", "right"))
        for j, bone in enumerate(bones)
    }
    body = posed(**directions)
    for name, direction in directions.items():
        side, bone = name.split("_", 1)
        start, end, length = bones[bone]
        difference = world(body, f"{side}_{end}") - world(body, f"{side}_{start}")
        np.testing.assert_allclose(difference, length * direction, atol=1e-12)


def test_a_standing_body_is_that_of_a_pose():
    recorded = posed()
    hanging, foot = Arm(0, 0, 0, 0), Foot(out=BUILD.hips / 2 / (BUILD.thigh + BUILD.calf), turn=0)
    pose = Pose(crouch=0, left_arm=hanging, right_arm=hanging, left_foot=foot, right_foot=foot)
    expected = place_body(BUILD, pose)
    for name in expected.points.keys() - {"left_knee", "right_knee"}:
        # A pose's legs are never quite straight.
        np.testing.assert_allclose(recorded.points[name], expected.points[name], atol=0.002)
    for name, axes in expected.axes.items():
        np.testing.assert_allclose(recorded.axes[name], axes, atol=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_the_lower_foot_is_on_the_floor(seed):
    build = Build.random(np.random.default_rng(seed))
    bent = {"left_thigh": (UP * -0.5 + FRONT * np.sqrt(0.75)), "left_calf": -FRONT}
    for body in (posed(build=build), posed(build=build, **bent)):
        assert world(body, "right_ankle")[1] == pytest.approx(ANKLE_HEIGHT)
    assert world(posed(build=build, **bent), "left_ankle")[1] > ANKLE_HEIGHT + 0.1
    jump = posed(build=build, clearance=0.2)
    assert world(jump, "left_ankle")[1] == pytest.approx(ANKLE_HEIGHT + 0.2)
    tiptoe = {"foot_forward": -UP, "foot_down": -FRONT}
    tiptoe = {f"{side}_{k}": v for side in ("left", "right") for k, v in tiptoe.items()}
    body = posed(build=build, **tiptoe)
    assert world(body, "left_toe")[1] == pytest.approx(world(posed(build=build), "left_toe")[1])


def test_place_and_turns():
    facing_left = {name: about_y(90) @ vector for name, vector in STANDING.items()}
    body = posed(place=(0.3, -0.1), **facing_left)
    np.testing.assert_allclose(world(body, "pelvis")[[0, 2]], [0.3, -0.1], atol=1e-12)
    # The dancer's left is the image's right: the nose points there, and the left side is hidden.
    assert body.axes["head"][2][0] == pytest.approx(1)
    assert world(body, "left_hip")[2] < world(body, "right_hip")[2]
    assert world(body, "left_toe")[0] > world(body, "left_ankle")[0] + 0.05
    away = posed(**{name: about_y(180) @ vector for name, vector in STANDING.items()})
    assert world(away, "left_shoulder")[0] < world(away, "right_shoulder")[0]
    assert world(away, "chin")[2] < world(away, "neck")[2]


def test_axes_are_orthonormal():
    lean = UP + 0.3 * FRONT + 0.2 * LEFT
    body = posed(pelvis_up=lean, chest_up=lean, head_up=lean)
    for axes in body.axes.values():
        np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-9)
        assert np.linalg.det(axes) == pytest.approx(-1)  # the image's y points down
