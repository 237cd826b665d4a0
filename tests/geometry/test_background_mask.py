import numpy as np
import pytest

from deformable_gan.geometry.background_mask import background_mask
from deformable_gan.geometry.region_masks import region_masks
from deformable_gan.pose.skeleton import COCO17

SIZE = (128, 64)


def _moved(keypoints, down, right):
    moved = keypoints.copy()
    moved[..., :2] += (down, right)
    return moved


def test_the_person_and_a_margin_are_not_background(standing):
    background = np.asarray(background_mask(standing, standing, SIZE, COCO17))[0]
    assert set(np.unique(background)) == {0, 1}
    person = np.asarray(region_masks(standing, SIZE, COCO17))[0, 1:].max(0)
    assert not background[person > 0].any()
    y, x = standing[0, :, 0].astype(int), standing[0, :, 1].astype(int)
    assert not background[y, x].any()
    # The torso's middle lies in no region but the body, which is everywhere.
    assert background[48, 32] == 0
    # The margin is 5 pixels, 1/24 of the height of 128; no other region is near the head.
    row = 10
    left = np.flatnonzero(person[row]).min()
    assert left > 10
    np.testing.assert_array_equal(background[row, : left - 5], 1)
    np.testing.assert_array_equal(background[row, left - 5 : left], 0)


def test_where_either_person_stands_is_not_background(standing):
    moved = _moved(standing, 0, 20)
    alone = [np.asarray(background_mask(p, p, SIZE, COCO17)) for p in (standing, moved)]
    both = background_mask(standing, moved, SIZE, COCO17)
    np.testing.assert_array_equal(both, np.minimum(*alone))
    np.testing.assert_array_equal(background_mask(moved, standing, SIZE, COCO17), both)
    assert np.any(alone[0] != alone[1])


@pytest.mark.parametrize("joint", ["left_hip", "right_shoulder"])
def test_without_a_torso_nothing_is_background(standing, joint):
    lacking = standing.copy()
    lacking[:, COCO17.index(joint)] = (-1, -1, 0)
    for poses in ((standing, lacking), (lacking, standing)):
        np.testing.assert_array_equal(background_mask(*poses, SIZE, COCO17), 0)


def test_strides_sample_nearly_the_same_mask(standing):
    full = np.asarray(background_mask(standing, standing, SIZE, COCO17))[0]
    half = np.asarray(
        background_mask(standing, standing, (64, 32), COCO17, (2.0, 2.0), (0.5, 0.5))
    )[0]
    # The margin is a whole number of samples, so it may differ by one on either side.
    blocks = full.reshape(64, 2, 32, 2).mean((1, 3))
    assert np.mean(np.abs(half - blocks) > 0.5) < 0.05
    uneven = np.asarray(background_mask(standing, standing, (16, 16), COCO17, (8.0, 4.0)))[0]
    assert uneven.shape == (16, 16)
    assert 0 < uneven.mean() < 1
