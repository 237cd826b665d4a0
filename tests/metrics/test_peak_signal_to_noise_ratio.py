import numpy as np
from skimage.metrics import peak_signal_noise_ratio

from deformable_gan.metrics.peak_signal_to_noise_ratio import peak_signal_to_noise_ratio


def test_equals_scikit_image():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 256, (2, 5, 9, 7, 3), np.uint8)
    b[1] = a[1] ^ 1
    expected = [peak_signal_noise_ratio(x, y) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(peak_signal_to_noise_ratio(a, b), expected, rtol=1e-13)


def test_equal_images_are_infinitely_good():
    image = np.full((1, 4, 4, 3), 9, np.uint8)
    assert peak_signal_to_noise_ratio(image, image) == [np.inf]
