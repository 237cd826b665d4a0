"""What has to hold before a training run goes on where it stopped."""

import dataclasses
import json
from pathlib import Path

from deformable_gan.config import ExperimentConfig
from deformable_gan.errors import RunError
from deformable_gan.training.gan import DeformableGAN
from deformable_gan.training.run_directory import RunDirectory


def resumed_config(run: RunDirectory, changes: dict) -> ExperimentConfig:
    """Return a run's configuration, with another number of epochs if asked for.

    Raises:
        RunError: something else is to be changed.
    """
    config = run.read_config()
    changed = config.replace(**changes)
    for name in ("image_size", "skeleton", "generator", "discriminator", "loss"):
        if getattr(config, name) != getattr(changed, name):
            raise RunError(f"{run.path} was started with another {name}: it cannot be changed")
    if dataclasses.replace(changed.training, epochs=config.training.epochs) != config.training:
        raise RunError(
            f"{run.path} was started with other training options "
            f"({json.dumps(dataclasses.asdict(config.training))}): only --epochs may be changed"
        )
    return changed


def dataset_of(run: RunDirectory) -> Path:
    """Return the folder of the dataset a run was started on.

    Raises:
        RunError: the run was not trained here but converted, and so cannot be resumed.
    """
    details = run.read_details()
    if "dataset" not in details:
        raise RunError(
            f"{run.path} was not trained by this package ({run.details_file.name} names no "
            f"dataset), so there is no training to continue: start a new one from its networks "
            f"with --resume-weights {run.path} --dataset DIR"
        )
    return Path(details["dataset"])


def continue_run(
    run: RunDirectory, config: ExperimentConfig, gan: DeformableGAN, details: dict
) -> int:
    """Bring the model and the run's files to where the training stopped.

    Args:
        run: the run.
        config: from `resumed_config`; replaces the run's.
        gan: takes the newest checkpoint's state.
        details: of the training that is about to go on; see `RunDirectory.create`.

    Returns:
        The step to go on after.

    Raises:
        RunError: the dataset is another one, there is no usable checkpoint, or more epochs are
            trained already than wanted.
    """
    started = run.read_details()
    if started.get("dataset_checksum") != details["dataset_checksum"]:
        raise RunError(
            f"{run.path} was trained on another dataset ({started.get('dataset')}) than "
            f"{details['dataset']}: to go on with this one, start a new run with "
            f"--resume-weights {run.path}"
        )
    step = run.checkpoints.restore(gan)
    epoch = step // config.training.steps_per_epoch
    if epoch > config.training.epochs:
        raise RunError(
            f"{run.path} has been trained for {epoch} epochs: expected --epochs {epoch} or more, "
            f"received {config.training.epochs}"
        )
    run.write_config(config)
    run.forget_metrics_after(epoch)
    return step
