"""What has to hold before a training run goes on where it stopped."""

import dataclasses
import json
from pathlib import Path

from deformable_gan.config import ExperimentConfig
from deformable_gan.data.mixture import DatasetMixture
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


def dataset_details(mixture: DatasetMixture) -> dict:
    """Return what `run.json` says of the datasets that a run is started on."""
    datasets = [
        {"path": str(one.path.resolve()), "weight": weight}
        for one, weight in zip(mixture.datasets.values(), mixture.weights, strict=True)
    ]
    single = len(datasets) == 1
    named = {"dataset": datasets[0]["path"]} if single else {"datasets": datasets}
    return {**named, "dataset_checksum": mixture.checksum}


def datasets_of(run: RunDirectory) -> tuple[list[Path], list[float]]:
    """Return the folders of the datasets a run was started on, and their weights.

    Raises:
        RunError: the run was not trained here but converted, and so cannot be resumed.
    """
    details = run.read_details()
    datasets = _started_on(details)
    if not datasets:
        raise RunError(
            f"{run.path} was not trained by this package ({run.details_file.name} names no "
            f"dataset), so there is no training to continue: start a new one from its networks "
            f"with --resume-weights {run.path} --dataset DIR"
        )
    return [Path(one["path"]) for one in datasets], [one["weight"] for one in datasets]


def _started_on(details: dict) -> list[dict]:
    single = [{"path": details["dataset"], "weight": 1.0}] if "dataset" in details else []
    return details.get("datasets", single)


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

    def names(these: dict) -> str:
        return " + ".join("{weight:.2g} x {path}".format(**one) for one in _started_on(these))

    started = run.read_details()
    if started.get("dataset_checksum") != details["dataset_checksum"]:
        raise RunError(
            f"{run.path} was trained on another dataset or other weights ({names(started)}) than "
            f"{names(details)}: to go on with this one, start a new run with "
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
