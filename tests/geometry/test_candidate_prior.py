import numpy as np
import pytest

from deformable_gan.geometry.affine import IDENTITY, OUTSIDE
from deformable_gan.geometry.background_mask import background_mask, person_mask
from deformable_gan.geometry.candidate_prior import (
    BACKGROUND_BESIDE_SOURCE,
    DRAWN,
    LEAST,
    OUTLINES,
    candidate_names,
    candidate_prior,
    person_matte,
    share_inside,
)
from deformable_gan.geometry.region_masks import region_masks
from deformable_gan.geometry.region_transforms import region_transforms
from deformable_gan.geometry.regions import (
    HEAD_JOINTS,
    REGION_NAMES,
    joint_positions,
    torso_size,
)
from deformable_gan.geometry.solid_torso import DEPTH, FRONT_WIDTHS
from deformable_gan.geometry.warp import warp
from deformable_gan.pose.region import REGIONS
from deformable_gan.pose.skeleton import COCO17

SIZE = (128, 64)


def _prior(source, target, matte=None, body="flat"):
    transforms = region_transforms(source, target, COCO17, body=body)
    return np.asarray(candidate_prior(source, target, transforms, SIZE, COCO17, matte, body))


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
    # Across a calf, the weight only rises up to the middle and only falls after it.
    knee, ankle = (standing[0, COCO17.index(f"right_{j}"), :2] for j in ("knee", "ankle"))
    row = round((knee[0] + ankle[0]) / 2)
    calf = prior[row, :, REGION_NAMES.index("right_calf")]
    peak = round((knee[1] + ankle[1]) / 2)
    assert (np.diff(calf[:peak]) >= 0).all()
    assert (np.diff(calf[peak + 1 :]) <= 0).all()
    assert calf.min() == np.float32(LEAST)


def test_body_source_drawn_and_background(standing):
    moved = standing + np.float32([0, 12, 0])
    prior = _prior(standing, moved, np.ones((1, 10, *SIZE), np.float32))[0]
    person = np.asarray(person_mask(moved, SIZE, COCO17))[0] > 0
    still = np.asarray(background_mask(standing, moved, SIZE, COCO17))[0] > 0
    body, background, source, drawn = (prior[..., k] for k in (0, 10, 11, 12))
    # The person moved by twelve pixels, so no part of the person stays in place.
    np.testing.assert_allclose(source, np.where(still, 1, np.float32(LEAST)), atol=1e-5)
    claimed = np.maximum(prior[..., :10].max(axis=-1), LEAST)
    np.testing.assert_array_equal(drawn, np.where(still, np.float32(LEAST), np.float32(DRAWN)))
    free = (1 - claimed) * np.where(still, BACKGROUND_BESIDE_SOURCE, 1)
    np.testing.assert_allclose(background, np.maximum(free, LEAST), atol=2e-3)
    # Where the source stood and the target does not, only the background is certain.
    left = ~person & ~still & (claimed <= LEAST)
    assert left.any()
    assert (source[left] < 0.01).all()
    assert (background[left] > 0.99).all()
    # Everywhere on the person but the head, the body may be copied where its warp reads inside
    # the source image.
    share = np.asarray(share_inside(region_transforms(standing, moved, COCO17), SIZE))[0, 0]
    below = np.arange(SIZE[0])[:, None] > 40
    assert (
        body[person & (share == 1) & below] >= np.float32(OUTLINES["flat"].body_of_person) - 1e-5
    ).all()
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


@pytest.mark.parametrize(("shift", "expected"), [(0, 1.0), (1, np.exp(-0.5)), (2, np.exp(-2.0))])
def test_the_source_is_copied_where_the_person_hardly_moves(standing, shift, expected):
    moved = standing + np.float32([0, shift, 0])
    source = _prior(standing, moved)[0, ..., candidate_names().index("source")]
    person = np.asarray(person_mask(moved, SIZE, COCO17))[0] > 0
    person &= np.asarray(person_mask(standing, SIZE, COCO17))[0] > 0
    # The person stands in the middle of the image. Near the image's edge, less of a warp lies
    # inside.
    np.testing.assert_allclose(source[person].mean(), expected, rtol=0.05)


def test_a_matte_leaves_to_the_background_what_regions_do_not_find(standing):
    matte = np.ones((1, 10, *SIZE), np.float32)
    matte[..., 32:] = 0
    prior = _prior(standing, standing, matte)[0]
    background = prior[..., candidate_names(True).index("background")]
    np.testing.assert_array_equal(prior[:, 32:, :10], np.float32(LEAST))
    still = np.asarray(background_mask(standing, standing, SIZE, COCO17))[0, :, 32:] > 0
    expected = np.where(still, BACKGROUND_BESIDE_SOURCE, 1)
    np.testing.assert_allclose(background[:, 32:], expected, atol=1e-6)
    np.testing.assert_allclose(prior[:, :32, :10], _prior(standing, standing)[0, :, :32, :10])


def test_the_matte_is_the_difference_from_the_background():
    background = np.zeros((1, 2, 2, 3), np.float32)
    image = background.copy()
    image[0, 0, 1] = (0.0, 0.1, -0.05)
    image[0, 1, 0] = (-1.0, 0.0, 0.0)
    matte = np.asarray(person_matte(image, background))[0, ..., 0]
    np.testing.assert_allclose(matte, [[0, 1 - np.exp(-1)], [1, 0]], atol=1e-6)


def test_the_body_does_not_show_the_head_a_second_time(standing):
    # The head bends: where the body's transform reads the source's head, the body's
    # prior is `LEAST`.
    bent = standing.copy()
    bent[:, [COCO17.index(joint) for joint in HEAD_JOINTS], 1] += 9
    prior = _prior(standing, bent)[0]
    old, new = (pose[0, COCO17.index("nose"), :2].astype(int) for pose in (standing, bent))
    body, head = prior[..., 0], prior[..., 1]
    assert body[tuple(old)] == np.float32(LEAST)
    assert head[tuple(new)] == 1
    trunk = standing[0, [COCO17.index(j) for j in ("left_shoulder", "right_hip")], :2].mean(0)
    np.testing.assert_allclose(body[tuple(trunk.round().astype(int))], 1, atol=1e-5)


def test_the_head_reaches_above_the_face(standing):
    prior = _prior(standing, standing)[0, ..., 1]
    face = standing[0, [COCO17.index(joint) for joint in HEAD_JOINTS], :2].mean(0)
    torso = standing[0, COCO17.index("left_hip"), 0] - standing[0, COCO17.index("left_shoulder"), 0]
    column = prior[:, round(float(face[1]))]
    # A disc with a radius of 0.4 torso sizes, whose middle lies 0.1 torso sizes above the face's.
    certain = np.flatnonzero(column > 0.999)
    assert abs(certain.min() - max(0, face[0] - 0.5 * torso)) <= 1
    assert abs(certain.max() - (face[0] + 0.3 * torso)) <= 1


def _row_across(prior, region, first, second, standing):
    """Return a region's weights in the row midway between two joints.

    The second result is the column in which the line through the joints crosses this row.
    """
    start, end = (standing[0, COCO17.index(joint), :2] for joint in (first, second))
    row = round(float(start[0] + end[0]) / 2)
    share = (row - start[0]) / (end[0] - start[0])
    return prior[row, :, REGION_NAMES.index(region)], start[1] + share * (end[1] - start[1])


@pytest.mark.parametrize(("region", "joints"), [
    ("right_calf", ("right_knee", "right_ankle")), ("left_thigh", ("left_hip", "left_knee")),
    ("left_forearm", ("left_elbow", "left_wrist")),
])  # fmt: skip
def test_limbs_of_a_solid_body_have_their_own_width_and_fade(standing, region, joints):
    prior = _prior(standing, standing, body="solid")[0]
    weights, middle = _row_across(prior, region, *joints, standing)
    positions, presence = joint_positions(standing, COCO17)
    torso = float(np.asarray(torso_size(positions, presence, COCO17)[0])[0])
    start, end = (standing[0, COCO17.index(joint), :2] for joint in joints)
    upright = (end - start)[0] / np.linalg.norm(end - start)
    distance = np.abs(np.arange(SIZE[1]) - middle) * upright
    limb = REGIONS[REGION_NAMES.index(region)]
    outside = np.maximum(distance - limb.solid_half_width * torso, 0) / torso
    expected = np.exp(-((outside / OUTLINES["solid"].softness) ** 2))
    np.testing.assert_allclose(weights, np.maximum(expected, LEAST), atol=0.02)


def test_the_trunk_of_a_solid_body_keeps_its_width_in_profile(standing):
    profile = standing.copy()
    for part in ("shoulder", "hip"):
        pair = COCO17.indices(f"left_{part}", f"right_{part}")
        profile[0, pair, 1] = profile[0, pair, 1].mean()
    shoulder, hip = (profile[0, COCO17.index(f"left_{part}")] for part in ("shoulder", "hip"))
    prior = _prior(standing, profile, body="solid")[0]
    row = prior[round(float(shoulder[0] + hip[0]) / 2), :, 0]
    torso = float(hip[0] - shoulder[0])
    certain = np.flatnonzero(row > 0.99)
    width = DEPTH * max(FRONT_WIDTHS.values()) * torso
    assert abs(np.ptp(certain) + 1 - width) <= 1.5


def test_a_flat_body_is_as_before(standing):
    # The body is flat unless `body` says otherwise.
    moved = standing + np.float32([0, 5, 0])
    np.testing.assert_array_equal(_prior(standing, moved), _prior(standing, moved, body="flat"))
    assert np.abs(_prior(standing, moved) - _prior(standing, moved, body="solid")).max() > 0.5
