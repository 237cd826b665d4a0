"""The training loop, which can continue after any step."""

import sys
from functools import partial
from typing import Any

import keras
import tensorflow as tf

from deformable_gan.config import ExperimentConfig
from deformable_gan.data.pipeline import PairPipeline
from deformable_gan.devices.graph_optimizer import without_remapper
from deformable_gan.errors import RunError
from deformable_gan.losses.judged_images import NUMBERS
from deformable_gan.training.agreed_stop import AgreedStop
from deformable_gan.training.callbacks import (
    Checkpoints,
    HeldOutCurve,
    ImageGrids,
    MetricsLines,
    RunningMeans,
)
from deformable_gan.training.distributed_trainer import DistributedTrainer, replica_rows
from deformable_gan.training.gan import DeformableGAN
from deformable_gan.training.late_losses import late_losses
from deformable_gan.training.loss_watch import LossWatch
from deformable_gan.training.replicas import Replicas
from deformable_gan.training.run_directory import RunDirectory
from deformable_gan.training.step_memory import StepMemory
from deformable_gan.training.stop_request import StopRequest


class Fitting:
    """A training loop whose result is bit-identical with and without interruptions.

    On several devices results are equal except for rounding, even if the number of devices
    changes, because the data of a step depends only on the seed and the step.

    Args:
        gan: the compiled model, in the state after the steps already done.
        pipeline: the training data.
        config: the configuration.
        run: the run directory for checkpoints and metrics.
        grids: draws image grids after every epoch; None in a process that writes nothing.
        checkpoint_steps: steps between checkpoints within an epoch; 0: only at the end of the
            epoch.
        about: values stored in each checkpoint; see `CheckpointStore.save`.
        curve: scores held-out pairs after every epoch; None: no scores during the training.
        replicas: the devices that train; None: one device of this process.
    """

    def __init__(
        self,
        gan: DeformableGAN,
        pipeline: PairPipeline,
        config: ExperimentConfig,
        run: RunDirectory,
        grids: ImageGrids | None,
        checkpoint_steps: int,
        about: dict,
        curve: HeldOutCurve | None = None,
        replicas: Replicas | None = None,
    ):
        self._gan = gan
        self._pipeline = pipeline
        self._training = config.training
        self._adversarial = config.loss.adversarial
        self._run = run
        self._grids = grids
        self._checkpoint_steps = checkpoint_steps
        self._about = about
        self._curve = curve
        self._replicas = replicas or Replicas()

    def run(self, first_step: int) -> None:
        """Train to the last epoch.

        Args:
            first_step: the number of steps already done.

        Raises:
            RunError: the training has diverged, a checkpoint cannot be written, or the rest of the
                epoch is not a multiple of `steps_per_execution`.
            InterruptionError: the process was asked to stop, and the state is saved.
        """
        epoch, skipped = divmod(first_step, self._training.steps_per_epoch)
        stride = self._training.steps_per_execution
        if skipped % stride:
            raise RunError(
                f"the run stopped after step {first_step}, and the rest of the epoch is not a "
                f"multiple of {stride} steps: resume with --steps-per-execution 1"
            )
        with without_remapper(), self._replicas.noticing_losses(), StopRequest() as stop:
            self._replicas.require_agreement({**self._about, "the step to begin after": first_step})
            trainer = None
            if self._replicas.strategy:
                trainer = DistributedTrainer(
                    *(self._gan, self._replicas.strategy, stop, self._training.epochs)
                )
            if skipped:
                # `fit` counts steps from the beginning of an epoch, so the rest of an epoch needs a
                # separate call.
                self._fit(epoch, epoch + 1, skipped, stop, trainer)
                epoch += 1
            if epoch < self._training.epochs:
                self._fit(epoch, self._training.epochs, 0, stop, trainer)

    def names_of_step(self, step: int) -> list[tuple[str, str]]:
        """Return the (source, target) image names of a step, counted from 1."""
        batch = next(iter(self.batches(step - 1).take(1)))
        return self._pipeline.names(batch["pair"].numpy())

    def batches(self, first_step: int, context: tf.distribute.InputContext | None = None):
        """Return the batches after `first_step`, or the parts for the replicas of a context."""
        training = self._training
        parts = 2 if training.separate_batches else 1
        return self._pipeline.training(
            training.batch_size * parts,
            training.steps_per_epoch,
            training.seed,
            flip=training.flip,
            balance_people=training.balance_people,
            augment=training.augment,
            judged_changes=NUMBERS if training.augment_judged else 0,
            first_step=first_step,
            rows=replica_rows(context, training.batch_size, parts) if context else None,
        )

    def _fit(
        self,
        first_epoch: int,
        epochs: int,
        skipped: int,
        stop: StopRequest,
        trainer: DistributedTrainer | None,
    ) -> None:
        steps = self._training.steps_per_epoch
        first_step = first_epoch * steps + skipped
        options: dict[str, Any] = {
            "epochs": epochs,
            "initial_epoch": first_epoch,
            "steps_per_epoch": steps - skipped,
            "verbose": "auto" if sys.stdout.isatty() else 2,
        }
        if trainer is None:
            callbacks = late_losses(self._callbacks(skipped, stop), self._gan, **options)
            self._gan.fit(self.batches(first_step), shuffle=False, callbacks=callbacks, **options)
        else:
            if not self._replicas.is_chief:
                options["verbose"] = 0
            callbacks = self._callbacks(skipped, trainer.stop)
            trainer.fit(partial(self.batches, first_step), callbacks=callbacks, **options)

    def _callbacks(
        self, skipped: int, stop: StopRequest | AgreedStop
    ) -> list[keras.callbacks.Callback]:
        steps = self._training.steps_per_epoch
        stride = self._training.steps_per_execution
        writers = []
        if self._replicas.is_chief:
            writers = [
                self._grids,
                *([self._curve] if self._curve else []),
                MetricsLines(self._run),
                keras.callbacks.TensorBoard(self._run.tensorboard, write_graph=False),
            ]
        return [
            *([RunningMeans(self._gan)] if skipped else []),
            LossWatch(steps, self._adversarial, self.names_of_step, skipped, stride),
            *([StepMemory(self._training.batch_size)] if writers else []),
            *writers,
            Checkpoints(
                *(self._run, steps, self._checkpoint_steps, skipped, stride),
                *(stop, self._about, self._replicas.is_chief),
            ),
        ]
