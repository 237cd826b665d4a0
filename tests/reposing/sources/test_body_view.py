"""The view of a body, tested with drawn dancers who are turned by known angles."""

import numpy as np
import pytest

from deformable_gan.dancers import Dancer, Pose, render
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18, convert_keypoints
from deformable_gan.reposing.sources.body_view import body_view


def turned(angle, seed=0, **pose):
    dancer = Dancer.random(np.random.default_rng(seed))
    _, keypoints = render(dancer, Pose(turn=np.radians(angle), **pose), (128, 72))
    # Remove the joints that an estimator would not see: hidden joints of the face.
    keypoints[keypoints[:, 2] < 0.5] *= np.arange(17)[keypoints[:, 2] < 0.5, None] >= 5
    return keypoints


@pytest.mark.parametrize("angle", range(-180, 180, 30))
@pytest.mark.parametrize("seed", range(3))
def test_turned_dancers(angle, seed):
    """The view is about the cosine and the sine of the dancer's turn to the right of the image.

    Of the sine, only the sign is checked.
    """
    facing, side = body_view(turned(angle, seed), COCO17)
    # The widths of drawn people differ from those of an average adult.
    assert facing == pytest.approx(np.cos(np.radians(angle)), abs=0.45)
    # From behind, the head does not always show to which side a body is turned; nearly from the
    # front, the widths do not always show it.
    if abs(np.sin(np.radians(angle))) < 0.1:
        assert abs(side) < 0.7
    elif 60 <= abs(angle) <= 90:
        assert side * np.sin(np.radians(angle)) > 0
    else:
        assert side * np.sin(np.radians(angle)) >= 0


def test_somebody_who_lies_has_the_same_view():
    keypoints = turned(30)
    lying = keypoints.copy()
    lying[:, 0], lying[:, 1] = -keypoints[:, 1], keypoints[:, 0]  # a quarter turn in the image
    np.testing.assert_allclose(body_view(lying, COCO17), body_view(keypoints, COCO17), atol=1e-6)


def test_many_poses_in_another_layout():
    poses = np.stack([turned(0), turned(180)])
    views = body_view(convert_keypoints(poses, COCO17, OPENPOSE18), OPENPOSE18)
    np.testing.assert_array_equal(views, body_view(poses, COCO17))
    assert views[0, 0] > 0.9
    assert views[1, 0] < -0.9


def test_without_a_hip_the_view_is_not_known():
    keypoints = turned(0)
    keypoints[COCO17.index("left_hip")] = 0
    np.testing.assert_array_equal(body_view(keypoints, COCO17), (0, 0))
