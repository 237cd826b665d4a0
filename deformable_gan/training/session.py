"""A training run from its configuration to its scores."""

import dataclasses
import json
import logging
import sys
from pathlib import Path

import keras
import tensorflow as tf

from deformable_gan.config import ExperimentConfig
from deformable_gan.data.dataset_folder import DatasetFolder, Split
from deformable_gan.data.pipeline import PairPipeline
from deformable_gan.errors import ConfigurationError, RunError
from deformable_gan.inference import make_generate
from deformable_gan.pose.skeleton import convert_keypoints, get_skeleton
from deformable_gan.training.build import build_gan
from deformable_gan.training.callbacks import Checkpoints, ImageGrids, MetricsLines
from deformable_gan.training.held_out import HeldOutScores, format_scores, score_held_out
from deformable_gan.training.run_directory import RunDirectory
from deformable_gan.version import __version__

HELD_OUT_PAIRS = 500

log = logging.getLogger("deformable_gan")


def train(
    config: ExperimentConfig,
    dataset: DatasetFolder,
    run: RunDirectory,
    vgg19: str,
    jit_compile: bool | None = None,
    resume: bool = False,
) -> dict[str, HeldOutScores]:
    """Train, and score the result on held-out pairs.

    Args:
        config: the experiment; its image size must be the dataset's.
        dataset: what to learn from.
        run: where everything is written.
        vgg19: see `load_vgg19_weights`.
        jit_compile: see `build_gan`.
        resume: continue from the run's newest checkpoint instead of starting it.

    Returns:
        The held-out scores; see `score_held_out`.

    Raises:
        DeformableGANError: dataset, configuration or run directory cannot be used.
    """
    skeleton = get_skeleton(config.skeleton)
    pipelines = [
        PairPipeline(_in_layout(split, dataset, config), skeleton, config.image_size)
        for split in (dataset.train, dataset.test)
    ]
    gan = build_gan(config, vgg19, jit_compile)
    first_step = 0
    if resume:
        first_step, warnings = run.checkpoints.restore(gan)
        for warning in warnings:
            log.warning(warning)
    else:
        details = {
            "dataset": str(dataset.path.resolve()),
            "dataset_checksum": dataset.manifest.get("checksums_sha256"),
            "vgg19": vgg19,
            "versions": {
                "deformable_gan": __version__,
                "keras": keras.__version__,
                "tensorflow": tf.__version__,
            },
        }
        run.create(config, details)
    file_log = logging.FileHandler(run.log_file, encoding="utf-8")
    file_log.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(file_log)
    try:
        _describe(config, dataset, run, gan, first_step)
        grids = _fit(gan, pipelines, config, run, first_step)
        scores = score_held_out(
            make_generate(gan.generator), pipelines[1], skeleton, HELD_OUT_PAIRS
        )
        run.write_json(
            run.scores_file, {name: dataclasses.asdict(score) for name, score in scores.items()}
        )
        grids.draw("final.png")
        log.info("\n%s\n", format_scores(scores))
        log.info("pictures: %s", run.grids / "final.png")
    finally:
        log.removeHandler(file_log)
        file_log.close()
    return scores


def _fit(gan, pipelines, config, run, first_step) -> ImageGrids:
    training = config.training
    train_pipeline, test_pipeline = pipelines
    grids = ImageGrids(
        run, make_generate(gan.generator), test_pipeline, get_skeleton(config.skeleton)
    )
    first_epoch = first_step // training.steps_per_epoch
    if first_epoch >= training.epochs:
        return grids
    gan.fit(
        train_pipeline.training(
            training.batch_size * (2 if training.separate_batches else 1),
            training.steps_per_epoch,
            training.seed,
            training.flip,
            training.balance_people,
            first_step,
        ),
        epochs=training.epochs,
        initial_epoch=first_epoch,
        steps_per_epoch=training.steps_per_epoch,
        shuffle=False,
        verbose="auto" if sys.stdout.isatty() else 2,
        callbacks=[
            grids,
            MetricsLines(run),
            keras.callbacks.TensorBoard(run.tensorboard, write_graph=False),
            Checkpoints(run, training.steps_per_epoch),
        ],
    )
    return grids


def _in_layout(split: Split, dataset: DatasetFolder, config: ExperimentConfig) -> Split:
    """Return the split with its key points in the configuration's joint layout."""
    if dataset.image_size != config.image_size:
        raise ConfigurationError(
            f"{dataset.path} has images of {dataset.image_size}, the configuration expects "
            f"{config.image_size}"
        )
    keypoints = convert_keypoints(split.keypoints, dataset.skeleton, get_skeleton(config.skeleton))
    return dataclasses.replace(split, keypoints=keypoints)


def _describe(config, dataset, run, gan, first_step) -> None:
    training = config.training
    log.info(
        "%s on %s: %d training and %d test images, %dx%d, %s",
        config.preset,
        dataset.path,
        len(dataset.train.names),
        len(dataset.test.names),
        *config.image_size,
        config.skeleton,
    )
    log.info(
        "generator %s, discriminator %s parameters; %d epochs of %d steps, batch %d%s",
        f"{gan.generator.count_params():,}",
        f"{gan.discriminator.count_params():,}",
        training.epochs,
        training.steps_per_epoch,
        training.batch_size,
        ", XLA" if gan.jit_compile else "",
    )
    if first_step:
        log.info("continuing %s after step %d", run.path, first_step)
    else:
        log.info("run directory: %s", run.path)


def resumed_config(run: RunDirectory, changes: dict) -> ExperimentConfig:
    """Return a run's configuration, with more epochs if asked for.

    Raises:
        RunError: something else is to be changed, or fewer epochs than before.
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
    """Return the folder of the dataset a run was started on."""
    return Path(run.read_details()["dataset"])
