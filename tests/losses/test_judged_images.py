import numpy as np
import tensorflow as tf

from deformable_gan.losses.judged_images import NUMBERS, change_judged_images


def _images():
    return np.random.default_rng(0).uniform(-1, 1, (3, 20, 10, 3)).astype(np.float32)


def test_by_hand():
    images = _images()
    numbers = np.full((3, NUMBERS), 0.5, np.float32)
    numbers[0, 0] = 1.0  # brighter by 0.4
    numbers[1, 1] = 0.0  # no colour
    numbers[2, 2] = 0.0  # half the contrast
    numbers[:, 3:] = [0.0, 1.0]  # the corner at the top right
    changed = np.asarray(change_judged_images(images, numbers))
    cut = np.zeros((20, 10, 1), bool)
    cut[:4, 8:] = True  # the cut covers 0.4 of each side, and half of that lies inside
    grey = images[1].mean(-1, keepdims=True)
    mean = images[2].mean()
    expected = [images[0] + 0.4, grey + 0 * images[1], mean + (images[2] - mean) / 2]
    for one, other in zip(changed, expected, strict=True):
        np.testing.assert_allclose(one, np.where(cut, 0, other), atol=1e-6)


def test_the_gradient_reaches_what_is_not_cut_out():
    images = tf.constant(_images())
    numbers = tf.constant(np.full((3, NUMBERS), 0.5, np.float32))
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.reduce_sum(change_judged_images(images, numbers) ** 2)
    gradient = np.abs(tape.gradient(total, images)).sum(-1)
    assert not gradient[:, 8:12, 4:6].any()
    assert (gradient[:, :5] > 0).all()
