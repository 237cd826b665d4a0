"""What Keras' `fit` cannot do: train on several devices and processes."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from deformable_gan.training.agreed_stop import AgreedStop
from deformable_gan.training.gan import DeformableGAN
from deformable_gan.training.late_losses import late_losses
from deformable_gan.training.stop_request import StopRequest

# What makes the seeds of different replicas different: odd, and without a pattern in its bits.
_SEED_STRIDE = 0x9E3779B9


class DistributedTrainer:
    """Calls `DeformableGAN.learn` on every device and the callbacks around it, as `fit` would.

    Under `MultiWorkerMirroredStrategy` `fit` of Keras 3 does not run at all: it builds models
    symbolically from one process' batch, and brings every process' metrics together whenever one
    of them looks at them. Here each replica learns from its part of the batch, gradients and loss
    terms are summed over all replicas, and every process counts the sums in its own running means.

    - Keras' losses divide by the number of replicas, so that the sums of gradients and of loss
      terms are those of the whole batch.
    - Dropout draws from a seed of its own in each replica; replica 0's is that of one device.
    - All processes stop at the same step.

    Args:
        gan: from `build_gan` with this strategy, in the state after the steps already done.
        strategy: how the replicas keep in step.
        stop: what this process is asked.
        last_epoch: after its steps the processes do not meet any more.

    Attributes:
        stop: what all processes are asked together.
    """

    def __init__(
        self,
        gan: DeformableGAN,
        strategy: tf.distribute.Strategy,
        stop: StopRequest,
        last_epoch: int,
    ):
        self.stop = AgreedStop(stop)
        self._gan = gan
        self._strategy = strategy
        self._last_epoch = last_epoch
        self._step = tf.function(self._one_step, autograph=False)
        tf.function(lambda: strategy.run(self._tell_replicas_apart), autograph=False)()

    def fit(
        self,
        batches: Callable[[tf.distribute.InputContext], tf.data.Dataset],
        epochs: int,
        initial_epoch: int,
        steps_per_epoch: int,
        verbose: int | str,
        callbacks: Sequence[keras.callbacks.Callback],
    ) -> None:
        """Train; see `keras.Model.fit`.

        Args:
            batches: gives the batches of some replicas; see `replica_rows`.
            epochs: the last epoch of this call.
            initial_epoch: how many epochs are done.
            steps_per_epoch: steps in each of them.
            verbose: as of `fit`.
            callbacks: as of `fit`.
        """

        def endless(context):
            # Of others the processes ask each other before every step whether there is more.
            infinite = tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY)
            return batches(context).apply(infinite)

        gan, stride = self._gan, self._gan.steps_per_execution
        called: Any = late_losses(callbacks, gan, epochs, steps_per_epoch, verbose)
        if not isinstance(called, keras.callbacks.CallbackList):
            called = keras.callbacks.CallbackList(
                *(called, False, verbose != 0, gan),
                verbose=verbose,
                epochs=epochs,
                steps=steps_per_epoch,
            )
        iterator = iter(self._strategy.distribute_datasets_from_function(endless))
        called.on_train_begin()
        logs, votes_before = {}, None
        for epoch in range(initial_epoch, epochs):
            gan.reset_metrics()
            called.on_epoch_begin(epoch)
            for first in range(0, steps_per_epoch, stride):
                called.on_train_batch_begin(first)
                for _ in range(stride):
                    logs, votes = self._step(next(iterator), tf.constant(self.stop.votes()))
                    # To read them waits for the step: the device has the next one to do by then.
                    if votes_before is not None:
                        self.stop.count(votes_before.numpy().tolist())
                    votes_before = votes
                if epoch + 1 == self._last_epoch and first + stride == steps_per_epoch:
                    self.stop.part()
                called.on_train_batch_end(first + stride - 1, logs)
            called.on_epoch_end(epoch, logs)
        called.on_train_end(logs)

    def _one_step(self, batch, votes):
        names = list(self._gan.loss_trackers)

        def learn(batch):
            terms = self._gan.learn(batch)
            terms = [tf.cast(terms[name], tf.float32) for name in names]
            return tf.concat([tf.stack(terms), votes], axis=0)

        values = self._strategy.run(learn, (batch,))
        sums = self._strategy.reduce(tf.distribute.ReduceOp.SUM, values, axis=None)
        terms = dict(zip(names, tf.unstack(sums[: len(names)]), strict=True))
        return self._gan.report(terms), sums[len(names) :]

    def _tell_replicas_apart(self) -> None:
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        for network in (self._gan.generator, self._gan.discriminator):
            for variable in network.non_trainable_variables:
                if variable.name == "seed_generator_state":
                    offset = tf.cast(replica, tf.int64) * _SEED_STRIDE % 2**32
                    offset = tf.stack([tf.cast(offset, variable.dtype), 0])
                    variable.assign(variable.value + offset)


def replica_rows(
    context: tf.distribute.InputContext, batch_size: int, parts: int = 1
) -> np.ndarray:
    """Return which rows of each batch a process' replicas learn from.

    Together the replicas of all processes take every row once.

    Args:
        context: of the process.
        batch_size: pairs a step, over all replicas.
        parts: how many times so many pairs a batch holds, for one network after the other.

    Returns:
        int [replicas of the process, rows of each].
    """
    replicas = context.num_replicas_in_sync
    local = replicas // context.num_input_pipelines
    rows = np.arange(parts * batch_size).reshape(parts, replicas, -1)
    rows = rows.swapaxes(0, 1).reshape(replicas, -1)  # type: ignore[assignment]  # NumPy counts are indices, too
    return rows[context.input_pipeline_id * local :][:local]
