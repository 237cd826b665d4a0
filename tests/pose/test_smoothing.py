import numpy as np

from deformable_gan.pose.smoothing import smooth_over_time


def walk(count=20, joints=3):
    keypoints = np.ones((count, joints, 3), np.float32)
    keypoints[..., 0] = 50
    keypoints[..., 1] = np.arange(count)[:, None] * 2 + np.arange(joints) * 10
    return keypoints


def test_even_motion_stays_and_trembling_shrinks():
    times = np.arange(20) / 6
    smoothed = smooth_over_time(walk(), times, 0.2)
    np.testing.assert_allclose(smoothed[5:15], walk()[5:15], atol=1e-4)
    noise = np.random.default_rng(0).normal(0, 1, (20, 3, 2)).astype(np.float32)
    trembling = walk()
    trembling[..., :2] += noise
    calmed = smooth_over_time(trembling, times, 0.3)
    assert np.abs(calmed - walk())[5:15].std() < 0.6 * noise[5:15].std()


def test_by_hand():
    keypoints = np.array([[[0, 0, 1.0]], [[10, 0, 0.5]], [[0, 4, 0]]], np.float32)
    smoothed = smooth_over_time(keypoints, np.array([0.0, 1.0, 2.0]), 1.0)
    near = np.exp(-0.5)
    np.testing.assert_allclose(smoothed[0, 0, 0], 10 * 0.5 * near / (1 + 0.5 * near), rtol=1e-6)
    np.testing.assert_allclose(smoothed[1, 0, 0], 10 * 0.5 / (0.5 + near), rtol=1e-6)
    np.testing.assert_array_equal(smoothed[2], keypoints[2])  # missing stays missing
    np.testing.assert_array_equal(smoothed[..., 2], keypoints[..., 2])


def test_off():
    np.testing.assert_array_equal(smooth_over_time(walk(), np.arange(20), 0), walk())
    assert smooth_over_time(np.zeros((0, 17, 3)), np.zeros(0), 1).shape == (0, 17, 3)
