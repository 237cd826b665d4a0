"""What happens beside the steps: checkpoints, metrics lines, pictures."""

import json

import keras
import numpy as np
import tensorflow as tf

from deformable_gan.data.media import write_image
from deformable_gan.data.pipeline import PairPipeline
from deformable_gan.errors import RunError
from deformable_gan.inference import Generate, generate_batch
from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.training.run_directory import RunDirectory
from deformable_gan.visualize import draw_skeleton, image_grid

GRID_ROWS = 6
_TITLES = ("source", "target pose", "generated", "target")


class Checkpoints(keras.callbacks.Callback):
    """Saves the state at the end of every epoch.

    A state that has diverged is not saved, since it would push out the last good one.

    Args:
        run: where to.
        steps_per_epoch: to name checkpoints by step.

    Raises:
        RunError: a loss term is not finite.
    """

    def __init__(self, run: RunDirectory, steps_per_epoch: int):
        super().__init__()
        self._run = run
        self._steps_per_epoch = steps_per_epoch

    def on_epoch_end(self, epoch, logs=None):
        """Save."""
        wrong = [name for name, value in (logs or {}).items() if not np.isfinite(value)]
        if wrong:
            raise RunError(
                f"training has diverged: in epoch {epoch + 1} {', '.join(wrong)} is not finite. "
                f"Checkpoints of earlier epochs are in {self._run.checkpoints.folder}; try a "
                "smaller --learning-rate"
            )
        self._run.checkpoints.save(self.model, (epoch + 1) * self._steps_per_epoch)


class MetricsLines(keras.callbacks.Callback):
    """Appends a JSON line with the epoch's loss terms to `metrics.jsonl`."""

    def __init__(self, run: RunDirectory):
        super().__init__()
        self._run = run

    def on_epoch_end(self, epoch, logs=None):
        """Append."""
        line = {"epoch": epoch + 1, **{name: float(value) for name, value in (logs or {}).items()}}
        with self._run.metrics_file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


class ImageGrids(keras.callbacks.Callback):
    """Draws the same held-out pairs after every epoch, as PNG and for TensorBoard.

    Args:
        run: where to.
        generate: see `inference.make_generate`.
        pipeline: of the test split.
        skeleton: the joints' layout.
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
        """Draw."""
        grid = self.draw(f"epoch-{epoch + 1:04d}.png")
        with self._writer.as_default(step=epoch + 1):
            tf.summary.image("held-out pairs", grid[None])
        self._writer.flush()

    def draw(self, name: str) -> np.ndarray:
        """Write the grid under that name and return it, uint8 [H, W, 3]."""
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
