"""A training run from its configuration to its scores."""

import contextlib
import dataclasses
import logging
from collections.abc import Iterator
from pathlib import Path

import keras
import tensorflow as tf

from deformable_gan.config import ExperimentConfig
from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.dataset_mixture import DatasetMixture
from deformable_gan.errors import DeformableGANError
from deformable_gan.inference import make_generate
from deformable_gan.pose.skeleton import get_skeleton
from deformable_gan.training.boxed_origin import BoxedOrigin
from deformable_gan.training.build import build_gan
from deformable_gan.training.callbacks import HeldOutCurve, ImageGrids
from deformable_gan.training.fitting import Fitting
from deformable_gan.training.held_out import HeldOutScores, format_scores, score_held_out
from deformable_gan.training.pipelines import build_pipelines
from deformable_gan.training.replicas import Replicas
from deformable_gan.training.resuming import about_run, continue_run, dataset_details
from deformable_gan.training.run_directory import RunDirectory
from deformable_gan.training.train_options import CHECKPOINT_STEPS
from deformable_gan.version import __version__

HELD_OUT_PAIRS = 500
_NOTHING_HELD_OUT = (
    "note: there are no held-out pairs (two test images of a person), so there are no held-out "
    "scores and the grids show training pairs: prepare the dataset from more photographs or longer "
    "clips"
)

log = logging.getLogger("deformable_gan")


def train(
    config: ExperimentConfig,
    dataset: DatasetFolder | DatasetMixture,
    run: RunDirectory,
    vgg19: str,
    jit_compile: bool | None = None,
    resume: bool = False,
    weights_from: RunDirectory | BoxedOrigin | None = None,
    checkpoint_steps: int = CHECKPOINT_STEPS,
    allow_changed_dataset: bool = False,
    epoch_pairs: int = 0,
    replicas: Replicas | None = None,
) -> dict[str, HeldOutScores]:
    """Train, and score the result on held-out pairs.

    If several processes train together, each calls this with the same arguments. The chief writes
    the run, and scores it when the others are done.

    Args:
        config: the configuration; its image size must be the dataset's.
        dataset: one dataset, or a mixture of several.
        run: the run directory.
        vgg19: see `load_vgg19_weights`.
        jit_compile: see `build_gan`.
        resume: continue from the run's newest checkpoint instead of starting it.
        weights_from: another run, or a boxed model, with the networks to start from.
        checkpoint_steps: steps between checkpoints within an epoch; 0: only at its end.
        allow_changed_dataset: resume even if the dataset has changed.
        epoch_pairs: number of held-out pairs to score also after every epoch, for a learning curve
            in the run's metrics; 0: none.
        replicas: the devices that train; None: one device of this process.

    Returns:
        The held-out scores; see `score_held_out`. Empty in a process that is not the chief, and if
        the datasets have no test pairs.

    Raises:
        DeformableGANError: dataset, configuration or run directory cannot be used, or the training
            has diverged.
        InterruptionError: the process was asked to stop, and the state is saved.
    """
    replicas = replicas or Replicas()
    replicas.require_usable(config.training)
    if replicas.is_chief:
        run.require_unused() if resume else run.require_free()
    skeleton = get_skeleton(config.skeleton)
    mixture = dataset if isinstance(dataset, DatasetMixture) else DatasetMixture([dataset])
    pipelines = build_pipelines(config, mixture)
    gan = build_gan(config, vgg19, jit_compile, replicas)
    generate = make_generate(gan.trained_generator)
    details = {
        **dataset_details(mixture),
        "vgg19": vgg19,
        "versions": {
            "deformable_gan": __version__,
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
        },
    }
    if weights_from:
        step = weights_from.restore_networks(gan)
        gan.restart_average()
        details["weights_from"] = {"run": weights_from.origin, "step": step}
    about = about_run(config, details)
    if not replicas.is_chief:
        first_step = run.checkpoints.restore(gan) if resume else 0
        log.info("training from step %d", first_step)
        Fitting(
            gan, pipelines[0], config, run, None, checkpoint_steps, about, replicas=replicas
        ).run(first_step)
        log.info("done; the chief scores the result")
        return {}
    with run.locked(), contextlib.ExitStack() as stack:
        if not resume:
            run.create(config, details, gan, about)
        stack.enter_context(_logging_to(run.log_file))
        first_step = continue_run(run, config, gan, details, allow_changed_dataset) if resume else 0
        _describe(config, mixture, run, gan, first_step, details)
        try:
            held_out = pipelines[1]
            if not held_out:
                log.info(_NOTHING_HELD_OUT)
            grids = ImageGrids(run, generate, held_out or pipelines[0], skeleton)
            curve = None
            if epoch_pairs and held_out:
                curve = HeldOutCurve(generate, held_out, skeleton, epoch_pairs)
            fitting = Fitting(
                *(gan, pipelines[0], config, run, grids, checkpoint_steps, about, curve, replicas)
            )
            fitting.run(first_step)
            scores = {}
            if held_out:
                scores = score_held_out(generate, held_out, skeleton, HELD_OUT_PAIRS)
        except tf.errors.OpError:
            for pipeline in filter(None, pipelines):
                pipeline.check_images()
            raise
        if scores:
            run.write_json(
                run.scores_file, {name: dataclasses.asdict(score) for name, score in scores.items()}
            )
            log.info("\n%s\n", format_scores(scores))
        grids.draw("final.png")
        log.info("images: %s", run.grids / "final.png")
    return scores


@contextlib.contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    """Also write the package's log to a file, from the level INFO upward."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    level = log.level
    log.addHandler(handler)
    log.setLevel(min(log.getEffectiveLevel(), logging.INFO))
    try:
        yield
    except DeformableGANError as error:  # the last line of the file is the error
        handler.emit(log.makeRecord(log.name, logging.ERROR, __file__, 0, "%s", (error,), None))
        raise
    finally:
        log.setLevel(level)
        log.removeHandler(handler)
        handler.close()


def _describe(config, mixture, run, gan, first_step, details) -> None:
    training = config.training
    for dataset, weight in zip(mixture.datasets.values(), mixture.weights, strict=True):
        log.info(
            "%s on %s%s: %d training and %d test images, %dx%d, %s",
            config.preset,
            dataset.path,
            f" ({weight:.0%} of the pairs)" if weight < 1 else "",
            len(dataset.train.names),
            len(dataset.test.names),
            *config.image_size,
            config.skeleton,
        )
    log.info(
        "generator %s, discriminator %s parameters; %d epochs of %d steps, batch size %d%s",
        f"{gan.generator.count_params():,}",
        f"{gan.discriminator.count_params():,}",
        training.epochs,
        training.steps_per_epoch,
        training.batch_size,
        ", XLA" if gan.jit_compile else "",
    )
    if "weights_from" in details:
        log.info(
            "starting from the networks of {run} after step {step}".format(
                **details["weights_from"]
            )
        )
    if first_step:
        log.info("continuing %s after step %d", run.path, first_step)
    else:
        log.info("run directory: %s", run.path)
