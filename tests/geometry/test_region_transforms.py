import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.geometry.affine import OUTSIDE
from deformable_gan.geometry.region_transforms import region_transforms
from deformable_gan.geometry.regions import HEAD_JOINTS, LIMBS, REGION_NAMES, SHOULDERS
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18


def _missing(keypoints, *joints):
    keypoints = keypoints.copy()
    keypoints[:, COCO17.indices(*joints)] = (-1, -1, 0)
    return keypoints


def _region(transforms, name):
    return np.asarray(transforms)[0, REGION_NAMES.index(name)]


def _moved(keypoints, scale=1.0, shift=(0.0, 0.0)):
    return np.concatenate([keypoints[..., :2] * scale + shift, keypoints[..., 2:]], -1)


def test_equal_the_original_at_the_corners_of_the_image(reference):
    transforms = region_transforms(reference.source, reference.target, OPENPOSE18)

    expected = reference.results["region_transforms"]
    outside = reference.all_outside(expected)
    assert outside.any()
    np.testing.assert_array_equal(reference.all_outside(transforms), outside)
    difference = reference.map_corners(transforms) - reference.map_corners(expected)
    # float32 resolves 1.5e-5 of a pixel below 256.
    assert np.abs(difference)[~outside].max() < 1e-4


def test_double_precision_is_the_original_to_the_last_bit_that_counts(reference):
    transforms = region_transforms(reference.source, reference.target, OPENPOSE18, dtype="float64")
    assert transforms.dtype == "float64"
    expected = reference.results["region_transforms"]
    inside = ~reference.all_outside(expected)
    # In every other pixel, nearest-neighbour sampling rounds a coordinate that ends in one half.
    # The error must therefore be far below the resolution of float32, which is 2e-6 at 32.
    np.testing.assert_allclose(
        np.asarray(transforms)[inside], expected[inside], rtol=1e-9, atol=1e-9
    )


def test_layouts_agree(reference):
    np.testing.assert_array_equal(
        region_transforms(reference.source, reference.target, OPENPOSE18),
        region_transforms(reference.source_coco17, reference.target_coco17, COCO17),
    )


def test_same_pose_twice_is_the_identity(standing):
    identity = np.broadcast_to([1, 0, 0, 0, 1, 0, 0, 0], (1, 10, 8))
    for estimator in ("total", "ordinary"):
        transforms = region_transforms(standing, standing, COCO17, estimator)
        np.testing.assert_allclose(transforms, identity, atol=1e-4)


def test_scaled_and_shifted_pose_by_hand(standing):
    # The source is the target at twice the size, 5 down and 3 to the right.
    source = _moved(standing, 2.0, (5.0, 3.0))
    expected = np.broadcast_to([2, 0, 3, 0, 2, 5, 0, 0], (1, 10, 8))
    np.testing.assert_allclose(region_transforms(source, standing, COCO17), expected, atol=1e-3)


def test_upright_thigh_on_level_thigh_by_hand(standing):
    source = standing.copy()
    source[0, COCO17.index("left_knee"), :2] = (66, 38 + 39)
    # Torso sizes are equal. Target thigh (66, 38)-(92, 39), source thigh (66, 38)-(66, 77).
    target_line = np.array([26.0, 1.0])
    stretch = 39 / np.linalg.norm(target_line)
    down, right = target_line / np.linalg.norm(target_line)
    # A step along the target's thigh becomes a stretched step to the right. A step to the right of
    # the thigh becomes an equally long step up.
    along, across = np.array([down, right]), np.array([-right, down])
    linear = stretch * np.outer([0, 1], along) + np.outer([-1, 0], across)
    transform = _region(region_transforms(source, standing, COCO17), "left_thigh")
    for point in ([66.0, 38.0], [92.0, 39.0], [70.0, 50.0]):
        # Both rectangles begin a tenth of the thigh before the hip, so the hip stays fixed.
        expected = np.array([66, 38]) + linear @ (np.array(point) - [66, 38])
        y, x = point
        mapped = transform[3:6] @ [x, y, 1], transform[:3] @ [x, y, 1]
        np.testing.assert_allclose(mapped, expected, atol=1e-3)


@pytest.mark.parametrize("limb", LIMBS, ids=REGION_NAMES[2:])
def test_limb_unseen_in_the_source_takes_its_mirror_limb(standing, limb):
    region = REGION_NAMES[2 + LIMBS.index(limb)]
    source = _moved(standing, 1.0, (3.0, -2.0))
    swapped = source.copy()
    starts, ends = (limb.start, limb.mirror.start), (limb.end, limb.mirror.end)
    for joints in (starts, ends):
        swapped[:, COCO17.indices(*joints)] = source[:, COCO17.indices(*joints[::-1])]
    whole = region_transforms(source, standing, COCO17)
    mirrored = region_transforms(swapped, standing, COCO17)
    torso_joint_moved = limb.start.endswith(("hip", "shoulder"))

    result = region_transforms(_missing(source, limb.end), standing, COCO17)
    if torso_joint_moved:  # Swapping hips or shoulders changes the torso of `mirrored`.
        stretched = _region(result, region)[:2]
        assert not np.allclose(stretched, _region(whole, region)[:2], atol=1e-3)
        assert np.isfinite(stretched).all()
        assert not np.array_equal(_region(result, region), OUTSIDE)
    else:
        np.testing.assert_allclose(_region(result, region), _region(mirrored, region), atol=1e-4)
    both = region_transforms(_missing(source, limb.end, limb.mirror.end), standing, COCO17)
    np.testing.assert_array_equal(_region(both, region), OUTSIDE)


@pytest.mark.parametrize("limb", LIMBS, ids=REGION_NAMES[2:])
def test_limb_missing_in_the_target_is_outside(standing, limb):
    target = _missing(standing, limb.end)
    transform = _region(region_transforms(standing, target, COCO17), _name(limb))
    np.testing.assert_array_equal(transform, OUTSIDE)


def _name(limb):
    return REGION_NAMES[2 + LIMBS.index(limb)]


def test_head_needs_a_head_joint_in_common(standing):
    source = _missing(standing, "left_eye", "left_ear", "nose")
    target = _missing(standing, "right_eye", "right_ear")
    transforms = region_transforms(source, target, COCO17)
    np.testing.assert_array_equal(_region(transforms, "head"), OUTSIDE)
    assert not np.array_equal(_region(transforms, "body"), OUTSIDE)

    one = region_transforms(_missing(standing, *HEAD_JOINTS[1:]), target, COCO17)
    np.testing.assert_allclose(_region(one, "head")[:6], [1, 0, 0, 0, 1, 0], atol=1e-4)


def test_head_without_shoulders_leans_on_its_own_joints(standing):
    transforms = region_transforms(_missing(standing, *SHOULDERS), standing, COCO17)
    np.testing.assert_allclose(_region(transforms, "head")[:6], [1, 0, 0, 0, 1, 0], atol=1e-4)
    np.testing.assert_array_equal(_region(transforms, "body"), OUTSIDE)


@pytest.mark.parametrize("side", ["source", "target"])
def test_without_a_torso_everything_but_the_head_is_outside(standing, side):
    lacking = _missing(standing, "left_hip", "right_hip")
    poses = (lacking, standing) if side == "source" else (standing, lacking)
    transforms = np.asarray(region_transforms(*poses, COCO17))[0]
    outside = (transforms == OUTSIDE).all(-1)
    np.testing.assert_array_equal(outside, [name != "head" for name in REGION_NAMES])


def test_degenerate_limbs_are_outside(standing):
    folded = standing.copy()
    folded[:, COCO17.index("left_wrist")] = folded[:, COCO17.index("left_elbow")]
    for poses in ((folded, standing), (standing, folded)):
        transforms = np.asarray(region_transforms(*poses, COCO17))[0]
        outside = (transforms == OUTSIDE).all(-1)
        np.testing.assert_array_equal(outside, [name == "left_forearm" for name in REGION_NAMES])


@pytest.mark.parametrize("side", ["source", "target"])
def test_collinear_torso_is_outside(standing, side):
    line = standing.copy()
    line[0, COCO17.indices("left_shoulder", "right_shoulder", "left_hip", "right_hip"), :2] = [
        (30, 30),
        (40, 35),
        (50, 40),
        (66, 48),
    ]
    poses = (line, standing) if side == "source" else (standing, line)
    body = _region(region_transforms(*poses, COCO17), "body")
    np.testing.assert_array_equal(body, OUTSIDE)


def test_whole_numbers_are_accepted_and_computed_in_float32(reference):
    whole = reference.source.astype(np.int32), reference.target.astype(np.int64)
    transforms = region_transforms(*whole, OPENPOSE18)
    assert transforms.dtype == "float32"
    np.testing.assert_array_equal(
        transforms, region_transforms(reference.source, reference.target, OPENPOSE18)
    )


def test_works_with_an_unknown_batch_size(reference):
    signature = [tf.TensorSpec([None, 18, 3]), tf.TensorSpec([None, 18, 3])]
    function = tf.function(lambda s, t: region_transforms(s, t, OPENPOSE18), signature)
    eager = region_transforms(reference.source, reference.target, OPENPOSE18)
    for count in (1, 3):
        result = function(reference.source[:count], reference.target[:count])
        np.testing.assert_allclose(result, eager[:count], rtol=1e-5, atol=1e-4)


def test_refuses_what_it_cannot_read(standing):
    with pytest.raises(ValueError, match=r"18, 3\] of the layout 'openpose18'.*17, 3"):
        region_transforms(standing, standing, OPENPOSE18)
    with pytest.raises(ValueError, match="'total', 'ordinary', received 'robust'"):
        region_transforms(standing, standing, COCO17, estimator="robust")


def _profile(standing):
    """Return the pose turned sideways: left and right almost coincide, the nose is in front."""
    profile = standing.copy()
    for part in ("shoulder", "hip", "ear", "eye"):
        pair = COCO17.indices(f"left_{part}", f"right_{part}")
        profile[0, pair, 1] = standing[0, pair, 1].mean() + np.float32([0.3, -0.3])
    profile[0, COCO17.index("nose"), 1] += 5
    return profile


@pytest.mark.parametrize("estimator", ["total", "ordinary"])
def test_a_solid_body_is_not_squeezed_in_profile(standing, estimator):
    profile = _profile(standing)
    for region, least in (("body", 0.55), ("head", 0.99)):
        flat, solid = (
            _region(region_transforms(standing, profile, COCO17, estimator, body=body), region)
            for body in ("flat", "solid")
        )
        # One pixel to the right in the target is this many pixels in the source.
        squeeze = abs(solid[0])
        assert least < 1 / squeeze < 1.01
        if region == "body":
            assert abs(flat[0]) > 10 * squeeze


def test_a_solid_body_in_the_same_pose_is_the_identity(standing):
    identity = np.broadcast_to([1, 0, 0, 0, 1, 0, 0, 0], (1, 10, 8))
    transforms = region_transforms(standing, standing, COCO17, body="solid")
    np.testing.assert_allclose(transforms, identity, atol=1e-4)


def test_a_solid_body_has_the_limbs_of_a_flat_one(reference):
    flat, solid = (
        np.asarray(region_transforms(reference.source, reference.target, OPENPOSE18, body=body))
        for body in ("flat", "solid")
    )
    np.testing.assert_array_equal(flat[:, 2:], solid[:, 2:])
    assert np.isfinite(solid).all()


@pytest.mark.parametrize("missing", ["left_shoulder", "right_hip"])
@pytest.mark.parametrize("side", ["source", "target"])
def test_a_solid_body_with_an_incomplete_torso_is_flat(standing, missing, side):
    moved = _moved(standing, 1.2, (3.0, -2.0))
    lacking = _missing(moved, missing)
    poses = (lacking, standing) if side == "source" else (standing, lacking)
    flat, solid = (region_transforms(*poses, COCO17, body=body) for body in ("flat", "solid"))
    np.testing.assert_allclose(_region(solid, "body"), _region(flat, "body"), atol=1e-5)
    if missing == "left_shoulder":  # The round head needs both shoulders.
        np.testing.assert_allclose(_region(solid, "head"), _region(flat, "head"), atol=1e-5)
