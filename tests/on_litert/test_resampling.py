import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.on_litert.resampling import resize_square
from deformable_gan.pose.movenet import cut_square

IMAGE = np.random.default_rng(0).integers(0, 256, (90, 70, 3), np.uint8)


@pytest.mark.parametrize(
    "square",
    [
        (10, 5, 48),  # its own size
        (10, 5, 20),  # enlarged
        (3, 2, 61),  # shrunk
        (-40, -30, 150),  # larger than the image on all sides
        (60, 50, 77),  # only its corner in the image
        (-5, 40, 31),
    ],
)
def test_as_tensorflow_resizes(square):
    cut = cut_square(tf.constant(IMAGE), *(tf.constant(number) for number in square))
    expected = tf.image.resize(cut, (48, 48), antialias=True).numpy()
    np.testing.assert_allclose(resize_square(IMAGE, square, 48), expected, atol=2e-3)


def test_a_square_beside_the_image_is_black():
    assert not resize_square(IMAGE, (200, 0, 30), 16).any()
    assert not resize_square(IMAGE, (0, -50, 30), 16).any()


def test_a_ramp_stays_a_ramp():
    """Enlarging twice, by hand: output pixel i lies at i / 2 - 1/4; the ends are repeated."""
    ramp = np.broadcast_to(np.arange(0, 80, 10, dtype=np.uint8)[:, None, None], (8, 8, 1))
    resized = resize_square(ramp, (0, 0, 8), 16)
    expected = 10 * np.clip(np.arange(16) / 2 - 0.25, 0, 7)
    np.testing.assert_allclose(resized[:, 5, 0], expected, atol=1e-4)
