import numpy as np
import pytest

from deformable_gan.data.usable_pose import keep_seen_joints
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18
from deformable_gan.web.standing_pose import standing_pose


@pytest.mark.parametrize("image_size", [(128, 64), (128, 72), (256, 256), (64, 36), (96, 32)])
@pytest.mark.parametrize("skeleton", [COCO17, OPENPOSE18], ids=lambda skeleton: skeleton.name)
def test_everything_is_in_the_picture(image_size, skeleton):
    pose = standing_pose(skeleton, image_size)
    np.testing.assert_array_equal(keep_seen_joints(pose, image_size, 0.5), pose)
    assert pose.shape == (len(skeleton), 3)
    assert (pose[:, 2] == 1).all()


def test_it_is_symmetric_and_faces_the_camera():
    pose = standing_pose(COCO17, (128, 72))
    flipped = pose[COCO17.mirror_permutation]
    np.testing.assert_allclose(flipped[:, 0], pose[:, 0])
    np.testing.assert_allclose(71 - flipped[:, 1], pose[:, 1], atol=1e-5)
    assert pose[COCO17.index("left_wrist"), 1] > pose[COCO17.index("right_wrist"), 1]


def test_it_stands():
    y = dict(zip(COCO17.joints, standing_pose(COCO17, (128, 72))[:, 0], strict=True))
    downward = ["nose", "left_shoulder", "left_elbow", "left_hip", "left_knee", "left_ankle"]
    assert sorted(downward, key=y.get) == downward
