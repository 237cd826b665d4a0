import numpy as np
import pytest

from deformable_gan.geometry.heatmaps import gaussian_heatmaps


def test_equal_the_original(reference):
    expected = reference.results["heatmaps"]
    heatmaps = np.asarray(gaussian_heatmaps(reference.target[: len(expected)], reference.size))
    # The reference that is stored with the tests has only some rows and columns.
    step = reference.size[0] // expected.shape[1]
    np.testing.assert_allclose(heatmaps[:, ::step, ::step], expected, atol=1e-6)


def test_by_hand():
    keypoints = np.array([[[3, 2, 0.4], [1.5, -2.25, 1.0], [3, 2, 0.0], [3, np.inf, 1.0]]])
    heatmaps = np.asarray(gaussian_heatmaps(keypoints, (6, 5), sigma=2.0))
    assert heatmaps.shape == (1, 6, 5, 4)
    y, x = np.mgrid[:6, :5]
    for channel, (row, column, _) in enumerate(keypoints[0, :2]):
        expected = np.exp(-((y - row) ** 2 + (x - column) ** 2) / 8)
        np.testing.assert_allclose(heatmaps[0, :, :, channel], expected, atol=1e-6)
    assert heatmaps[0, 3, 2, 0] == 1
    assert not heatmaps[..., 2:].any()


@pytest.mark.parametrize("confidence", [0.0, -1.0, np.nan, np.inf])
def test_missing_joints_leave_their_channel_empty(confidence):
    keypoints = np.array([[[2.0, 2.0, confidence]]], np.float32)
    assert not np.asarray(gaussian_heatmaps(keypoints, (5, 5))).any()
