"""An instance rebuilt from its configuration equals the original."""

import inspect
import json

import keras
import numpy as np


def _arguments(kind):
    """Return the names of the arguments of a class and of its bases in this package."""
    names = set()
    for base in kind.__mro__:
        if base.__module__.startswith("deformable_gan"):
            parameters = inspect.signature(base.__init__).parameters.values()
            named = (p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD))
            names |= {parameter.name for parameter in named}
    return names - {"self"}


def _rebuilt(instance):
    """Return the instance rebuilt from JSON, the form in which files hold its configuration."""
    text = json.dumps(keras.saving.serialize_keras_object(instance))
    rebuilt = keras.saving.deserialize_keras_object(json.loads(text))
    assert type(rebuilt) is type(instance)
    assert json.dumps(keras.saving.serialize_keras_object(rebuilt)) == text
    return rebuilt


def test_configuration_is_complete(golden):
    instance = golden.make()
    config = instance.get_config()
    assert _arguments(type(instance)) <= set(config)


def test_rebuilds_from_its_configuration(network):
    instance = network.make()
    inputs = network.draw()
    outputs = network.call(instance, inputs)
    rebuilt = _rebuilt(instance)
    again = network.call(rebuilt, inputs)
    # The random initial weights differ, so they are copied; with them the results must be equal.
    rebuilt.set_weights(instance.get_weights())
    again = network.call(rebuilt, inputs)
    keras.tree.map_structure(np.testing.assert_array_equal, again, outputs)
    assert [w.path for w in rebuilt.weights] == [w.path for w in instance.weights]


def test_a_loss_rebuilds_from_its_configuration(loss):
    instance = loss.make()
    y_true, y_pred = loss.draw()
    rebuilt = _rebuilt(instance)
    assert rebuilt.name == instance.name
    value = np.asarray(instance(y_true, y_pred))
    assert value.shape == ()
    np.testing.assert_array_equal(rebuilt(y_true, y_pred), value)


def test_frozen_stays_frozen(network):
    instance = network.make()
    instance.trainable = False
    assert not _rebuilt(instance).trainable
