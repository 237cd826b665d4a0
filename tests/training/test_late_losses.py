"""Losses that arrive one step late, as on a GPU; the rest of a training does not change."""

import math

import keras
import numpy as np
import pytest

from deformable_gan.errors import RunError
from deformable_gan.training import late_losses as module
from deformable_gan.training.late_losses import LateLosses, late_losses
from deformable_gan.training.loss_watch import LossWatch


class Notes(keras.callbacks.Callback):
    """A callback that records its arguments."""

    def __init__(self):
        super().__init__()
        self.told = []

    def on_train_batch_end(self, batch, logs=None):
        self.told.append((batch, logs))

    def on_epoch_end(self, epoch, logs=None):
        self.told.append(("epoch", dict(logs)))


@pytest.fixture
def fit(monkeypatch):
    """A function that fits a line with some callbacks, and may pretend that there is a GPU."""

    def run(gpu, *callbacks, steps=3, epochs=2):
        monkeypatch.setattr(module, "computes_on_gpu", lambda: gpu)
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        x = np.arange(steps, dtype=np.float32)[:, None]
        options = {"epochs": epochs, "steps_per_epoch": steps, "verbose": 0}
        listed = late_losses(list(callbacks), model, **options)
        assert isinstance(listed, LateLosses) == gpu
        model.fit(x, 2 * x, batch_size=1, shuffle=False, callbacks=listed, **options)
        return model

    return run


def test_every_loss_comes_one_step_late(fit):
    at_once, late = Notes(), Notes()
    weights = fit(False, at_once).get_weights()
    for one, two in zip(weights, fit(True, late).get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    assert [when for when, _ in late.told] == [when for when, _ in at_once.told]
    for epoch in (0, 4):
        now, then = (notes.told[epoch : epoch + 4] for notes in (at_once, late))
        assert then[0] == (0, {})
        assert [logs for _, logs in then[1:3]] == [logs for _, logs in now[0:2]]
        assert then[3] == now[3]


class Watched(keras.callbacks.Callback):
    """A callback that gives the model the `loss_trackers` that `LossWatch` reads."""

    def on_train_begin(self, logs=None):
        self.model.loss_trackers = {"loss": self.model.metrics[0]}


class Spoil(keras.callbacks.Callback):
    """A callback that makes the weights non-finite before a step, counted from 1."""

    def __init__(self, step):
        super().__init__()
        self._left = step

    def on_train_batch_begin(self, batch, logs=None):
        self._left -= 1
        if not self._left:
            self.model.set_weights(
                [np.full_like(one, math.nan) for one in self.model.get_weights()]
            )


@pytest.mark.parametrize("gpu", [False, True])
@pytest.mark.parametrize("step", [1, 2, 3, 4, 6])
def test_the_step_that_went_wrong_is_named_all_the_same(fit, gpu, step):
    """The last step of an epoch is named, too, although its losses arrive at the epoch's end."""
    watch = LossWatch(3, "logistic", lambda step: [(f"s{step}", f"t{step}")])
    with pytest.raises(RunError, match=f"at step {step} loss is not finite"):
        fit(gpu, Watched(), watch, Spoil(step))
