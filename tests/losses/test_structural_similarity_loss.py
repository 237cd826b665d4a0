import numpy as np
import pytest
from skimage.metrics import structural_similarity

from deformable_gan.losses.structural_similarity_loss import StructuralSimilarityLoss


@pytest.mark.parametrize("size", [(11, 11), (40, 23)])
def test_equals_scikit_image(size):
    rng = np.random.default_rng(0)
    real = rng.uniform(-1, 1, (3, *size, 3)).astype(np.float32)
    image = np.clip(real + rng.normal(0, 0.3, real.shape), -1, 1).astype(np.float32)
    expected = [
        structural_similarity(
            (one.astype(np.float64) + 1) * 127.5,
            (other.astype(np.float64) + 1) * 127.5,
            data_range=255.0,
            channel_axis=-1,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
        for one, other in zip(real, image, strict=True)
    ]
    loss = float(StructuralSimilarityLoss()(real, image))
    np.testing.assert_allclose(loss, 1 - np.mean(expected), atol=1e-5)


def test_equal_images_have_no_loss():
    image = np.random.default_rng(1).uniform(-1, 1, (2, 16, 16, 3)).astype(np.float32)
    assert abs(float(StructuralSimilarityLoss()(image, image))) < 1e-5


def test_refuses_images_smaller_than_its_window():
    image = np.zeros((1, 10, 30, 3), np.float32)
    with pytest.raises(ValueError, match=r"at least 11 pixels in height and width, received 10"):
        StructuralSimilarityLoss()(image, image)
