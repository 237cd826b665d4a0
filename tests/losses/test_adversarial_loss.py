import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.errors import ConfigurationError
from deformable_gan.losses.adversarial_loss import AdversarialLoss


def _logit(probability):
    probability = probability.astype(np.float64)
    return np.log(probability / (1 - probability)).astype(np.float32)


def test_equals_the_original(reference):
    real, fake = _logit(reference["d_real"]), _logit(reference["d_fake"])
    discriminator = AdversarialLoss(role="discriminator")
    total = discriminator(np.ones_like(real), real) + discriminator(np.zeros_like(fake), fake)
    np.testing.assert_allclose(total, reference["d_loss"], rtol=1e-5)
    generator = AdversarialLoss(role="generator")
    np.testing.assert_allclose(
        generator(np.ones_like(fake), fake), reference["g_adv_loss"], rtol=1e-5
    )


# Three logits, and the loss of each by hand, labelled first as real (1) and then as generated (0).
LOGITS = np.array([[-2.0, 0.5, 3.0]], np.float32)
BY_HAND = {
    ("logistic", "discriminator"): (
        -np.log(1 / (1 + np.exp([2.0, -0.5, -3.0]))),
        -np.log(1 - 1 / (1 + np.exp([2.0, -0.5, -3.0]))),
    ),
    ("least_squares", "discriminator"): ([9.0, 0.25, 4.0], [4.0, 0.25, 9.0]),
    ("least_squares", "generator"): ([9.0, 0.25, 4.0], [4.0, 0.25, 9.0]),
    ("hinge", "discriminator"): ([3.0, 0.5, 0.0], [0.0, 1.5, 4.0]),
    ("hinge", "generator"): ([2.0, -0.5, -3.0], [-2.0, 0.5, 3.0]),
}


@pytest.mark.parametrize(("kind", "role"), BY_HAND)
def test_by_hand(kind, role):
    loss = AdversarialLoss(kind, role)
    real, generated = BY_HAND[kind, role]
    np.testing.assert_allclose(loss.call(np.ones_like(LOGITS), LOGITS)[0], real, rtol=1e-5)
    np.testing.assert_allclose(loss.call(np.zeros_like(LOGITS), LOGITS)[0], generated, rtol=1e-5)
    np.testing.assert_allclose(loss(np.ones_like(LOGITS), LOGITS), np.mean(real), rtol=1e-5)


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_certain_discriminators_stay_finite_and_steep(label):
    logits = tf.constant([[-1e4, 1e4]])
    labels = tf.fill([1, 2], label)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = AdversarialLoss()(labels, logits)
    # Being wrong by 10,000 costs 10,000; the slope never vanishes on the wrong side.
    np.testing.assert_allclose(value, 1e4 / 2)
    expected = [[-0.5, 0.0]] if label else [[0.0, 0.5]]
    np.testing.assert_allclose(tape.gradient(value, logits), expected)


@pytest.mark.parametrize("arguments", [("wasserstein",), ("hinge", "referee")])
def test_refuses_what_it_does_not_know(arguments):
    with pytest.raises(ConfigurationError, match=f"hinge.*generator.*received .*{arguments[-1]}"):
        AdversarialLoss(*arguments)
