"""Lengths of bones, compared with hand computation."""

import numpy as np
import pytest

from deformable_gan.pose.skeleton import COCO17
from deformable_gan.reposing.retargeting.body_lengths import SHARES_OF_HEIGHT, estimate_lengths
from deformable_gan.reposing.retargeting.body_tree import CHEST, HEAD, PELVIS, named_joints


def adult(height=200.0):
    """Return key points and bone lengths of a person of average proportions, facing the camera."""
    share = {kind: value * height for kind, value in SHARES_OF_HEIGHT.items()}
    places = {"nose": (-share["neck"], 0.0)}
    for side, sign in (("left", 1), ("right", -1)):
        places[f"{side}_ear"] = (-share["neck"], sign * share["face"] / 2)
        places[f"{side}_eye"] = (-share["neck"], sign * 0.21 * share["face"])
        x = sign * share["shoulders"] / 2
        places[f"{side}_shoulder"] = (0.0, x)
        places[f"{side}_elbow"] = (share["upper_arm"], x)
        places[f"{side}_wrist"] = (share["upper_arm"] + share["forearm"], x)
        x = sign * share["hips"] / 2
        y = share["torso"]
        places[f"{side}_hip"] = (y, x)
        places[f"{side}_knee"] = (y + share["thigh"], x)
        places[f"{side}_ankle"] = (y + share["thigh"] + share["calf"], x)
    return np.array([(*places[joint], 1.0) for joint in COCO17.joints]), share


def test_an_adult_facing_the_camera():
    keypoints, share = adult()
    assert estimate_lengths(keypoints[None], COCO17) == pytest.approx(share)


def test_the_longer_side_counts():
    keypoints, share = adult()
    wrist, elbow = COCO17.indices("left_wrist", "left_elbow")
    keypoints[wrist, 0] = keypoints[elbow, 0] + 3  # the left forearm points at the camera
    assert estimate_lengths(keypoints[None], COCO17) == pytest.approx(share)


def test_a_bone_that_all_poses_foreshorten_counts_as_a_share_of_the_adults():
    keypoints, share = adult()
    for side in ("left", "right"):
        hip, knee, ankle = COCO17.indices(*(f"{side}_{j}" for j in ("hip", "knee", "ankle")))
        calf = keypoints[ankle] - keypoints[knee]
        keypoints[knee, 0] = keypoints[hip, 0] + 4  # sitting, seen from the front
        keypoints[ankle] = keypoints[knee] + calf
    # 0.85 of the adult's length is the shortest plausible length of a limb bone.
    expected = share | {"thigh": 0.85 * share["thigh"]}
    assert estimate_lengths(keypoints[None], COCO17) == pytest.approx(expected)


def test_over_a_clip_the_longest_counts_but_not_misplaced_joints():
    keypoints, share = adult()
    clip = np.repeat(keypoints[None], 100, axis=0)
    wrist, elbow = COCO17.indices("left_wrist", "left_elbow")
    clip[:3, wrist, 0] += 500
    clip[30:, wrist, :2] = clip[30:, elbow, :2]
    assert estimate_lengths(clip, COCO17) == pytest.approx(share)


def test_missing_joints_are_guessed_from_the_others():
    keypoints, share = adult(120)
    keypoints[COCO17.indices("left_ankle", "right_ankle")] = 0
    assert estimate_lengths(keypoints[None], COCO17) == pytest.approx(share)
    keypoints[:11] = 0
    keypoints[COCO17.indices("left_knee", "right_knee")] = 0
    assert estimate_lengths(keypoints[None], COCO17) == pytest.approx(share)  # from the hips alone
    assert estimate_lengths(np.zeros((3, 17, 3)), COCO17) == {}


def test_midpoints_and_what_stands_for_them():
    keypoints = np.zeros((2, 17, 3))
    for joint, (y, x) in {
        "left_hip": (10, 4),
        "right_hip": (12, 0),
        "left_shoulder": (3, 5),
        "left_eye": (1, 1),
        "right_eye": (1, 3),
    }.items():
        keypoints[0, COCO17.index(joint)] = y, x, 0.4
    named = named_joints(keypoints, COCO17)
    np.testing.assert_array_equal(named[PELVIS][0], (11, 2))
    np.testing.assert_array_equal(named[CHEST][0], (3, 5))
    np.testing.assert_array_equal(named[HEAD][0], (1, 2))
    assert np.isnan(named["nose"]).all()
    assert all(np.isnan(places[1]).all() for places in named.values())
