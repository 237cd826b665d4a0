import numpy as np
import pytest

from deformable_gan.geometry.affine import IDENTITY, OUTSIDE
from deformable_gan.geometry.background_mask import background_mask, person_mask
from deformable_gan.geometry.candidate_prior import (
    BODY_OF_PERSON,
    DRAWN,
    LEAST,
    candidate_names,
    candidate_prior,
    share_inside,
)
from deformable_gan.geometry.region_masks import region_masks
from deformable_gan.geometry.region_transforms import region_transforms
from deformable_gan.geometry.regions import REGION_NAMES
from deformable_gan.geometry.warp import warp
from deformable_gan.pose.skeleton import COCO17

SIZE = (128, 64)


def _prior(source, target, background=False):
    transforms = region_transforms(source, target, COCO17)
    return np.asarray(candidate_prior(source, target, transforms, SIZE, COCO17, background))


def test_names():
    assert candidate_names() == (*REGION_NAMES, "source", "drawn")
    assert candidate_names(True) == (*REGION_NAMES, "background", "source", "drawn")


def test_limbs_are_certain_in_their_rectangles_and_fade_around_them(standing):
    prior = _prior(standing, standing)[0]
    masks = np.asarray(region_masks(standing, SIZE, COCO17))[0]
    for region in range(2, 10):
        inside = masks[region] > 0
        np.testing.assert_allclose(prior[..., region][inside], 1, atol=1e-3)
        assert (prior[..., region][~inside] < 1).all()
    # Across a forearm the weight only falls, pixel by pixel.
    knee, ankle = (standing[0, COCO17.index(f"right_{j}"), :2] for j in ("knee", "ankle"))
    row = round((knee[0] + ankle[0]) / 2)
    calf = prior[row, :, REGION_NAMES.index("right_calf")]
    peak = round((knee[1] + ankle[1]) / 2)
    assert (np.diff(calf[:peak]) >= 0).all()
    assert (np.diff(calf[peak + 1 :]) <= 0).all()
    assert calf.min() == np.float32(LEAST)


def test_body_source_drawn_and_background(standing):
    moved = standing + np.float32([0, 12, 0])
    prior = _prior(standing, moved, background=True)[0]
    person = np.asarray(person_mask(moved, SIZE, COCO17))[0] > 0
    still = np.asarray(background_mask(standing, moved, SIZE, COCO17))[0] > 0
    body, background, source, drawn = (prior[..., k] for k in (0, 10, 11, 12))
    np.testing.assert_array_equal(drawn, np.float32(DRAWN))
    np.testing.assert_array_equal(source, np.where(still, 1, np.float32(LEAST)))
    np.testing.assert_array_equal(background, np.where(person, np.float32(LEAST), 1))
    # Where the source stood and the target does not, the background alone is certain.
    left = ~person & ~still
    assert left.any()
    assert (source[left] < 0.01).all()
    # Everywhere on the person the body may be copied, if it comes from inside of the source.
    share = np.asarray(share_inside(region_transforms(standing, moved, COCO17), SIZE))[0, 0]
    assert (body[person & (share == 1)] >= np.float32(BODY_OF_PERSON)).all()
    trunk = moved[0, [COCO17.index(j) for j in ("left_shoulder", "right_hip")], :2].mean(0)
    np.testing.assert_allclose(body[tuple(trunk.round().astype(int))], 1, atol=1e-6)


@pytest.mark.parametrize("shift", [(0, 0), (3, 0), (-2.25, 1.5), (0.5, -70)])
def test_share_inside_is_a_warped_image_of_ones(shift):
    transform = IDENTITY.copy()
    transform[[2, 5]] = shift
    transforms = np.stack([transform, OUTSIDE])[None]
    ones = np.ones((1, *SIZE, 1), np.float32)
    expected = np.asarray(warp(ones, transforms))[..., 0]
    np.testing.assert_allclose(share_inside(transforms, SIZE), expected, atol=1e-5)
    assert not np.asarray(share_inside(transforms, SIZE))[0, 1].any()


def test_missing_joints_leave_the_other_candidates(standing):
    nobody = np.zeros_like(standing)
    prior = _prior(standing, nobody)[0]
    np.testing.assert_array_equal(prior[..., :10], np.float32(LEAST))
    np.testing.assert_array_equal(prior[..., -1], np.float32(DRAWN))
    assert np.isfinite(_prior(nobody, standing)).all()
