"""`.keras` files in the default safe mode, and SavedModels."""

import keras
import numpy as np
import pytest
import tensorflow as tf


def _assert_same(results, expected):
    keras.tree.map_structure(np.testing.assert_array_equal, results, expected)


def _arguments(inputs):
    """Return a layer's positional inputs as a functional model takes them."""
    if not isinstance(inputs, tuple):
        return inputs
    return list(inputs) if len(inputs) > 1 else inputs[0]


def test_saves_and_loads(network, tmp_path):
    instance = network.make()
    if not isinstance(instance, keras.Model):
        inputs = network.symbolic()
        instance = keras.Model(_arguments(inputs), network.call(instance, inputs))
    inputs = _arguments(network.draw())
    instance(inputs)
    # Fresh weights (zeros, ones, or drawn with one seed) would be equal even if nothing was loaded.
    rng = np.random.default_rng(0)
    weights = [w + rng.normal(0, 0.1, w.shape) for w in instance.get_weights()]
    instance.set_weights(weights)
    expected = instance(inputs)

    instance.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert type(loaded) is type(instance)
    _assert_same(loaded.get_weights(), instance.get_weights())
    _assert_same(loaded(inputs), expected)


def test_a_loss_is_saved_with_its_model(loss, tmp_path):
    _, y_pred = loss.draw()
    inputs = keras.Input(y_pred.shape[1:])
    model = keras.Model(inputs, keras.layers.Rescaling(1.0)(inputs))
    model.compile(loss=loss.make())
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    y_true, y_pred = loss.draw()
    assert type(loaded.loss) is type(model.loss)
    np.testing.assert_array_equal(loaded.loss(y_true, y_pred), model.loss(y_true, y_pred))


@pytest.mark.slow
def test_a_generator_becomes_a_saved_model(generator, tmp_path):
    instance = generator.make()
    inputs = keras.tree.map_structure(tf.constant, generator.draw())
    expected = instance(inputs)
    instance.export(tmp_path / "model", verbose=False)
    loaded = tf.saved_model.load(tmp_path / "model")
    np.testing.assert_allclose(loaded.serve(inputs), expected, atol=1e-5)
    one = {name: value[:1] for name, value in inputs.items()}
    np.testing.assert_allclose(loaded.serve(one), expected[:1], atol=1e-5)
