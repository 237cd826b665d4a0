import numpy as np
import pytest

from deformable_gan.geometry.original_masks import original_region_masks
from deformable_gan.geometry.region_masks import region_masks
from deformable_gan.geometry.regions import LIMBS, REGION_NAMES
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18


def test_agree_with_the_original_but_for_pixels_on_edges(reference):
    masks = np.asarray(region_masks(reference.target, reference.size, OPENPOSE18))
    expected = reference.results["region_masks"]
    different = masks != expected
    # How many pixels lie on edges depends on the poses.
    assert different.mean() < 1e-4
    np.testing.assert_array_equal(masks[:, :2], expected[:, :2])
    for sample, region, y, x in np.argwhere(different):
        distance = _distance_to_edge(reference.target[sample], LIMBS[region - 2], y, x)
        assert distance < 1e-3


def _distance_to_edge(keypoints, limb, y, x):
    """Return a pixel's distance from the nearest side of a limb's rectangle, extended to a line."""
    joints = dict(zip(OPENPOSE18.joints, keypoints[:, :2].astype(np.float64), strict=True))
    right = joints["right_hip"] - joints["right_shoulder"]
    left = joints["left_hip"] - joints["left_shoulder"]
    torso = np.sqrt((right @ right + left @ left) / 2)
    start, end = joints[limb.start], joints[limb.end]
    start = start + 0.1 * (start - end)
    end = end + limb.mask_extension * (end - start)
    along = (end - start) / np.linalg.norm(end - start)
    offset = np.array([y, x]) - start
    position, across = offset @ along, along[0] * offset[1] - along[1] * offset[0]
    length = np.linalg.norm(end - start)
    return min(abs(position), abs(position - length), abs(abs(across) - 0.2 * torso))


def test_original_edges_are_the_originals(reference):
    masks = np.asarray(original_region_masks(reference.target, reference.size, OPENPOSE18))
    different = masks != reference.results["region_masks"]
    # In one set of poses no pixel differs, in another 1 of 7,864,320. With `region_masks`, one in
    # 50,000 pixels differs.
    assert different.mean() < 1e-6
    for sample, region, y, x in np.argwhere(different):
        distance = _distance_to_edge(reference.target[sample], LIMBS[region - 2], y, x)
        assert distance < 1e-9


def test_layouts_agree(reference):
    np.testing.assert_array_equal(
        region_masks(reference.target, reference.size, OPENPOSE18),
        region_masks(reference.target_coco17, reference.size, COCO17),
    )


@pytest.mark.parametrize("stride", [1, 2, 4, 8, 16])
def test_strides_look_at_every_sth_pixel_from_the_first(reference, stride):
    height, width = reference.size
    full = np.asarray(region_masks(reference.target, reference.size, OPENPOSE18))
    small = region_masks(
        reference.target, (height // stride, width // stride), OPENPOSE18, (stride, stride)
    )
    np.testing.assert_array_equal(small, full[:, :, ::stride, ::stride])


def test_samples_stand_where_stride_and_offset_say(standing):
    # Each sample equals the sample at the origin for a person who is shifted to there.
    masks = np.asarray(region_masks(standing, (7, 5), COCO17, (18.5, 12.25), (3.75, 4.5)))
    for i, j in np.ndindex(7, 5):
        shift = (18.5 * i + 3.75, 12.25 * j + 4.5, 0)
        # The head is found in whole pixels, so only the other regions move continuously.
        pixel = np.asarray(region_masks(standing - np.float32(shift), (1, 1), COCO17))[0, :, 0, 0]
        np.testing.assert_array_equal(masks[0, 2:, i, j], pixel[2:])


def test_by_hand(standing):
    masks = np.asarray(region_masks(standing, (128, 64), COCO17))[0]
    assert masks.dtype == np.float32
    region = dict(zip(REGION_NAMES, masks, strict=True))
    assert region["body"].all()
    # The torso's sides are (36, 4) long, so its size is 36.22; the head's half side is
    # int(14.49) = 14 around the truncated mean (16, 32) of eyes, ears and nose.
    expected = np.zeros((128, 64))
    expected[2:30, 18:46] = 1
    np.testing.assert_array_equal(region["head"], expected)
    # Left calf (92, 39)-(118, 39): rows 92 - 2.6 to 118 + 0.5 · 28.6, columns 39 ± 7.24.
    expected = np.zeros((128, 64))
    expected[90:, 32:47] = 1
    np.testing.assert_array_equal(region["left_calf"], expected)


def test_head_stays_a_square_beyond_the_border(standing):
    high = standing - np.array([30, 20, 0], np.float32)
    head = np.asarray(region_masks(high, (128, 64), COCO17))[0, 1]
    expected = np.zeros((128, 64))
    # Mean (16.8, 32) - (30, 20) = (-13.2, 12): truncated towards zero to (-13, 12).
    expected[0:1, 0:26] = 1
    np.testing.assert_array_equal(head, expected)


@pytest.mark.parametrize("limb", LIMBS, ids=REGION_NAMES[2:])
def test_limbs_are_empty_where_a_joint_is_missing(standing, limb):
    standing[:, COCO17.index(limb.end)] = np.nan
    masks = np.asarray(region_masks(standing, (128, 64), COCO17))[0]
    empty = [name for name, mask in zip(REGION_NAMES, masks, strict=True) if not mask.any()]
    # A joint may belong to two limbs.
    expected = [
        name
        for name, other in zip(REGION_NAMES[2:], LIMBS, strict=True)
        if limb.end in (other.start, other.end)
    ]
    assert empty == expected


def test_only_the_body_remains_without_a_torso_and_no_head_without_head_joints(standing):
    lacking = standing.copy()
    lacking[:, COCO17.indices("left_hip", "right_hip"), 2] = 0
    masks = np.asarray(region_masks(lacking, (32, 16), COCO17, (4, 4)))[0]
    np.testing.assert_array_equal(masks.any((1, 2)), [True] + [False] * 9)

    standing[:, :5, 2] = 0
    masks = np.asarray(region_masks(standing, (32, 16), COCO17, (4, 4)))[0]
    np.testing.assert_array_equal(masks.any((1, 2)), [True, False] + [True] * 8)


def test_half_a_torso_is_enough(standing):
    whole = np.asarray(region_masks(standing, (128, 64), COCO17))[0]
    standing[:, COCO17.index("left_hip"), 2] = 0
    half = np.asarray(region_masks(standing, (128, 64), COCO17))[0]
    # The person is symmetric: the right side alone has the same size.
    unaffected = [name != "left_thigh" for name in REGION_NAMES]
    np.testing.assert_array_equal(half[unaffected], whole[unaffected])
    original = np.asarray(original_region_masks(standing, (128, 64), COCO17))[0]
    assert (half != original).mean() < 1e-3
