import numpy as np
import pytest

from deformable_gan.reposing.sources.mixed_images import agreeing_shares, weighted_median


def test_median_of_equal_weights():
    values = np.random.default_rng(0).integers(0, 255, (5, 8, 6, 3))
    np.testing.assert_array_equal(weighted_median(values, np.ones(5)), np.median(values, axis=0))


def test_weighted_median_counts_values_as_often_as_they_weigh():
    values = np.random.default_rng(1).integers(0, 255, (3, 40))
    repeated = np.repeat(values, (1, 4, 2), axis=0)
    weights = np.array([1, 4, 2]) / 7
    np.testing.assert_array_equal(weighted_median(values, weights), np.median(repeated, axis=0))


def test_what_one_image_alone_shows_is_left_out():
    images = np.full((4, 32, 32, 3), 100.0)
    images[2, 10:20, 10:20] = 250  # a ball in front of the person
    weights = np.array([0.2, 0.2, 0.4, 0.2])
    shares = agreeing_shares(images, weights)
    np.testing.assert_allclose(shares.sum(axis=0), 1, rtol=1e-5)
    np.testing.assert_allclose(
        shares[:, :5, :5], np.broadcast_to(weights[:, None, None], (4, 5, 5)), rtol=1e-4
    )
    assert shares[2, 14, 14] < 1e-3
    mixture = (shares[..., None] * images).sum(axis=0)
    assert mixture[12:18, 12:18].max() == pytest.approx(100, abs=0.1)
