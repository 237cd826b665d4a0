import numpy as np

from deformable_gan.metrics.mean_absolute_error import mean_absolute_error


def test_exact_for_bytes_in_both_directions():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 256, (2, 5, 9, 7, 3), np.uint8)
    expected = [np.abs(x.astype(float) - y.astype(float)).mean() for x, y in zip(a, b, strict=True)]
    np.testing.assert_array_equal(mean_absolute_error(a, b), expected)
    np.testing.assert_array_equal(mean_absolute_error(b, a), expected)


def test_the_originals_unit():
    """The original's `l1_score` in test.py is computed on values in [-1, 1]."""
    a, b = np.full((1, 2, 2, 3), 200, np.uint8), np.full((1, 2, 2, 3), 30, np.uint8)
    original = np.abs(2 * (a / 255.0 - 0.5) - 2 * (b / 255.0 - 0.5)).mean()
    np.testing.assert_allclose(mean_absolute_error(a, b) * 2 / 255, original, rtol=1e-12)
