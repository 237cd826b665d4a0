import numpy as np
import pytest

from deformable_gan.geometry.affine import OUTSIDE
from deformable_gan.geometry.uniform_transform import uniform_transform
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18


def test_equals_the_original_at_the_corners_of_the_image(reference):
    transform = uniform_transform(reference.source, reference.target, OPENPOSE18)
    assert transform.shape == (len(reference.source), 1, 8)
    expected = reference.results["uniform_transform"]
    difference = reference.map_corners(transform)[:, 0] - reference.map_corners(expected)
    assert np.abs(difference).max() < 1e-4


def test_double_precision_is_the_original_to_the_last_bit_that_counts(reference):
    transform = uniform_transform(reference.source, reference.target, OPENPOSE18, dtype="float64")
    assert transform.dtype == "float64"
    expected = reference.results["uniform_transform"]
    np.testing.assert_allclose(np.asarray(transform)[:, 0], expected, rtol=1e-9, atol=1e-9)


def test_layouts_agree(reference):
    np.testing.assert_array_equal(
        uniform_transform(reference.source, reference.target, OPENPOSE18),
        uniform_transform(reference.source_coco17, reference.target_coco17, COCO17),
    )


def test_knees_count_only_where_seen_in_both(standing):
    source = standing.copy()
    source[0, COCO17.index("left_knee"), :2] += 20
    moved = np.asarray(uniform_transform(source, standing, COCO17))
    source[0, COCO17.index("left_knee")] = np.nan
    unseen = np.asarray(uniform_transform(source, standing, COCO17))
    np.testing.assert_allclose(unseen[0, 0], [1, 0, 0, 0, 1, 0, 0, 0], atol=1e-4)
    assert np.abs(moved - unseen).max() > 0.1


def test_outside_without_a_torso(standing):
    lacking = standing.copy()
    lacking[0, COCO17.indices("left_hip", "right_hip", "left_shoulder", "right_shoulder"), 2] = 0
    transform = uniform_transform(standing, lacking, COCO17)
    np.testing.assert_array_equal(transform, OUTSIDE[None, None])


def test_refuses_unknown_estimators(standing):
    with pytest.raises(ValueError, match="received 'median'"):
        uniform_transform(standing, standing, COCO17, estimator="median")
