import numpy as np
import pytest
from skimage.data import astronaut
from skimage.metrics import structural_similarity as skimage_ssim

from deformable_gan.metrics.structural_similarity import structural_similarity


def reference_ssim(reference, image):
    return skimage_ssim(
        reference,
        image,
        channel_axis=-1,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=255,
    )


@pytest.fixture(scope="module")
def images():
    """Real texture, at the sizes of both datasets' shapes, with four kinds of damage."""
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
    assert min(expected) < 0.3  # the kinds of damage differ enough to mean something
    np.testing.assert_allclose(ours, expected, atol=1e-4)


def test_floats_and_bytes_alike(images):
    real, damaged = images
    reference = np.stack([real] * len(damaged))
    np.testing.assert_array_equal(
        structural_similarity(reference.astype(np.float32), damaged.astype(np.float64)),
        structural_similarity(reference, damaged),
    )


def test_equal_images_score_one(images):
    np.testing.assert_allclose(structural_similarity(images[1], images[1]), 1, atol=1e-6)
    black = np.zeros((1, 32, 32, 3), np.uint8)
    np.testing.assert_allclose(structural_similarity(black, black), 1, atol=1e-6)
