import numpy as np
import pytest

from deformable_gan.data.usable_pose import keep_seen_joints, why_unusable
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18


def test_unsure_and_outside_joints_become_missing():
    keypoints = np.array(
        [
            (3, 4, 0.5),
            (3, 4, 0.25),  # at the threshold: not above it
            (-0.5, 0, 0.9),  # the near edge of the first pixel is inside
            (-0.6, 0, 0.9),
            (9.5, 0, 0.9),  # the far edge of the last pixel is outside
            (0, 19.4, 0.9),
        ],
        np.float32,
    )
    kept = keep_seen_joints(keypoints, (10, 20), threshold=0.25)
    np.testing.assert_array_equal(kept[:, 2] > 0, [True, False, True, False, False, True])
    np.testing.assert_array_equal(kept[[0, 2, 5]], keypoints[[0, 2, 5]])
    np.testing.assert_array_equal(kept[[1, 3, 4]], 0)


@pytest.mark.parametrize("skeleton", [COCO17, OPENPOSE18])
def test_shoulders_and_hips_are_needed_and_enough(skeleton):
    torso = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
    keypoints = np.zeros((len(skeleton), 3))
    assert why_unusable(keypoints, skeleton) == "no person found"
    keypoints[skeleton.indices(*torso)] = 5, 5, 0.9
    assert why_unusable(keypoints, skeleton) is None
    for missing, reason in (
        (torso[:1], "a shoulder not seen"),
        (torso[3:], "a hip not seen"),
        (torso[1:3], "shoulder and hip not seen"),
    ):
        less = keypoints.copy()
        less[skeleton.indices(*missing)] = 0
        assert why_unusable(less, skeleton) == reason
