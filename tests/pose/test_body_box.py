import dataclasses

import numpy as np
import pytest

from deformable_gan.errors import PoseError
from deformable_gan.pose.body_box import BodyBox
from deformable_gan.pose.skeleton import COCO17


def pose(**joints):
    keypoints = np.zeros((17, 3))
    for joint, (y, x) in joints.items():
        keypoints[COCO17.index(joint)] = y, x, 0.9
    return keypoints


def edges(box):
    return dataclasses.astuple(box)


def test_margin_is_four_tenths_of_the_torso():
    keypoints = pose(
        left_shoulder=(20, 60),
        right_shoulder=(20, 40),
        left_hip=(50, 60),
        right_hip=(50, 40),
        left_ankle=(100, 70),
    )
    # The torso is 30 high: the margin around rows 20 to 100 and columns 40 to 70 is 12.
    assert edges(BodyBox.of_pose(keypoints, COCO17)) == pytest.approx((8, 28, 112, 82))


def test_a_short_torso_counts_as_a_quarter_of_the_body():
    keypoints = pose(
        left_shoulder=(20, 60),
        right_shoulder=(20, 40),
        left_hip=(22, 60),
        right_hip=(22, 40),
        left_ankle=(120, 50),
    )
    assert edges(BodyBox.of_pose(keypoints, COCO17)) == pytest.approx((10, 30, 130, 70))


def test_joints_below_the_threshold_do_not_count():
    keypoints = pose(nose=(0, 10), left_knee=(40, 10), left_ankle=(400, 10))
    keypoints[COCO17.index("left_ankle"), 2] = 0.2
    box = BodyBox.of_pose(keypoints, COCO17, threshold=0.2)
    assert (box.top, box.bottom) == pytest.approx((-4, 44))
    with pytest.raises(PoseError, match="1 joints"):
        BodyBox.of_pose(pose(nose=(0, 10)), COCO17)


def test_union_and_measures():
    box = BodyBox.union([BodyBox(0, 10, 20, 30), BodyBox(-5, 12, 10, 50)])
    assert edges(box) == (-5, 10, 20, 50)
    assert (box.height, box.width, box.centre) == (25, 40, (7.5, 30))
    with pytest.raises(ValueError, match="at least one"):
        BodyBox.union([])


def test_part_within_an_image():
    assert edges(BodyBox(-5, 10, 20, 50).within((15, 40))) == (-0.5, 10, 14.5, 39.5)
    with pytest.raises(PoseError, match="outside"):
        BodyBox(20, 0, 30, 5).within((15, 40))
