"""The checks before a training run is resumed, and the restoration of its state."""

import dataclasses
import json
import logging
from pathlib import Path

from deformable_gan.config import ExperimentConfig
from deformable_gan.data.dataset_mixture import DatasetMixture
from deformable_gan.errors import RunError
from deformable_gan.training.gan import DeformableGAN
from deformable_gan.training.run_directory import RunDirectory

log = logging.getLogger(__name__)


def resumed_config(run: RunDirectory, changes: dict) -> ExperimentConfig:
    """Return a run's configuration with the changes that the options make.

    Only `training.epochs` may change.

    Raises:
        RunError: the options would change another field.
    """
    config = run.read_config()
    changed = config.replace(**changes)
    differences = _differences(dataclasses.asdict(config), dataclasses.asdict(changed))
    for name in ("image_size", "skeleton", "generator", "discriminator", "loss"):
        if getattr(config, name) != getattr(changed, name):
            raise RunError(
                f"{run.path} was started with another {name} ({'; '.join(differences)}): resume it "
                "without these options, or start a new run"
            )
    if differences:
        raise RunError(
            f"{run.path} was started with other training options ({'; '.join(differences)}): "
            "only --epochs may be changed"
        )
    return changed


def about_run(config: ExperimentConfig, details: dict) -> dict:
    """Return the facts about a run that each checkpoint stores; see `CheckpointStore.save`."""
    return {
        "config": json.loads(config.to_json()),
        "dataset_checksum": details["dataset_checksum"],
    }


def _require_config(run: RunDirectory, step: int, config: ExperimentConfig) -> None:
    """Raise a RunError if a checkpoint was trained with another configuration."""
    text = json.dumps(run.checkpoints.about(step).get("config"))
    if text == "null":  # written by an early release
        return
    trained = ExperimentConfig.from_json(text, f"the configuration in checkpoint {step}")
    if differences := _differences(dataclasses.asdict(trained), dataclasses.asdict(config)):
        raise RunError(
            f"{run.config_file} is not the configuration that {run.path} was trained with "
            f"({'; '.join(differences)}): restore the file, or start a new run with "
            f"--resume-weights {run.path}"
        )


def _differences(started: dict, wanted: dict, place: str = "") -> list[str]:
    """Return the differences of two configurations, except the number of epochs."""
    found = []
    for name in [*started, *(name for name in wanted if name not in started)]:
        one, other = started.get(name), wanted.get(name)
        if isinstance(one, dict) and isinstance(other, dict):
            found += _differences(one, other, f"{place}{name}.")
        elif one != other and place + name != "training.epochs":
            found.append(f"{place}{name} was {json.dumps(one)}, is {json.dumps(other)}")
    return found


def dataset_details(mixture: DatasetMixture) -> dict:
    """Return the description of a run's datasets for `run.json`."""
    datasets = [
        {"path": str(one.path.resolve()), "weight": weight}
        for one, weight in zip(mixture.datasets.values(), mixture.weights, strict=True)
    ]
    single = len(datasets) == 1
    named = {"dataset": datasets[0]["path"]} if single else {"datasets": datasets}
    return {**named, "dataset_checksum": mixture.checksum}


def datasets_of(run: RunDirectory) -> tuple[list[Path], list[float]]:
    """Return the folders of the datasets that a run was started on, and their weights.

    Raises:
        RunError: the run was converted, not trained, and so cannot be resumed.
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


def require_datasets(run: RunDirectory, folders: list[Path]) -> None:
    """Check that a run's datasets are where they were when it was started.

    Raises:
        RunError: a dataset is missing.
    """
    absent = [folder for folder in folders if not folder.is_dir()]
    if absent:
        again = " ".join("--dataset NEW" for _ in folders)
        raise RunError(
            f"{run.path} was started on the dataset {absent[0]}, which does not exist any more: if "
            f"it has moved, add {again}"
            + (", with all folders in the original order" if len(folders) > 1 else "")
        )


def _started_on(details: dict) -> list[dict]:
    single = [{"path": details["dataset"], "weight": 1.0}] if "dataset" in details else []
    return details.get("datasets", single)


def continue_run(
    run: RunDirectory,
    config: ExperimentConfig,
    gan: DeformableGAN,
    details: dict,
    allow_changed_dataset: bool = False,
) -> int:
    """Restore the model and the run's files to the state where the training stopped.

    Args:
        run: the run.
        config: the configuration from `resumed_config`, which replaces the run's `config.json`.
        gan: the model, which gets the newest checkpoint's state.
        details: the details of the resumed training; see `RunDirectory.create`.
        allow_changed_dataset: whether to continue even if the dataset has changed.

    Returns:
        The number of steps already done.

    Raises:
        RunError: the dataset or the configuration has changed, there is no usable checkpoint or
            not enough space for new ones, or the run has already begun a later epoch than the last
            one requested.
    """

    def names(these: dict) -> str:
        return " + ".join("{weight:.2g} x {path}".format(**one) for one in _started_on(these))

    started = run.read_details()
    was, is_now = started.get("dataset_checksum"), details["dataset_checksum"]
    if was != is_now and not allow_changed_dataset:
        raise RunError(
            f"{run.path} was trained on another dataset, or on datasets mixed with other weights "
            f"({names(started)}), not on {names(details)} (the checksum was {was!s:.12} and is "
            f"{is_now!s:.12}): to train on the new dataset, start a new run with --resume-weights "
            f"{run.path}, or resume with --allow-changed-dataset"
        )
    run.remove_unfinished()
    step = run.checkpoints.restore(gan)
    run.checkpoints.require_room(gan)
    _require_config(run, step, config)
    epoch, further = divmod(step, config.training.steps_per_epoch)
    if (begun := epoch + bool(further)) > config.training.epochs:
        raise RunError(
            f"{run.path} has already begun epoch {begun}: expected --epochs {begun} or more, "
            f"received {config.training.epochs}"
        )
    if was != is_now:
        log.warning("warning: the dataset is not the one that %s was started on", run.path)
        run.write_json(run.details_file, {**started, **details})
    run.write_config(config)
    run.forget_metrics_after(epoch)
    return step
