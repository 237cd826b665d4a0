"""Smoothing that keeps fast movements, compared with exact joints and hand computation."""

import numpy as np
import pytest

from deformable_gan.dancers.body import place_body
from deformable_gan.dancers.build import Build
from deformable_gan.dancers.choreography import dance
from deformable_gan.pose.adaptive_smoothing import smooth_adaptively
from deformable_gan.pose.smoothing import smooth_over_time

JOINTS = [
    f"{side}_{joint}"
    for side in ("left", "right")
    for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
]
RATE = 25.0


@pytest.fixture(scope="module")
def dancing():
    """Exact joints of a dancer of 100 pixels [T, 12, 2]."""
    rng = np.random.default_rng(3)
    build = Build.random(rng)
    bodies = [place_body(build, pose) for pose in dance(rng, 150, RATE)]
    return 100 * np.array([[body.points[joint][:2] for joint in JOINTS] for body in bodies])


def as_keypoints(places, confidence=1.0):
    return np.concatenate([places, np.full((*places.shape[:2], 1), confidence)], axis=-1)


def times_of(places):
    return np.arange(len(places)) / RATE


def trembling(places):
    return np.linalg.norm(places[2:] - 2 * places[1:-1] + places[:-2], axis=-1).mean()


def test_nearer_to_the_truth_than_an_average_where_it_moves_fast(dancing):
    """The jitter is like an estimator's: a third of a pixel, correlated from frame to frame."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.35, dancing.shape)
    for index in range(1, len(noise)):
        noise[index] = 0.4 * noise[index - 1] + np.sqrt(1 - 0.16) * noise[index]
    seen = as_keypoints(dancing + noise)
    times = times_of(dancing)
    ours = smooth_adaptively(seen, times, 0.07)[..., :2]
    average = smooth_over_time(seen, times, 0.05)[..., :2]
    speed = np.linalg.norm(np.gradient(dancing, axis=0), axis=-1)
    fast = speed > np.quantile(speed, 0.9)

    def error(places, where):
        return np.sqrt((((places - dancing) ** 2).sum(axis=-1)[where]).mean())

    assert error(ours, ...) < 0.85 * error(average, ...)
    assert error(ours, fast) < 0.65 * error(average, fast)
    assert trembling(ours - dancing) < 1.05 * trembling(average - dancing)
    assert trembling(ours - dancing) < 0.3 * trembling(noise)


def test_somebody_who_stands_still_becomes_steadier_than_by_parabolas_alone():
    rng = np.random.default_rng(1)
    places = np.array([[20.0, 30.0], [120.0, 40.0]]) + rng.normal(0, 0.4, (200, 2, 2))
    smoothed = smooth_adaptively(as_keypoints(places), times_of(places), 0.07)
    # The average uses a Gaussian of twice 0.07 s, which is 3.5 frames. It multiplies noise by
    # 1 / sqrt(2 sqrt(pi) 3.5) = 0.28.
    assert np.std(smoothed[10:-10, :, :2], axis=0).mean() < 0.36 * 0.4


def test_parabolas_are_kept_and_so_are_frames_far_apart():
    times = np.cumsum(np.random.default_rng(0).uniform(0.02, 0.06, 60))
    places = np.stack([60 * times**2, -100 * times], axis=-1)[:, None]
    smoothed = smooth_adaptively(as_keypoints(places), times, 0.07)
    np.testing.assert_allclose(smoothed[..., :2], places, atol=0.02)
    apart = smooth_adaptively(as_keypoints(places), np.arange(60.0), 0.07)
    np.testing.assert_allclose(apart[..., :2], places, atol=1e-3)


def test_confidence_counts_and_missing_joints_stay_missing():
    places = np.repeat([[[10.0, 10.0], [90.0, 90.0]]], 21, axis=0)
    keypoints = as_keypoints(places, 0.9)
    keypoints[10, 0] = 40, 40, 0.001  # a wrong position with a low confidence
    keypoints[5, 1] = 0
    smoothed = smooth_adaptively(keypoints, times_of(places), 0.07)
    np.testing.assert_allclose(smoothed[:, 0, :2], 10, atol=0.2)
    np.testing.assert_array_equal(smoothed[..., 2], keypoints[..., 2].astype(np.float32))
    np.testing.assert_array_equal(smoothed[5, 1], 0)
    np.testing.assert_allclose(smoothed[:5, 1, :2], 90, atol=1e-3)


def test_nothing_to_smooth():
    keypoints = as_keypoints(np.random.default_rng(0).uniform(0, 9, (9, 3, 2)))
    unchanged = keypoints.astype(np.float32)
    np.testing.assert_array_equal(smooth_adaptively(keypoints, np.arange(9), 0), unchanged)
    np.testing.assert_array_equal(smooth_adaptively(keypoints[:2], np.arange(2), 1), unchanged[:2])
    assert smooth_adaptively(np.zeros((0, 17, 3)), np.zeros(0), 1).shape == (0, 17, 3)
    nobody = np.zeros((5, 17, 3))
    np.testing.assert_array_equal(smooth_adaptively(nobody, np.arange(5), 1), nobody)
