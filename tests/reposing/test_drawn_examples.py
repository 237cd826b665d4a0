import numpy as np
import pytest

from deformable_gan.data.usable_pose import why_unusable
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18
from deformable_gan.reposing.drawn_examples import drawn_dance, drawn_pair


@pytest.mark.parametrize("skeleton", [COCO17, OPENPOSE18], ids=lambda skeleton: skeleton.name)
def test_a_pair_is_one_person_in_two_poses(skeleton):
    source, target = drawn_pair(0, (64, 36), skeleton)
    for posed in (source, target):
        assert posed.image.shape == (64, 36, 3)
        assert posed.crop is None
        assert why_unusable(posed.keypoints, skeleton) is None
    assert np.abs(source.keypoints - target.keypoints)[..., :2].max() > 3


def test_a_larger_drawing_is_the_photograph_of_a_crop():
    source, _ = drawn_pair(0, (64, 36), COCO17, times=4)
    assert source.photograph.shape == (256, 144, 3)
    assert source.image.shape == (64, 36, 3)
    assert source.mask.shape == (64, 36)
    # Every pixel of the image is about the mean of the 4x4 pixels of the drawing at its place.
    blocks = source.photograph.reshape(64, 4, 36, 4, 3).mean(axis=(1, 3))
    assert np.abs(blocks - source.image).mean() < 3
    # Joints lie on the person.
    seen = source.keypoints[source.keypoints[:, 2] > 0.5][:, :2].round().astype(int)
    assert (source.mask[seen[:, 0], seen[:, 1]] > 100).mean() > 0.9


def test_a_dance_is_smooth_and_stays_in_place():
    dance = drawn_dance((64, 36)).poses
    assert dance.rate == 12
    assert len(dance.keypoints) == 60
    hips = dance.keypoints[:, COCO17.indices("left_hip", "right_hip"), :2].mean(axis=1)
    steps = np.linalg.norm(np.diff(hips, axis=0), axis=1)
    # If each frame had its own camera, the hips would jump; they move by less than a tenth of the
    # image's height per frame.
    assert steps.max() < 6.4
    assert abs(hips[:, 1] - 17.5).max() < 9


def test_larger_frames_show_the_same_dance():
    small = drawn_dance((64, 36), seed=2, seconds=0.5)
    large = drawn_dance((64, 36), seed=2, seconds=0.5, times=2)
    assert small.frames.shape == (6, 64, 36, 3)
    assert large.frames.shape == (6, 128, 72, 3)
    both = (small.poses.keypoints[..., 2] > 0) & (large.poses.keypoints[..., 2] > 0)
    distance = np.linalg.norm((small.poses.keypoints - large.poses.keypoints)[..., :2], axis=-1)
    assert distance[both].max() < 1
    assert not large.poses.keypoints[large.poses.keypoints[..., 2] == 0].any()
