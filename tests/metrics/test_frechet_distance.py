import numpy as np
import pytest
from scipy import linalg

from deformable_gan.metrics.frechet_distance import FeatureStatistics, frechet_distance


def statistics(features, portions=1):
    result = FeatureStatistics(features.shape[1])
    for portion in np.array_split(features, portions):
        result.add(portion)
    return result


def correlated(count, size, seed, shift=0.0):
    rng = np.random.default_rng(seed)
    return rng.normal(shift, 1, (count, size)) @ rng.normal(0, 1, (size, size)) / size + 3


def test_portions_give_numpys_mean_and_covariance():
    features = correlated(500, 12, 0) + 1e4  # far from zero: naive sums would cancel
    for portions in (1, 7, 500):
        ours = statistics(features, portions)
        assert ours.count == 500
        np.testing.assert_allclose(ours.mean, features.mean(axis=0), rtol=1e-14)
        np.testing.assert_allclose(ours.covariance(), np.cov(features, rowvar=False), atol=1e-11)


def test_merged_shards_equal_the_whole():
    features = correlated(400, 9, 1).astype(np.float32)
    whole = statistics(features)
    merged = FeatureStatistics(9)
    for shard in range(3):
        merged.merge(statistics(features[shard::3], 4))
    merged.merge(FeatureStatistics(9))
    np.testing.assert_allclose(merged.mean, whole.mean, rtol=1e-12)
    np.testing.assert_allclose(merged.covariance(), whole.covariance(), rtol=1e-10, atol=1e-13)
    other = statistics(correlated(300, 9, 2))
    assert abs(frechet_distance(merged, other) - frechet_distance(whole, other)) < 1e-9


def test_equals_scipys_matrix_root():
    a, b = correlated(3000, 40, 0), correlated(2000, 40, 1, shift=0.3)
    root = linalg.sqrtm(np.cov(a, rowvar=False) @ np.cov(b, rowvar=False)).real
    shift = a.mean(axis=0) - b.mean(axis=0)
    covariances = np.cov(a, rowvar=False) + np.cov(b, rowvar=False)
    expected = shift @ shift + np.trace(covariances - 2 * root)
    assert expected > 0.5  # far more than the tolerance
    assert abs(frechet_distance(statistics(a), statistics(b)) - expected) < 1e-6


def test_closed_form_for_independent_features():
    """The covariances are diagonal.

    The distance is then the sum of the squared differences of means and of standard deviations.
    """
    count, size = 64, 6
    signs = linalg.hadamard(count)[:, 1 : size + 1]  # exactly uncorrelated columns of +-1
    unbiased = np.sqrt((count - 1) / count)
    means, deviations = np.arange(2.0 * size).reshape(2, size), np.linspace(1, 3, 2 * size)
    deviations = deviations.reshape(2, size)
    first, second = (
        statistics(mean + signs * deviation * unbiased)
        for mean, deviation in zip(means, deviations, strict=True)
    )
    expected = ((means[0] - means[1]) ** 2 + (deviations[0] - deviations[1]) ** 2).sum()
    assert abs(frechet_distance(first, second) - expected) < 1e-9


def test_fewer_features_than_dimensions():
    """The covariances' product is singular.

    Other implementations then add 1e-6 to the diagonals of both covariances.
    """
    features = correlated(60, 200, 0)
    same = statistics(features)
    assert frechet_distance(same, statistics(features, 3)) < 1e-9
    shifted = statistics(features + 2)
    np.testing.assert_allclose(frechet_distance(same, shifted), 4 * 200, rtol=1e-9)


def test_too_few():
    one = statistics(correlated(1, 4, 0))
    with pytest.raises(ValueError, match="two features or more, received 1"):
        one.covariance()
