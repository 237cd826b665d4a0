import json

import numpy as np
import pytest

from deformable_gan.errors import PoseError
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18
from deformable_gan.reposing.pose_file import read_poses
from deformable_gan.reposing.pose_sequence import PoseSequence


def standing(scale=1.0, left=100.0):
    """Return (x, y) by joint of a person who faces the camera; right joints have the smaller x."""
    places = {
        "nose": (50, 20),
        "neck": (50, 40),
        "right_shoulder": (35, 40),
        "left_shoulder": (65, 40),
        "right_elbow": (30, 60),
        "left_elbow": (70, 60),
        "right_wrist": (28, 80),
        "left_wrist": (72, 80),
        "right_hip": (40, 90),
        "left_hip": (60, 90),
        "right_knee": (40, 120),
        "left_knee": (60, 120),
        "right_ankle": (40, 150),
        "left_ankle": (60, 150),
        "right_eye": (46, 17),
        "left_eye": (54, 17),
        "right_ear": (43, 19),
        "left_ear": (57, 19),
    }
    return {joint: (left + scale * x, 10 + scale * y) for joint, (x, y) in places.items()}


# The order of OpenPose's documentation (`output.md`, keypoint ordering).
BODY_25 = [
    *("nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder"),
    *("left_elbow", "left_wrist", "mid_hip", "right_hip", "right_knee", "right_ankle"),
    *("left_hip", "left_knee", "left_ankle", "right_eye", "left_eye", "right_ear", "left_ear"),
    *("left_big_toe", "left_small_toe", "left_heel"),
    *("right_big_toe", "right_small_toe", "right_heel"),
]
COCO_18 = [joint for joint in BODY_25[:19] if joint != "mid_hip"]


def openpose(order, *people):
    listed = []
    for places in people:
        numbers = [(*places.get(joint, (1, 2)), 0.9) for joint in order]
        listed.append({"pose_keypoints_2d": [number for joint in numbers for number in joint]})
    return {"version": 1.3, "people": listed}


def coco(places, visible=2, **more):
    numbers = [number for joint in COCO17.joints for number in (*places[joint], visible)]
    return {"image_id": 7, "keypoints": numbers, **more}


def read(tmp_path, value):
    (tmp_path / "pose.json").write_text(json.dumps(value))
    return read_poses(tmp_path / "pose.json")


@pytest.mark.parametrize("order", [BODY_25, COCO_18])
def test_openpose(tmp_path, order):
    places = standing()
    keypoints, skeleton, size, rate = read(tmp_path, openpose(order, places))
    assert (skeleton, rate, keypoints.shape) == (OPENPOSE18, None, (1, 18, 3))
    for joint, (x, y) in places.items():
        np.testing.assert_allclose(keypoints[0, skeleton.index(joint)], (y, x, 0.9))
    assert size[0] > 160
    assert size[1] > 172


def test_joints_that_openpose_did_not_find(tmp_path):
    places = standing()
    value = openpose(BODY_25, places)
    numbers = value["people"][0]["pose_keypoints_2d"]
    numbers[3 * 4 : 3 * 5] = 0, 0, 0
    keypoints, *_ = read(tmp_path, value)
    assert not keypoints[0, OPENPOSE18.index("right_wrist")].any()
    assert (keypoints[0, :, 2] > 0).sum() == 17


@pytest.mark.parametrize("first", [True, False])
def test_of_several_people_the_tallest_whole_one(tmp_path, first):
    tall, small = standing(2.0, left=300.0), standing(left=0.0)
    half = standing(5.0)
    del half["left_hip"]
    people = [tall, small] if first else [small, tall]
    value = openpose(BODY_25, *people, half)
    value["people"][2]["pose_keypoints_2d"][3 * 12 : 3 * 13] = 0, 0, 0
    keypoints, *_ = read(tmp_path, value)
    x, y = tall["nose"]
    np.testing.assert_allclose(keypoints[0, OPENPOSE18.index("nose"), :2], (y, x))


def test_coco(tmp_path):
    places = standing()
    image = {"id": 7, "height": 400, "width": 300}
    hidden = coco(places)
    hidden["keypoints"][2] = 1
    hidden["keypoints"][3:6] = 0, 0, 0
    keypoints, skeleton, size, rate = read(tmp_path, {"images": [image], "annotations": [hidden]})
    assert (skeleton, size, rate) == (COCO17, (400, 300), None)
    np.testing.assert_allclose(keypoints[0, 0], (*places["nose"][::-1], 0.5))
    assert not keypoints[0, 1].any()
    np.testing.assert_allclose(keypoints[0, 5], (*places["left_shoulder"][::-1], 1.0))


def test_a_detectors_list(tmp_path):
    places = standing()
    keypoints, skeleton, *_ = read(tmp_path, [coco(places, 0.8, score=0.9)])
    assert skeleton == COCO17
    np.testing.assert_allclose(keypoints[0, :, 2], 0.8)


def test_poses_are_placed_in_the_crop(tmp_path):
    (tmp_path / "pose.json").write_text(json.dumps(openpose(BODY_25, standing())))
    poses = PoseSequence.of_file(tmp_path / "pose.json", (128, 72))
    seen = poses.keypoints[0][poses.keypoints[0, :, 2] > 0]
    assert len(seen) == 18
    assert 80 < np.ptp(seen[:, 0]) < 128
    hip, shoulder = (OPENPOSE18.index(f"left_{joint}") for joint in ("hip", "shoulder"))
    assert poses.keypoints[0, shoulder, 0] < poses.keypoints[0, hip, 0]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"people": []}, "it lists no person"),
        ({"people": [{"pose_keypoints_2d": [0] * 75}]}, "all joints .* are missing"),
        ({"people": [{"pose_keypoints_2d": [1, 2, 3]}]}, "of 25 or 18 joints"),
        ({"people": [{"pose_keypoints_2d": ["a"] * 75}]}, "of 25 or 18 joints"),
        ({"people": [{"pose_keypoints_2d": [0.5] * 75}]}, "keypoint_scale 0"),
        ({"people": [7]}, "of 25 or 18 joints"),
        ({"annotations": []}, "it lists no person"),
        ({"annotations": [{"keypoints": [1] * 50}]}, "of 17 joints"),
        ([coco(standing()), {**coco(standing()), "image_id": 8}], "holds poses of 2 images"),
        ([1, 2], "expected a JSON object"),
    ],
)
def test_files_without_a_pose(tmp_path, value, reason):
    with pytest.raises(PoseError, match=reason) as caught:
        read(tmp_path, value)
    assert "pose.json" in str(caught.value)


def test_shared_files(shared):
    keypoints, skeleton, size, _ = read_poses(shared / "faults/poses/coco.json")
    assert (skeleton, size) == (COCO17, (425, 640))
    np.testing.assert_allclose(keypoints[0, 0], (81, 367, 1))
    path = shared / "faults/poses/frame_000000000000_keypoints.json"
    keypoints, skeleton, _, _ = read_poses(path)
    places = dict(zip(skeleton.joints, keypoints[0], strict=True))
    np.testing.assert_allclose(places["right_wrist"], (130, 165, 0.9))
    np.testing.assert_allclose(places["left_ankle"], (210, 215, 0.9))
