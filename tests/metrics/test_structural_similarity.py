import numpy as np
import pytest
from skimage.data import astronaut
from skimage.metrics import structural_similarity as skimage_ssim

from deformable_gan.metrics.structural_similarity import (
    LARGE_WINDOW,
    generated_range,
    structural_similarity,
)

GAUSSIAN = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}


def reference_ssim(reference, image, data_range=255, **options):
    return skimage_ssim(
        reference, image, channel_axis=-1, data_range=data_range, **(options or GAUSSIAN)
    )


@pytest.fixture(scope="module")
def images():
    """A real image of 128 x 64 pixels, and a stack of this image and four damaged copies."""
    rng = np.random.default_rng(0)
    real = astronaut()[40:168, 180:244]
    noisy = np.clip(real + rng.normal(0, 25, real.shape), 0, 255).astype(np.uint8)
    shifted = np.roll(real, 3, axis=1)
    darker = (real * 0.6).astype(np.uint8)
    return real, np.stack([real, noisy, shifted, darker, rng.permuted(real, axis=0)])


def test_equals_scikit_image(images):
    real, damaged = images
    ours = structural_similarity(np.stack([real] * len(damaged)), damaged)
    assert ours.shape == (len(damaged),)
    expected = [reference_ssim(real, image) for image in damaged]
    assert min(expected) < 0.3  # the kinds of damage differ enough for the comparison
    # Both implementations compute in float64.
    np.testing.assert_allclose(ours, expected, atol=1e-9)


def test_200_random_pairs_in_both_protocols():
    """One protocol has a fixed range; the original's has the range of each generated image."""
    rng = np.random.default_rng(1)
    real = astronaut()
    references, damaged = [], []
    for number in range(200):
        y, x = rng.integers(0, 512 - 128), rng.integers(0, 512 - 64)
        reference = real[y : y + 128, x : x + 64]
        noise = rng.normal(0, rng.uniform(0, 60), reference.shape)
        mixed = reference * rng.uniform(0.2, 1) + noise + rng.uniform(-20, 60)
        references.append(reference)
        damaged.append(np.clip(mixed, 0, 255).astype(np.uint8))
        if number % 4 == 0:  # a mask: large parts are black in both
            outside = np.zeros((128, 64, 1), np.uint8)
            outside[30 + number // 8 : 100, 10:50] = 1
            references[-1], damaged[-1] = references[-1] * outside, damaged[-1] * outside
    references, damaged = np.stack(references), np.stack(damaged)
    ranges = np.stack([np.full(200, 255.0), generated_range(damaged)])
    ours = structural_similarity(references, damaged, ranges)
    expected = [
        [
            reference_ssim(a, b, data_range)
            for a, b, data_range in zip(references, damaged, row, strict=True)
        ]
        for row in ranges
    ]
    assert np.ptp(ranges[1]) > 50
    assert np.abs(np.subtract(*expected)).max() > 0.02  # the two ranges give different scores
    np.testing.assert_allclose(ours, expected, atol=1e-9)


def test_range_of_the_generated_image():
    images = np.zeros((3, 4, 5, 3), np.uint8)
    images[1] += 7
    images[2, 1, 2] = (3, 255, 9)
    np.testing.assert_array_equal(generated_range(images), [0, 0, 255])


def test_large_uniform_window_equals_scikit_image(images):
    real, damaged = images
    ours = structural_similarity(
        np.stack([real] * len(damaged)), damaged, uniform_window=LARGE_WINDOW
    )
    # As in later papers' scripts: floats in [0, 1] with a range of 1.
    expected = [
        reference_ssim(real / 255, image / 255, 1, win_size=LARGE_WINDOW) for image in damaged
    ]
    np.testing.assert_allclose(ours, expected, atol=1e-7)


def test_floats_and_bytes_alike(images):
    real, damaged = images
    reference = np.stack([real] * len(damaged))
    np.testing.assert_array_equal(
        structural_similarity(reference.astype(np.float32), damaged.astype(np.float64)),
        structural_similarity(reference, damaged),
    )


def test_equal_images_score_one(images):
    np.testing.assert_allclose(structural_similarity(images[1], images[1]), 1, atol=1e-9)
    black = np.zeros((1, 32, 32, 3), np.uint8)
    np.testing.assert_allclose(structural_similarity(black, black), 1, atol=1e-9)


def test_a_range_of_zero_says_so_by_nan():
    black = np.zeros((1, 32, 32, 3), np.uint8)
    assert np.isnan(structural_similarity(black, black, generated_range(black)))


def test_images_smaller_than_the_window_are_refused():
    small = np.zeros((1, 10, 40, 3), np.uint8)
    with pytest.raises(ValueError, match="at least 11 pixels in height and width, received"):
        structural_similarity(small, small)
    with pytest.raises(ValueError, match="same shape"):
        structural_similarity(np.zeros((1, 20, 20, 3)), np.zeros((2, 20, 20, 3)))
