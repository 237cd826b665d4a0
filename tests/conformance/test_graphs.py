"""Placeholders, eager mode, graphs and XLA: the same shapes and numbers."""

import keras
import numpy as np
import pytest
import tensorflow as tf


def _compare(network, results, expected):
    for result, value in zip(
        keras.tree.flatten(results), keras.tree.flatten(expected), strict=True
    ):
        value = np.asarray(value)
        difference = np.abs(np.asarray(result) - value) / max(1.0, np.abs(value).max())
        # A compiler may fuse and reorder operations. Results then differ by a few roundings of the
        # largest numbers. Where coordinates are rounded to whole pixels, another pixel is sampled
        # now and then.
        assert difference.mean() < (1e-4 if network.rounds else 1e-6)
        assert network.rounds or difference.max() < network.tolerance


def _function(network, instance, **options):
    return tf.function(lambda inputs: network.call(instance, inputs), **options)


def test_shapes_are_known_before_running(network):
    instance = network.make()
    symbolic = network.symbolic()
    outputs = network.call(instance, symbolic)
    results = network.call(instance, network.draw())
    shapes = [(None, *result.shape[1:]) for result in keras.tree.flatten(results)]
    assert [tuple(output.shape) for output in keras.tree.flatten(outputs)] == shapes
    dtypes = [keras.backend.standardize_dtype(r.dtype) for r in keras.tree.flatten(results)]
    assert [output.dtype for output in keras.tree.flatten(outputs)] == dtypes


def test_a_graph_for_every_batch_size_equals_eager_mode(smaller_network):
    """Generators, which take long to trace, are left to test_saving.py."""
    network = smaller_network
    instance = network.make()
    inputs = keras.tree.map_structure(tf.constant, network.draw())
    expected = network.call(instance, inputs)
    signature = keras.tree.map_structure(
        lambda one: tf.TensorSpec((None, *one.shape[1:]), one.dtype), inputs
    )
    graph = _function(network, instance).get_concrete_function(signature)
    _compare(network, graph(inputs), expected)
    first = keras.tree.map_structure(lambda one: one[:1], inputs)
    _compare(network, graph(first), keras.tree.map_structure(lambda one: one[:1], expected))


@pytest.mark.slow
def test_xla_equals_eager_mode(xla_network):
    instance = xla_network.make()
    inputs = keras.tree.map_structure(tf.constant, xla_network.draw())
    expected = xla_network.call(instance, inputs)
    compiled = _function(xla_network, instance, jit_compile=True)
    _compare(xla_network, compiled(inputs), expected)


@pytest.mark.slow
def test_a_loss_is_the_same_in_every_mode(loss):
    instance = loss.make()
    arguments = tuple(tf.constant(one) for one in loss.draw())

    def value_and_gradient(y_true, y_pred):
        with tf.GradientTape() as tape:
            tape.watch(y_pred)
            value = instance(y_true, y_pred)
        return value, tape.gradient(value, y_pred)

    expected = value_and_gradient(*arguments)
    assert np.any(expected[1])
    for jit_compile in (False, True):
        result = tf.function(value_and_gradient, jit_compile=jit_compile)(*arguments)
        for one, wanted in zip(result, expected, strict=True):
            np.testing.assert_allclose(one, wanted, rtol=1e-5, atol=1e-6)
