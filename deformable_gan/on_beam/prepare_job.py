"""What every worker of a `prepare` on Beam knows."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deformable_gan.data.preparing.prepare_options import PrepareOptions
from deformable_gan.on_beam.store_path import StorePath

#: In the work folder: why a job made no dataset.
ERROR = "error.txt"


@dataclass(frozen=True)
class PrepareJob:
    """What every worker knows. All places can be reached from every worker.

    Attributes:
        options: how recordings are prepared.
        movenet: what tells the estimator from another (`bulk.describe_movenet`).
        model: MoveNet itself, a SavedModel folder or a `.tflite` file.
        work: where results are kept.
        building: where the dataset is written.
        megabytes: how large a shard of images may grow; None to keep images as files.
        failed: (input, reason) of inputs that failed before.
        prologue: called first in every process that needs TensorFlow.
    """

    options: PrepareOptions
    movenet: dict
    model: Path | StorePath
    work: Path | StorePath
    building: Path | StorePath
    megabytes: float | None
    failed: tuple[tuple[str, str], ...]
    prologue: Callable[[], None]
