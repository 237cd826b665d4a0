"""The fused update equals that of Keras' Adam."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.training.fused_adam import FusedAdam

SHAPES = [(3, 4), (7,), (2, 2, 3, 5)]


def _train(kind, jit_compile, scaled=False):
    random = np.random.default_rng(0)
    variables = [keras.Variable(random.normal(size=shape).astype("float32")) for shape in SHAPES]
    optimizer = kind(2e-2, 0.5, 0.999)
    if scaled:
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=8.0)
    optimizer.build(variables)

    @tf.function(jit_compile=jit_compile)
    def step(gradients):
        optimizer.apply(gradients, variables)

    for _ in range(6):
        step([tf.constant(random.normal(size=shape).astype("float32")) for shape in SHAPES])
    return variables, optimizer


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("scaled", [False, True])
def test_equals_keras(jit_compile, scaled):
    ours, our_state = _train(FusedAdam, jit_compile, scaled)
    theirs, their_state = _train(keras.optimizers.Adam, False, scaled)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine.numpy(), other.numpy(), atol=2e-6)
    assert [v.shape for v in our_state.variables] == [v.shape for v in their_state.variables]
    for mine, other in zip(our_state.variables, their_state.variables, strict=True):
        np.testing.assert_allclose(mine.numpy(), other.numpy(), atol=2e-6)


def test_configuration_round_trip():
    optimizer = FusedAdam(3e-4, 0.5, 0.9, name="generator_optimizer", clipnorm=1.0)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(optimizer))
    assert isinstance(again, FusedAdam)
    assert again.get_config() == optimizer.get_config()


def test_amsgrad_is_refused():
    with pytest.raises(ValueError, match="amsgrad"):
        FusedAdam(amsgrad=True)
