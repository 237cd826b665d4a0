import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.errors import ConfigurationError
from deformable_gan.layers.instance_normalization import InstanceNormalization


@pytest.mark.parametrize(("statistics", "axes"), [("sample", (1, 2, 3)), ("channel", (1, 2))])
@pytest.mark.parametrize("shape", [(3, 5, 4, 6), (2, 1, 7, 3), (2, 1, 1, 8)])
def test_equals_numpy(statistics, axes, shape):
    rng = np.random.default_rng(0)
    inputs = (rng.normal(size=shape) * 3 + 7).astype(np.float32)
    layer = InstanceNormalization(statistics, epsilon=0.02)
    layer.build(shape)
    count = 1 if statistics == "sample" else shape[-1]
    assert layer.gamma.shape == layer.beta.shape == (count,)
    gamma, beta = rng.normal(size=(2, count))
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    exact = inputs.astype(np.float64)
    # keras-contrib: (x - mean) / (std + epsilon), with the biased standard deviation.
    centred = exact - exact.mean(axes, keepdims=True)
    expected = gamma * centred / (exact.std(axes, keepdims=True) + 0.02) + beta
    np.testing.assert_allclose(layer(inputs), expected, rtol=1e-4, atol=1e-4)


def test_one_pixel_a_channel_is_beta():
    layer = InstanceNormalization("channel")
    layer.build((None, 1, 1, 2))
    layer.beta.assign([3.0, -4.0])
    inputs = np.random.default_rng(0).normal(size=(5, 1, 1, 2)).astype(np.float32)
    np.testing.assert_allclose(layer(inputs)[:, 0, 0], [[3.0, -4.0]] * 5, atol=1e-6)


@pytest.mark.parametrize("statistics", ["sample", "channel"])
@pytest.mark.parametrize("shape", [(2, 1, 1, 4), (2, 3, 3, 4)])
def test_constant_maps_have_finite_gradients(statistics, shape):
    layer = InstanceNormalization(statistics)
    layer.build(shape)
    inputs = tf.fill(shape, 2.0)
    weights = tf.random.stateless_normal(shape, seed=(0, 0))
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        total = tf.reduce_sum(layer(inputs) * weights)
    np.testing.assert_allclose(total, 0, atol=1e-4)
    gradients = tape.gradient(total, [inputs, layer.gamma.value, layer.beta.value])
    assert all(np.isfinite(gradient).all() for gradient in gradients)


@pytest.mark.parametrize(("statistics", "axes"), [("sample", (1, 2, 3)), ("channel", (1, 2))])
def test_gradients_equal_automatic_differentiation(statistics, axes):
    layer = InstanceNormalization(statistics, epsilon=0.02)
    shape = (3, 5, 4, 6)
    layer.build(shape)
    rng = np.random.default_rng(0)
    gamma, beta = (tf.constant(rng.normal(size=layer.gamma.shape), tf.float32) for _ in range(2))
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    inputs = tf.constant(rng.normal(size=shape) * 3 + 2, tf.float32)
    weights = tf.constant(rng.normal(size=shape), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        total = tf.reduce_sum(layer(inputs) * weights)
    received = tape.gradient(total, [inputs, layer.gamma.value, layer.beta.value])
    with tf.GradientTape() as tape:
        tape.watch([inputs, gamma, beta])
        deviation = tf.math.reduce_std(inputs, axes, keepdims=True)
        standard = (inputs - tf.reduce_mean(inputs, axes, keepdims=True)) / (deviation + 0.02)
        total = tf.reduce_sum((standard * gamma + beta) * weights)
    for mine, expected in zip(received, tape.gradient(total, [inputs, gamma, beta]), strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-4, atol=1e-5)


def test_samples_do_not_mix():
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(3, 4, 4, 2)).astype(np.float32)
    layer = InstanceNormalization()
    together = layer(inputs)
    for item in range(3):
        np.testing.assert_allclose(layer(inputs[item : item + 1])[0], together[item], atol=1e-6)


def test_half_precision_survives_large_values():
    # 300² is beyond float16.
    inputs = np.random.default_rng(0).choice([-300.0, 300.0], size=(1, 8, 8, 4))
    layer = InstanceNormalization(dtype="mixed_float16")
    expected = inputs / inputs.std() - inputs.mean() / inputs.std()
    np.testing.assert_allclose(layer(inputs.astype(np.float16)), expected, atol=1e-2)


def test_refuses_unknown_statistics():
    with pytest.raises(ConfigurationError, match=r"'sample', 'channel'.*received 'batch'"):
        InstanceNormalization("batch")
