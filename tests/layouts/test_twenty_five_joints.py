"""A layout with more joints: the names are those of OpenPose's BODY_25, in its order."""

import numpy as np

from deformable_gan.pose.skeleton import COCO17, Skeleton, convert_keypoints

BODY25 = Skeleton(
    "body25",
    (
        *("nose", "neck", "right_shoulder", "right_elbow", "right_wrist"),
        *("left_shoulder", "left_elbow", "left_wrist", "mid_hip"),
        *("right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle"),
        *("right_eye", "left_eye", "right_ear", "left_ear"),
        *("left_big_toe", "left_small_toe", "left_heel"),
        *("right_big_toe", "right_small_toe", "right_heel"),
    ),
    derived=(
        ("neck", ("left_shoulder", "right_shoulder")),
        ("mid_hip", ("left_hip", "right_hip")),
    ),
)


def test_poses_of_fewer_joints_are_brought_into_it():
    pose = np.ones((17, 3), np.float32)
    pose[COCO17.index("left_hip")] = 10, 20, 0.5
    pose[COCO17.index("right_hip")] = 20, 40, 0.25
    converted = convert_keypoints(pose, COCO17, BODY25)
    assert converted.shape == (25, 3)
    np.testing.assert_array_equal(converted[BODY25.index("mid_hip")], (15, 30, 0.25))
    np.testing.assert_array_equal(converted[BODY25.index("left_heel")], (0, 0, 0))


def test_mirroring():
    joints = np.array(BODY25.joints)
    mirrored = dict(zip(joints, joints[BODY25.mirror_permutation], strict=True))
    assert mirrored["left_heel"] == "right_heel"
    assert mirrored["mid_hip"] == "mid_hip"


def test_a_training_step(train_one_step):
    gan, losses = train_one_step(BODY25)
    assert gan.generator.input_shapes()["source_keypoints"] == (None, 25, 3)
    assert all(np.isfinite(value) for value in losses.values())
