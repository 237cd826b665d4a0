"""The person's area, found from the joints or given by a mask, is filled in."""

import numpy as np
import pytest

from deformable_gan.backgrounds.fill_person import fill_person
from deformable_gan.backgrounds.person_area import person_area
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18, convert_keypoints

SIZE = (128, 96)


def standing(scale=1.0):
    """Return the joints of an upright person in a 128 x 96 image; the torso is 30 pixels high."""
    places = {
        "nose": (20, 48),
        **{f"{side}_eye": (18, 48 + 2 * sign) for side, sign in (("left", 1), ("right", -1))},
        **{f"{side}_ear": (19, 48 + 4 * sign) for side, sign in (("left", 1), ("right", -1))},
    }
    body = {"shoulder": (34, 9), "elbow": (48, 12), "wrist": (62, 13)}
    body |= {"hip": (64, 6), "knee": (88, 7), "ankle": (112, 7)}
    for joint, (y, x) in body.items():
        places[f"left_{joint}"], places[f"right_{joint}"] = (y, 48 + x), (y, 48 - x)
    joints = [(*places[name], 1.0) for name in COCO17.joints]
    return np.array(joints) * (scale, scale, 1)


def test_the_area_holds_the_joints_and_keeps_away_from_the_rest():
    area = person_area(standing(), SIZE, COCO17)
    assert area.shape == SIZE
    assert area.dtype == bool
    for y, x, _ in standing():
        assert area[int(y), int(x)]
    assert area[8, 48]  # hair: a third of a torso above the eyes
    assert area[118, 57]  # the sole, 6 pixels below the ankle
    assert area[86, 48]  # between the knees: a skirt
    assert area[72, 61]  # the fingers, 10 pixels beyond the wrist
    assert not area[:, :18].any()  # more than half a torso beyond the wrists
    assert not area[:, 78:].any()
    assert not area[126:].any()


def test_exact_masks_of_dancers_are_covered(dancers):
    covered, sizes = [], []
    for rendering, keypoints in dancers(8):
        exact = rendering.mask > 127
        area = person_area(keypoints, exact.shape, COCO17)
        covered.append((area & exact).sum() / exact.sum())
        sizes.append(area.sum() / exact.sum())
    assert min(covered) > 0.97
    assert np.mean(covered) > 0.99
    assert np.mean(sizes) < 3.5


def test_the_area_does_not_depend_on_the_image_size():
    small = person_area(standing(), SIZE, COCO17)
    large = person_area(standing(8) + np.array([3.5, 3.5, 0]), (1024, 768), COCO17)
    assert (large[4::8, 4::8] != small).mean() < 0.03


def test_both_layouts_give_one_area():
    other = convert_keypoints(standing(), COCO17, OPENPOSE18)
    ours = person_area(standing(), SIZE, COCO17)
    # OPENPOSE18 also has the neck, which lies within the trunk.
    assert (person_area(other, SIZE, OPENPOSE18) != ours).mean() < 0.01


def test_an_end_that_is_not_seen_is_taken_to_be_straight_on():
    keypoints = standing()
    keypoints[COCO17.indices("left_ankle", "left_wrist"), 2] = 0
    area = person_area(keypoints, SIZE, COCO17)
    assert area[110, 56]
    assert area[61, 63]


@pytest.mark.parametrize("value", [np.nan, np.inf, -1e9])
def test_joints_that_are_no_numbers_are_missing(value):
    keypoints = standing()
    without = keypoints.copy()
    without[3, 2] = 0
    keypoints[3, 0] = value
    np.testing.assert_array_equal(
        person_area(keypoints, SIZE, COCO17), person_area(without, SIZE, COCO17)
    )


def test_without_joints_nothing_is_filled():
    image = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8)
    keypoints = np.zeros((17, 3))
    np.testing.assert_array_equal(fill_person(image, keypoints, COCO17), image)


def test_joints_outside_the_image_are_no_error():
    image = np.full((*SIZE, 3), 90, np.uint8)
    image[:20] = 30
    filled = fill_person(image, standing() + np.array([4000, -4000, 0]), COCO17)
    np.testing.assert_array_equal(filled, image)


def test_what_the_person_looks_like_hardly_matters(dancers):
    for rendering, keypoints in dancers(6):
        exact = rendering.mask > 127
        area = person_area(keypoints, exact.shape, COCO17)
        filled = fill_person(rendering.image, keypoints, COCO17)
        np.testing.assert_array_equal(filled[~area], rendering.image[~area])
        painted = rendering.image.copy()
        painted[exact] = 255
        change = np.abs(fill_person(painted, keypoints, COCO17).astype(int) - filled)
        assert change[exact & area].mean() < 12


def test_a_mask_takes_the_place_of_the_joints():
    image = np.full((*SIZE, 3), 90, np.uint8)
    mask = np.zeros(SIZE, np.uint8)
    mask[30:60, 40:50] = 200
    image[mask > 0] = 255
    image[29, 40:50] = 240  # a soft outline: the mask is widened over it
    filled = fill_person(image, np.zeros((17, 3)), COCO17, mask)
    assert np.all(filled == 90)
    assert np.all(fill_person(image, np.zeros((17, 3)), COCO17, mask > 127) == 90)


def test_other_shapes_are_refused():
    image = np.zeros((*SIZE, 3), np.uint8)
    with pytest.raises(ValueError, match=r"\(17, 3\)"):
        fill_person(image, np.zeros((18, 3)), COCO17)
    with pytest.raises(ValueError, match="mask"):
        fill_person(image, standing(), COCO17, np.zeros((9, 9), np.uint8))
