import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.errors import ConfigurationError
from deformable_gan.losses.nearest_neighbor_loss import NearestNeighborLoss


def naive_map(target, generated, window):
    """Return equation 6 for each pixel, and whether only one target vector is that near."""
    count, height, width, _ = target.shape
    reach = window // 2
    distances = np.empty((count, height, width))
    unique = np.empty(distances.shape, bool)
    for item, row, column in np.ndindex(distances.shape):
        near = target[
            item,
            max(0, row - reach) : row + reach + 1,
            max(0, column - reach) : column + reach + 1,
        ]
        candidates = np.sort(np.abs(near - generated[item, row, column]).sum(-1), axis=None)
        distances[item, row, column] = candidates[0]
        unique[item, row, column] = len(candidates) == 1 or candidates[1] - candidates[0] > 1e-4
    return distances, unique


def value_and_gradient(loss, target, generated):
    generated = tf.constant(generated)
    with tf.GradientTape() as tape:
        tape.watch(generated)
        value = loss(tf.constant(target), generated)
    return value, tape.gradient(value, generated)


@pytest.mark.parametrize("window", [3, 5])
def test_equals_the_original(reference, window):
    target, generated, distances, mean, gradient = (
        reference[f"nn{window}_{name}"]
        for name in ("target", "generated", "map", "mean", "grad_generated")
    )
    loss = NearestNeighborLoss(window)
    np.testing.assert_allclose(loss.call(target, generated), distances, rtol=1e-5)
    value, own_gradient = value_and_gradient(loss, target, generated)
    np.testing.assert_allclose(value, mean, rtol=1e-5)
    unique = naive_map(target, generated, window)[1]
    assert unique.mean() > 0.99
    # Gradients are +-1 over the number of pixels.
    scale = np.abs(gradient).max()
    np.testing.assert_allclose(own_gradient[unique], gradient[unique], atol=1e-5 * scale)


@pytest.mark.parametrize(
    ("shape", "window"),
    [
        ((2, 5, 7, 3), 1),
        ((1, 6, 4, 2), 3),
        ((2, 4, 9, 1), 7),
        # The window is larger than the image: every target vector is compared.
        ((1, 3, 4, 2), 9),
        ((2, 1, 1, 5), 5),
    ],
)
def test_equals_a_naive_loop(shape, window):
    rng = np.random.default_rng(window)
    target, generated = rng.normal(size=(2, *shape)).astype(np.float32)
    distances, unique = naive_map(target, generated, window)
    loss = NearestNeighborLoss(window)
    np.testing.assert_allclose(loss.call(target, generated), distances, rtol=1e-5, atol=1e-6)
    value, gradient = value_and_gradient(loss, target, generated)
    np.testing.assert_allclose(value, distances.mean(), rtol=1e-5)
    # The gradient of each of a pixel's features is 1 or -1, divided by the number of pixels.
    slopes = np.abs(gradient[unique]) * distances.size
    np.testing.assert_allclose(slopes, np.ones_like(slopes), rtol=1e-5)


def test_a_small_shift_costs_nothing():
    image = np.random.default_rng(0).normal(size=(1, 8, 8, 4)).astype(np.float32)
    shifted = np.roll(image, (1, -1), axis=(1, 2))
    inner = (slice(None), slice(1, -1), slice(1, -1))
    np.testing.assert_array_equal(NearestNeighborLoss(3).call(image, shifted)[inner], 0)
    assert np.all(NearestNeighborLoss(1).call(image, shifted)[inner] > 0)
    # Two pixels are too far for a window of 3.
    assert np.all(NearestNeighborLoss(3).call(image, np.roll(image, 2, axis=1))[inner] > 0)


def test_the_target_gets_no_gradient():
    target, generated = tf.random.stateless_normal((2, 1, 4, 4, 2), seed=(0, 0))
    with tf.GradientTape() as tape:
        tape.watch(target)
        value = NearestNeighborLoss(3)(target, generated)
    assert tape.gradient(value, target) is None


@pytest.mark.parametrize("which", ["target", "generated"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_non_finite_features_show_in_the_loss(which, value):
    features = dict.fromkeys(("target", "generated"), np.ones((1, 4, 5, 2), np.float32))
    features[which] = features[which].copy()
    features[which][:] = value
    assert not np.isfinite(NearestNeighborLoss(3)(features["target"], features["generated"]))


@pytest.mark.parametrize("window", [0, 2, -3])
def test_refuses_windows_without_a_middle(window):
    with pytest.raises(ConfigurationError, match=f"odd positive number, received {window}"):
        NearestNeighborLoss(window)
