import numpy as np
import tensorflow as tf

from deformable_gan.losses.total_variation_loss import TotalVariationLoss


def test_equals_the_original(reference):
    images = reference["tv_images"]
    np.testing.assert_allclose(
        TotalVariationLoss()(images, images), reference["tv_loss"], rtol=1e-5
    )


def test_by_hand():
    image = np.zeros((1, 3, 2, 1), np.float32)
    image[0, :, :, 0] = [[0, 3], [4, 0], [4, 1]]
    # Pixel (0, 0): down 4, right 3; pixel (1, 0): down 0, right -4. Others lack a neighbour.
    expected = 25**1.25 + 16**1.25
    np.testing.assert_allclose(TotalVariationLoss()(image, image), expected, rtol=1e-6)


def test_flat_images_cost_nothing_and_pull_nowhere():
    flat = tf.ones((2, 5, 4, 3))
    with tf.GradientTape() as tape:
        tape.watch(flat)
        value = TotalVariationLoss()(flat, flat)
    assert value == 0
    np.testing.assert_array_equal(tape.gradient(value, flat), np.zeros(flat.shape))
