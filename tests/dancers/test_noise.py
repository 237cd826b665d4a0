"""Smooth random fields."""

import numpy as np
import pytest

from deformable_gan.dancers.noise import blend, fractal_noise


@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize("size", [(40, 60), (5, 300), (64, 8)])
def test_field_has_its_size_and_range(size, wrap):
    noise = fractal_noise(np.random.default_rng(0), size, (3, 4), octaves=5, wrap=wrap)
    assert noise.shape == size
    assert noise.dtype == np.float32
    assert noise.mean() == pytest.approx(0.5, abs=0.2)
    # Cubic interpolation overshoots its values from 0 to 1 by less than a quarter.
    assert noise.min() > -0.25
    assert noise.max() < 1.25


def test_equal_seeds_give_equal_fields():
    first, second = (fractal_noise(np.random.default_rng(3), (30, 30), (2, 2)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_one_octave_is_smooth():
    noise = fractal_noise(np.random.default_rng(1), (100, 100), (4, 4), octaves=1)
    # Random values are 20 pixels apart, and a cubic's slope between them is at most 1.5 / 20.
    assert np.abs(np.diff(noise, axis=0)).max() < 1.6 / 20


def test_wrapped_edges_fit():
    for seed in range(5):
        rng = np.random.default_rng(seed)
        noise = fractal_noise(rng, (50, 120), (5, 6), octaves=1, wrap=True)
        seam = np.abs(noise[:, 0] - noise[:, -1])
        assert seam.max() < 2 * np.abs(np.diff(noise, axis=1)).max()


def test_blend_of_colors():
    amount = np.array([[0.0, 0.5, 1.0]])
    mixed = blend((0, 100, 200), (100, 100, 0), amount)
    np.testing.assert_allclose(mixed[0], [(0, 100, 200), (50, 100, 100), (100, 100, 0)])
