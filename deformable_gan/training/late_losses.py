"""Losses that reach the host one step late, so that a GPU always has the next step queued."""

from collections.abc import Sequence

import keras

from deformable_gan.devices.settings import computes_on_gpu


class LateLosses(keras.callbacks.CallbackList):
    """A list of callbacks that receive the losses of the previous step after each step.

    Keras converts the losses to Python numbers after every step. This waits for the device, which
    is then idle until the next step is queued. Here the device is one step ahead of Python. After
    the first step of an epoch the callbacks receive no losses. At the end of the epoch they receive
    the losses after its last step.
    """

    _logs_before = None

    def on_epoch_begin(self, epoch, logs=None):
        """Discard the losses of the previous epoch."""
        self._logs_before = None
        super().on_epoch_begin(epoch, logs)

    def on_train_batch_end(self, batch, logs=None):
        """Pass on the losses of the previous step."""
        previous, self._logs_before = self._logs_before, logs
        super().on_train_batch_end(batch, previous)


def late_losses(
    callbacks: Sequence[keras.callbacks.Callback],
    model: keras.Model,
    epochs: int,
    steps_per_epoch: int,
    verbose: int | str,
    initial_epoch: int = 0,
) -> Sequence[keras.callbacks.Callback] | LateLosses:
    """Return callbacks for `fit` that do not make a GPU wait; without a GPU, return them unchanged.

    Args:
        callbacks: the callbacks.
        model: the trained model.
        epochs: as in `fit`.
        steps_per_epoch: as in `fit`.
        verbose: as in `fit`.
        initial_epoch: as in `fit`; not used.
    """
    if not computes_on_gpu():
        return callbacks
    return LateLosses(
        callbacks,
        add_history=True,
        add_progbar=verbose != 0,
        verbose=verbose,
        epochs=epochs,
        steps=steps_per_epoch,
        model=model,
    )
