"""Callbacks of the training: checkpoints, metrics and image grids."""

import json
import os
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from deformable_gan.data.media import write_image
from deformable_gan.data.pipeline import PairPipeline
from deformable_gan.errors import InterruptionError
from deformable_gan.inference import Generate, generate_batch
from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.training.agreed_stop import AgreedStop
from deformable_gan.training.curves import draw_curves
from deformable_gan.training.held_out import score_held_out
from deformable_gan.training.run_directory import RunDirectory
from deformable_gan.training.stop_request import StopRequest
from deformable_gan.visualize import draw_skeleton, image_grid

GRID_ROWS = 6
_TITLES = ("source", "target pose", "generated", "target")


class Checkpoints(keras.callbacks.Callback):
    """Callback that saves the state after every epoch, every few steps, and before a stop.

    Args:
        run: the run directory.
        steps_per_epoch: used to name checkpoints by step.
        every: steps between checkpoints within an epoch; 0: only at the end of the epoch.
        skipped: number of steps of the first epoch that were done before.
        stride: number of steps between two calls of `on_train_batch_end`.
        stop: stop request that is checked in each of these calls and after each epoch, or None.
        about: values stored in each checkpoint; see `CheckpointStore.save`.
        writes: whether this process saves; otherwise another process does.

    Raises:
        RunError: the state is not finite or cannot be written.
        InterruptionError: the process was asked to stop, and the state is saved.
    """

    def __init__(
        self,
        run: RunDirectory,
        steps_per_epoch: int,
        every: int = 0,
        skipped: int = 0,
        stride: int = 1,
        stop: StopRequest | AgreedStop | None = None,
        about: dict | None = None,
        writes: bool = True,
    ):
        super().__init__()
        self._run = run
        self._steps_per_epoch = steps_per_epoch
        self._every = every
        self._skipped = skipped
        self._stride = stride
        self._stop = stop
        self._about = about
        self._writes = writes

    def on_epoch_begin(self, epoch, logs=None):
        """Set the step counter."""
        self._step = epoch * self._steps_per_epoch + self._skipped
        self._skipped = 0

    def on_train_batch_end(self, batch, logs=None):
        """Save if a checkpoint is due; `on_epoch_end` handles the end of the epoch."""
        self._step += self._stride
        if self._step % self._steps_per_epoch == 0:
            return
        due = self._every and self._step % self._every < self._stride
        if due or self._asked_to_stop():
            self._save(self._step)

    def on_epoch_end(self, epoch, logs=None):
        """Save a checkpoint."""
        self._save((epoch + 1) * self._steps_per_epoch)

    def _asked_to_stop(self) -> bool:
        return self._stop is not None and self._stop.signal is not None

    def _save(self, step: int) -> None:
        if self._writes:
            self._run.checkpoints.save(self.model, step, self._about)
        if self._asked_to_stop():
            raise InterruptionError(
                f"everything up to step {step} is saved; continue with --resume {self._run.path}",
                self._stop.signal,  # type: ignore[arg-type, union-attr]  # not None here
            )


class RunningMeans(keras.callbacks.Callback):
    """Callback that restores the running means of a resumed epoch, which `fit` resets.

    Args:
        gan: the restored model.
    """

    def __init__(self, gan: keras.Model):
        super().__init__()
        self._values = [
            (variable, variable.numpy()) for metric in gan.metrics for variable in metric.variables
        ]

    def on_epoch_begin(self, epoch, logs=None):
        """Restore the running means in the first epoch."""
        for variable, value in self._values:
            variable.assign(value)
        self._values = []


class HeldOutCurve(keras.callbacks.Callback):
    """Callback that scores held-out pairs after every epoch; later callbacks write the scores.

    It adds `held_out_ssim` and `held_out_foreground_l1` to the epoch's metrics; see
    `HeldOutScores`.

    Args:
        generate: see `inference.make_generate`.
        pipeline: the pipeline of the test split.
        skeleton: the joint layout.
        pairs: the largest number of pairs (for a mixture, of each dataset), spread evenly over the
            split.
    """

    def __init__(self, generate: Generate, pipeline: PairPipeline, skeleton: Skeleton, pairs: int):
        super().__init__()
        self._score = partial(score_held_out, generate, pipeline, skeleton, limit=pairs)

    def on_epoch_end(self, epoch, logs=None):
        """Score the pairs and add the scores to the metrics."""
        scores = self._score()["all"]
        if logs is not None:
            logs["held_out_ssim"] = scores.ssim
            logs["held_out_foreground_l1"] = scores.foreground_l1


class MetricsLines(keras.callbacks.Callback):
    """Callback that appends the epoch's metrics to `metrics.jsonl` and draws `curves.png`."""

    def __init__(self, run: RunDirectory):
        super().__init__()
        self._run = run

    def on_epoch_end(self, epoch, logs=None):
        """Append the line and draw the curves."""
        line = {"epoch": epoch + 1, **{name: float(value) for name, value in (logs or {}).items()}}
        with self._run.metrics_file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())  # on the disk before the epoch's checkpoint is written
        write_image(self._run.curves_file, draw_curves(self._run.read_metrics()))


class ImageGrids(keras.callbacks.Callback):
    """Callback that draws the same (up to six) pairs after every epoch, as PNG and for TensorBoard.

    Args:
        run: the run directory.
        generate: see `inference.make_generate`.
        pipeline: the pipeline of the test split, or of the training split if there are no test
            pairs.
        skeleton: the joint layout.
    """

    def __init__(
        self, run: RunDirectory, generate: Generate, pipeline: PairPipeline, skeleton: Skeleton
    ):
        super().__init__()
        self._run = run
        self._generate = generate
        self._skeleton = skeleton
        self._batch = next(iter(pipeline.in_order(GRID_ROWS, GRID_ROWS)))
        self._writer = tf.summary.create_file_writer(str(run.tensorboard / "images"))

    def on_epoch_end(self, epoch, logs=None):
        """Draw the grid and add it to TensorBoard."""
        grid = self.draw(f"epoch-{epoch + 1:04d}.png")
        with self._writer.as_default(step=epoch + 1):
            tf.summary.image("held-out pairs", grid[None])
        self._writer.flush()

    def draw(self, name: str) -> np.ndarray:
        """Write the grid to a file with this name and return it, uint8 [H, W, 3]."""
        batch = self._batch
        generated = generate_batch(self._generate, batch)
        rows = []
        for index, image in enumerate(generated):
            source = batch["source_image"][index].numpy()
            keypoints = batch["target_keypoints"][index].numpy()
            pose = draw_skeleton(np.zeros_like(source), keypoints, self._skeleton)
            rows.append([source, pose, image, batch["target_image"][index].numpy()])
        grid = image_grid(rows, column_titles=_TITLES)
        write_image(self._run.grids / name, grid)
        return grid
