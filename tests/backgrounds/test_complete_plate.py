"""Frames from other times fill the gaps of a plate, at the plate's exposure."""

import numpy as np
import pytest

from deformable_gan.backgrounds.background_plate import BackgroundPlate
from deformable_gan.backgrounds.complete_plate import complete_plate
from deformable_gan.pose.skeleton import COCO17

NOBODY = np.zeros((17, 3))


def scene(seed=0):
    """Return smooth colours from 40 to 200, uint8 [80, 100, 3]."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:80, :100] / 100
    waves = [np.sin(7 * y * rng.uniform(0.5, 2) + 9 * x * rng.uniform(0.5, 2)) for _ in range(3)]
    return (120 + 80 * np.stack(waves, axis=-1)).astype(np.uint8)


def plate_with_gap():
    image, unseen = scene(), np.zeros((80, 100), bool)
    unseen[20:60, 40:60] = True
    image[unseen] = 0
    return BackgroundPlate(image, unseen, 0.0, 5)


@pytest.mark.parametrize(("gain", "offset"), [(1.0, 0), (0.8, 12), (1.15, -6)])
def test_a_gap_is_filled_at_the_plates_exposure(gain, offset):
    frame = np.clip(scene() * gain + offset, 0, 255).round().astype(np.uint8)
    plate = complete_plate(plate_with_gap(), [(frame, NOBODY)] * 3, COCO17)
    assert not plate.unseen.any()
    # The frame and the result are rounded to whole grey levels: an error of at most one.
    assert np.abs(plate.image.astype(int) - scene()).max() <= 1


def test_what_the_plate_shows_stays():
    frame = scene() + np.uint8(3)
    before = plate_with_gap()
    plate = complete_plate(before, [(frame, NOBODY)], COCO17)
    np.testing.assert_array_equal(plate.image[~before.unseen], before.image[~before.unseen])


def test_people_in_the_frames_do_not_count():
    frame = scene()
    joints = np.array([(40 + 3 * (i % 4), 44 + 2 * (i // 4), 1.0) for i in range(17)])
    stained = frame.copy()
    stained[42:50, 46:51] = 255, 0, 0
    plate = complete_plate(plate_with_gap(), [(stained, joints)], COCO17)
    assert plate.unseen[45, 48]
    assert not plate.unseen[22, 59]
    known = ~plate.unseen
    assert np.abs(plate.image.astype(int) - scene())[known].max() <= 1


@pytest.mark.parametrize("other", [scene(5), scene()[:70]])
def test_another_view_is_left_out(other):
    before = plate_with_gap()
    assert complete_plate(before, [(other, NOBODY)], COCO17) is before


def test_a_plate_without_a_gap_stays_itself():
    plate = BackgroundPlate(scene(), np.zeros((80, 100), bool), 0.0, 5)
    assert complete_plate(plate, [(scene(), NOBODY)], COCO17) is plate
