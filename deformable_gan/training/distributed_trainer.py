"""Training on several devices and processes, which Keras' `fit` does not support."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from deformable_gan.training.agreed_stop import AgreedStop
from deformable_gan.training.gan import DeformableGAN
from deformable_gan.training.late_losses import late_losses
from deformable_gan.training.stop_request import StopRequest

# Difference between the seeds of replicas: odd, and without a pattern in its bits.
_SEED_STRIDE = 0x9E3779B9


class DistributedTrainer:
    """A training loop that calls `DeformableGAN.learn` on every device, with callbacks as in `fit`.

    Keras 3's `fit` does not work with `MultiWorkerMirroredStrategy`: it builds models symbolically
    from one process's batch, and it synchronises the metrics of all processes whenever one process
    reads them. Here each replica learns from its part of the batch. Gradients and loss terms are
    summed over all replicas, and every process adds the sums to its own running means.

    - Keras' losses divide by the number of replicas, so that the sums over the replicas are the
      gradients and the loss terms of the whole batch.
    - Each replica has its own seed for dropout; replica 0 has the seed that a single device has.
    - All processes stop at the same step.

    Args:
        gan: a model from `build_gan` with this strategy, in the state after the steps already done.
        strategy: the strategy that synchronises the replicas.
        stop: the stop request of this process.
        last_epoch: the number of the training's last epoch, counted from 1. After its last step the
            processes no longer communicate.

    Attributes:
        stop: the stop request that all processes share.
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
        tf.function(lambda: strategy.run(self._offset_dropout_seeds), autograph=False)()

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
            batches: returns the batches of the replicas of a process; see `replica_rows`.
            epochs: the number of epochs done at the end of this call.
            initial_epoch: the number of epochs already done.
            steps_per_epoch: steps in each epoch.
            verbose: as in `fit`.
            callbacks: as in `fit`.
        """

        def endless(context):
            # With finite datasets the processes would agree before every step whether any of them
            # has data left.
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
                    # Reading votes waits for the step that made them. The votes of the previous
                    # step are read here, while the device already has the next step queued.
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

    def _offset_dropout_seeds(self) -> None:
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
    """Return the rows of each batch that a process's replicas learn from.

    The replicas of all processes together use every row once.

    Args:
        context: the input context of the process.
        batch_size: pairs per step of a network, over all replicas.
        parts: number of groups of `batch_size` pairs in a batch: 2 if each network is updated on
            its own pairs, otherwise 1.

    Returns:
        int [replicas of the process, rows per replica].
    """
    replicas = context.num_replicas_in_sync
    local = replicas // context.num_input_pipelines
    rows = np.arange(parts * batch_size).reshape(parts, replicas, -1)
    rows = rows.swapaxes(0, 1).reshape(replicas, -1)  # type: ignore[assignment]  # NumPy counts are indices, too
    return rows[context.input_pipeline_id * local :][:local]
