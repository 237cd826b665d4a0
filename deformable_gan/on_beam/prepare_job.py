"""The job that every worker of `prepare_on_beam` receives."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deformable_gan.data.preparing.prepare_options import PrepareOptions
from deformable_gan.on_beam.store_path import StorePath

#: The file in the work folder that states why a job could not write a dataset.
ERROR = "error.txt"


@dataclass(frozen=True)
class PrepareJob:
    """A job that prepares recordings. Every worker must be able to reach all its paths.

    Attributes:
        options: how recordings are prepared.
        movenet: the description that identifies the estimator (`bulk.describe_movenet`).
        model: MoveNet itself, a SavedModel folder or a `.tflite` file.
        work: the folder for results.
        building: the folder where the dataset is written.
        megabytes: the size, in MiB, that a shard of images may reach before the next one begins;
            None to keep images as files.
        failed: (input, reason) of inputs that failed before the job.
        prologue: a function to call first in every process that needs TensorFlow.
    """

    options: PrepareOptions
    movenet: dict
    model: Path | StorePath
    work: Path | StorePath
    building: Path | StorePath
    megabytes: float | None
    failed: tuple[tuple[str, str], ...]
    prologue: Callable[[], None]
