import numpy as np
import pytest

from deformable_gan.pose.interpolation import interpolate_missing


def test_gaps_are_filled_in_time_and_ends_held():
    keypoints = np.zeros((5, 2, 3), np.float32)
    keypoints[1, 0] = 10, 100, 0.4
    keypoints[3, 0] = 30, 60, 0.8
    keypoints[0, 0] = 999, 999, 0  # coordinates of a missing joint mean nothing
    filled = interpolate_missing(keypoints, times=[0.0, 1.0, 1.25, 2.0, 3.0])
    expected = [(10, 100, 0.4), (10, 100, 0.4), (15, 90, 0.5), (30, 60, 0.8), (30, 60, 0.8)]
    np.testing.assert_allclose(filled[:, 0], expected, rtol=1e-6)
    assert filled.dtype == np.float32


def test_even_spacing_is_the_default():
    keypoints = np.zeros((3, 1, 3))
    keypoints[0, 0] = 0, 0, 1
    keypoints[2, 0] = 8, 4, 1
    np.testing.assert_allclose(interpolate_missing(keypoints)[1, 0], (4, 2, 1))


def test_a_joint_never_seen_stays_missing_and_the_input_stays_as_it_is():
    keypoints = np.full((3, 2, 3), 5.0)
    keypoints[:, 1, 2] = 0
    before = keypoints.copy()
    filled = interpolate_missing(keypoints)
    np.testing.assert_array_equal(filled[:, 1], 0)
    np.testing.assert_array_equal(filled[:, 0], 5)
    np.testing.assert_array_equal(keypoints, before)


def test_bad_shapes_and_times_are_refused():
    with pytest.raises(ValueError, match=r"\[T, J, 3\]"):
        interpolate_missing(np.zeros((3, 3)))
    with pytest.raises(ValueError, match="3 increasing numbers"):
        interpolate_missing(np.zeros((3, 1, 3)), times=[0, 1])
    with pytest.raises(ValueError, match="3 increasing numbers"):
        interpolate_missing(np.zeros((3, 1, 3)), times=[0, 1, 1])
    assert interpolate_missing(np.zeros((0, 4, 3))).shape == (0, 4, 3)
