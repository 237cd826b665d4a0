"""Room for poses in photographs, compared with hand computation."""

import numpy as np

from deformable_gan.pose.body_box import BodyBox
from deformable_gan.pose.person_crop import PersonCrop
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.retargeting.room import move_inside, with_room


def pose(left, right, top=20, bottom=80):
    """Return key points that reach from (top, left) to (bottom, right); one joint is missing."""
    keypoints = np.full((17, 3), ((top + bottom) / 2, (left + right) / 2, 0.8), np.float32)
    keypoints[5, :2], keypoints[6, :2] = (top, left), (bottom, right)
    keypoints[9] = 0
    return keypoints


def test_poses_move_sideways_until_they_lie_inside():
    for left, right, shift in ((-20.5, 30, 20), (10, 40, 0), (60, 109.5, -10), (-20, 139, -10)):
        clip = np.repeat(pose(left, right)[None], 3, axis=0)
        moved = move_inside(clip, 100)
        expected = clip + np.array([0, shift, 0]) * (clip[..., 2:] > 0)
        np.testing.assert_allclose(moved, expected, atol=1e-4)


def test_all_poses_of_a_clip_move_by_the_same():
    clip = np.repeat(pose(40, 60)[None], 100, axis=0)
    clip[:50, 5, 1] = -15.5
    moved = move_inside(clip, 100)
    np.testing.assert_allclose(moved[:, 6, 1], 60 + 15, atol=1e-4)


def test_nobody_needs_no_room():
    nobody = np.zeros((2, 17, 3), np.float32)
    np.testing.assert_array_equal(move_inside(nobody, 100), nobody)


def person(crop):
    rng = np.random.default_rng(0)
    photograph = rng.integers(0, 255, (300, 400, 3)).astype(np.uint8)
    keypoints = crop.to_crop(pose(190, 210, 130, 170))
    keypoints[9] = 0
    mask = np.zeros(photograph.shape[:2], np.uint8)
    mask[120:180, 185:216] = 255
    return PosedImage(
        crop.apply(photograph), keypoints, COCO17, crop.apply(mask), photograph, crop
    ), mask


def test_a_crop_that_holds_the_poses_stays():
    anna, _ = person(PersonCrop.around(BodyBox(100, 150, 200, 250), (64, 64)))
    assert with_room(anna, pose(190, 210, 130, 170)[None]) is anna
    assert with_room(anna, np.zeros((1, 17, 3))) is anna


def test_raised_arms_get_room():
    anna, mask = person(PersonCrop.around(BodyBox(100, 150, 200, 250), (64, 64)))
    raised = pose(190, 210, 95, 175)[None]
    wider = with_room(anna, raised)
    box = BodyBox.of_pose(raised[0], COCO17)
    assert wider.crop.top <= box.top + 1e-6 < 100
    assert wider.crop.height < 1.6 * 100
    # Everything visible before is still visible, at its position.
    assert wider.crop.left <= 150
    assert wider.crop.left + wider.crop.width >= 250
    assert wider.image.shape == (64, 64, 3)
    np.testing.assert_array_equal(wider.image, wider.crop.apply(anna.photograph))
    present = anna.keypoints[:, 2] > 0
    np.testing.assert_allclose(
        wider.crop.from_crop(wider.keypoints)[present],
        anna.crop.from_crop(anna.keypoints)[present],
        atol=1e-3,
    )
    assert not wider.keypoints[~present].any()
    # The mask was resampled twice, so its edges differ.
    differing = np.abs(wider.mask.astype(int) - wider.crop.apply(mask)) > 64
    assert differing.mean() < 0.02
    assert wider.mask.mean() > 5


def test_crops_grow_no_larger_than_people_can_be_seen_in():
    anna, _ = person(PersonCrop.around(BodyBox(100, 150, 200, 250), (64, 64)))
    wider = with_room(anna, pose(-500, 900, -600, 900)[None])
    assert 150 < wider.crop.height <= 160 + 1e-6
