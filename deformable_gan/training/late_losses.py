"""Losses that reach the host one step late, so that a GPU always has the next step to do."""

from collections.abc import Sequence

import keras

from deformable_gan.devices.settings import computes_on_gpu


class LateLosses(keras.callbacks.CallbackList):
    """Callbacks that are told after each step the losses of the step before.

    Keras turns the losses into Python's numbers after every step, which waits for the device to
    finish it; only then is the next step handed over, and the device is idle meanwhile. Here the
    device is a step ahead of Python. After an epoch's first step there is nothing to tell; the
    epoch's end tells all, as ever.
    """

    _told_next = None

    def on_epoch_begin(self, epoch, logs=None):
        """Begin with nothing to tell."""
        self._told_next = None
        super().on_epoch_begin(epoch, logs)

    def on_train_batch_end(self, batch, logs=None):
        """Tell of the step before."""
        told, self._told_next = self._told_next, logs
        super().on_train_batch_end(batch, told)


def late_losses(
    callbacks: Sequence[keras.callbacks.Callback],
    model: keras.Model,
    epochs: int,
    steps_per_epoch: int,
    verbose: int | str,
    initial_epoch: int = 0,
) -> Sequence[keras.callbacks.Callback] | LateLosses:
    """Return callbacks for `fit` that do not keep a GPU waiting; without a GPU, as they are.

    Args:
        callbacks: what is to be called.
        model: the model that is trained.
        epochs: as of `fit`.
        steps_per_epoch: as of `fit`.
        verbose: as of `fit`.
        initial_epoch: as of `fit`; not needed here.
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
