"""Kinematics: lengths, sides and feet."""

from dataclasses import replace

import numpy as np
import pytest

from deformable_gan.dancers.body import CAMERA_PITCH, place_body
from deformable_gan.dancers.build import Build
from deformable_gan.dancers.choreography import dance
from deformable_gan.dancers.pose import Arm, Foot, Pose

BUILD = Build.random(np.random.default_rng(1))


def length(body, start, end):
    return np.linalg.norm(body.points[start] - body.points[end])


def test_limbs_keep_their_lengths():
    for pose in dance(np.random.default_rng(4), 60, 3.0):
        body = place_body(BUILD, pose)
        for side in ("left", "right"):
            bones = {
                ("shoulder", "elbow"): BUILD.upper_arm,
                ("elbow", "wrist"): BUILD.forearm,
                ("hip", "knee"): BUILD.thigh,
                ("knee", "ankle"): BUILD.calf,
            }
            for (start, end), expected in bones.items():
                measured = length(body, f"{side}_{start}", f"{side}_{end}")
                assert measured == pytest.approx(expected, rel=1e-6)
        assert length(body, "left_hip", "right_hip") == pytest.approx(BUILD.hips)
        for axes in body.axes.values():
            np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-9)


def test_height_is_one():
    body = place_body(BUILD, Pose(crouch=0.0, left_foot=Foot(out=0.11), right_foot=Foot(out=0.11)))
    height = -body.points["crown"][1] / np.cos(CAMERA_PITCH)
    assert height == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("part", ["shoulder", "hip", "knee", "elbow"])
def test_sides_change_over_when_facing_away(part):
    front = place_body(BUILD, Pose(turn=0.0)).points
    back = place_body(BUILD, Pose(turn=np.pi)).points
    assert front[f"left_{part}"][0] > front[f"right_{part}"][0]
    assert back[f"left_{part}"][0] < back[f"right_{part}"][0]


def test_turn_to_the_left_is_to_the_images_right():
    assert place_body(BUILD, Pose(turn=0.8)).axes["head"][2][0] > 0.5


def test_mirrored_pose_is_the_mirror_image():
    pose = dance(np.random.default_rng(2), 1)[0]
    body = place_body(BUILD, pose)
    mirrored = place_body(BUILD, pose.mirrored())
    flip = np.array([-1, 1, 1])
    for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "toe"):
        expected = body.points[f"left_{joint}"] * flip
        np.testing.assert_allclose(mirrored.points[f"right_{joint}"], expected, atol=1e-9)


def test_arms_follow_their_angles():
    straight_up = place_body(BUILD, Pose(left_arm=Arm(np.pi, 0, 0, 0))).points
    assert straight_up["left_wrist"][1] < straight_up["crown"][1]
    sideways = place_body(BUILD, Pose(left_arm=Arm(np.pi / 2, 0, 0, 0))).points
    reach = sideways["left_wrist"][0] - sideways["left_shoulder"][0]
    assert reach == pytest.approx(BUILD.upper_arm + BUILD.forearm)
    forward = place_body(BUILD, Pose(left_arm=Arm(np.pi / 2, np.pi / 2, 0, 0))).points
    assert forward["left_wrist"][2] > forward["left_shoulder"][2] + 0.3


def test_squat_keeps_the_feet_on_the_floor_and_lowers_the_pelvis():
    standing = place_body(BUILD, Pose(crouch=0.0)).points
    squatting = place_body(BUILD, Pose(crouch=0.35)).points
    np.testing.assert_allclose(squatting["left_ankle"], standing["left_ankle"], atol=1e-9)
    assert squatting["pelvis"][1] > standing["pelvis"][1] + 0.1
    assert squatting["left_knee"][2] > squatting["left_ankle"][2]  # knees bend forward


def test_feet_beyond_reach_pull_the_pelvis_down():
    wide = Foot(out=0.8)
    points = place_body(BUILD, Pose(crouch=0.0, left_foot=wide, right_foot=wide)).points
    leg = BUILD.thigh + BUILD.calf
    assert points["left_ankle"][0] == pytest.approx(0.8 * leg, rel=0.01)


def test_pose_survives_its_array():
    pose = dance(np.random.default_rng(5), 3)[2]
    assert Pose.from_array(pose.to_array()) == pose


def test_moved_bodies_are_those_of_another_place():
    pose = dance(np.random.default_rng(2), 5, 3.0)[3]
    moved = place_body(BUILD, pose).moved(0.37)
    there = place_body(BUILD, replace(pose, place=0.37))
    for name, point in there.points.items():
        np.testing.assert_array_equal(moved.points[name], point)
    for name, axes in there.axes.items():
        np.testing.assert_array_equal(moved.axes[name], axes)
