"""Measuring the time of a training step on this machine."""

import time
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from deformable_gan.training.gan import DeformableGAN

# Steps before the measurement, in which TensorFlow traces the graph and allocates memory.
_UNTIMED = 3
_TIMED = 8


@dataclass(frozen=True)
class StepTiming:
    """The measured times of a training's first steps.

    Attributes:
        seconds_per_step: the median time of several steps.
        start_seconds: the time of the first steps, which the median excludes because TensorFlow
            traces the graph in them.
    """

    seconds_per_step: float
    start_seconds: float


def time_steps(gan: DeformableGAN, batches: tf.data.Dataset) -> StepTiming:
    """Train for a few steps and return their times.

    Args:
        gan: a compiled model, whose weights change.
        batches: at least 11 batches.
    """
    steps = _UNTIMED + _TIMED
    times = _Times()
    gan.fit(
        *(batches.take(steps),),
        epochs=1,
        steps_per_epoch=steps,
        shuffle=False,
        verbose=0,
        callbacks=[times],
    )
    differences = np.diff(times.seconds)
    return StepTiming(float(np.median(differences[_UNTIMED:])), float(differences[:_UNTIMED].sum()))


class _Times(keras.callbacks.Callback):
    """A callback that records the time when the training begins and when each step ends."""

    def on_train_begin(self, logs=None):
        self.seconds = [time.monotonic()]

    def on_train_batch_end(self, batch, logs=None):
        self.seconds.append(time.monotonic())
