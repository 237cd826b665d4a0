"""The trainings of the ablation, which run in parallel processes and can be resumed."""

import contextlib
import json
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from ablation_parts.variants import Variant
from deformable_gan.cli import import_tensorflow
from deformable_gan.config import ExperimentConfig
from deformable_gan.errors import (
    ConfigurationError,
    DeformableGANError,
    InterruptionError,
    RunError,
)


@dataclass(frozen=True)
class Training:
    """The training of a variant with one seed.

    Attributes:
        variant: the variant.
        seed: the seed of the initial weights and of the order of the pairs.
        config: the configuration.
        folder: the run directory.
    """

    variant: Variant
    seed: int
    config: ExperimentConfig
    folder: Path

    def __str__(self):
        return f"{self.variant.name}, seed {self.seed}"

    def begun(self) -> bool:
        """Return whether the folder contains a run of this training, finished or not.

        Raises:
            RunError: the folder contains another training.
        """
        path = self.folder / "config.json"
        if not path.is_file():
            return False
        there = ExperimentConfig.from_json(path.read_text(encoding="utf-8"), str(path))
        if there != self.config:
            raise RunError(
                f"{self.folder} was trained with other options: choose another --output, or remove "
                "this folder"
            )
        return True

    def scores(self) -> dict[str, float] | None:
        """Return the scores of all held-out pairs (`HeldOutScores`); None before training ends.

        Raises:
            RunError: the folder contains another training.
        """
        path = self.folder / "scores.json"
        if not (self.begun() and path.is_file()):
            return None
        return json.loads(path.read_text(encoding="utf-8"))["all"]

    def curve(self) -> list[tuple[int, float]]:
        """Return (steps, held-out SSIM) after each epoch."""
        lines = (self.folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        steps = self.config.training.steps_per_epoch
        return [(line["epoch"] * steps, line["held_out_ssim"]) for line in map(json.loads, lines)]


@dataclass(frozen=True)
class Study:
    """Variants trained with the same seeds, dancers and number of steps.

    Attributes:
        output: the output folder.
        variants: the variants.
        seeds: the number of seeds: 0, 1, ….
        vgg19: source of VGG19's weights; see `load_vgg19_weights`.
        width: factor for the paper's numbers of filters.
        image_size: (height, width) of the images.
        epochs: points of the learning curves.
        steps_per_epoch: steps between two points.
        people: the numbers of training people and test people.
        images: images of each person.
        epoch_pairs: number of held-out pairs for a point of the learning curves.
    """

    output: Path
    variants: tuple[Variant, ...]
    seeds: int
    vgg19: str
    width: float
    image_size: tuple[int, int]
    epochs: int
    steps_per_epoch: int
    people: tuple[int, int]
    images: int
    epoch_pairs: int

    @property
    def steps(self) -> int:
        """Steps of each training."""
        return self.epochs * self.steps_per_epoch

    def trainings(self, variant: Variant | None = None) -> list[Training]:
        """Return all trainings, or those of one variant, ordered by seed."""
        return [
            Training(
                one,
                seed,
                one.config(
                    self.width,
                    image_size=self.image_size,
                    training__epochs=self.epochs,
                    training__steps_per_epoch=self.steps_per_epoch,
                    training__seed=seed,
                ),
                self.output / "runs" / f"{one.name}-{seed}",
            )
            for seed in range(self.seeds)
            for one in ([variant] if variant else self.variants)
        ]

    def make_dataset(self):
        """Return the dancers, which are drawn if they do not exist.

        Raises:
            DatasetError: the folder contains other dancers.
        """
        from deformable_gan.dancers import make_dancers

        return make_dancers(
            self.output / "dancers",
            image_size=self.image_size,
            train_people=self.people[0],
            test_people=self.people[1],
            images_per_person=self.images,
            variety="plain",  # as in the tables of earlier releases
        )

    def check_vgg19(self) -> None:
        """Check that VGG19's weights are available, if a variant needs them.

        Raises:
            ConfigurationError: the weights are not available.
        """
        from deformable_gan.models.vgg19_features import VGG19Features
        from deformable_gan.models.vgg19_weights import load_vgg19_weights

        wanting = [variant for variant in self.variants if variant.features]
        try:
            for variant in wanting:
                load_vgg19_weights(VGG19Features(variant.features), self.vgg19)
        except ConfigurationError as error:
            names = " and ".join(variant.name for variant in wanting)
            raise ConfigurationError(f"{error}. Or use --variants without {names}") from error

    def train(self, jobs: int) -> Iterator[tuple[Training, DeformableGANError | None]]:
        """Run the unfinished trainings, and yield each one with its error, or None, when it ends.

        Args:
            jobs: the number of parallel trainings, each on one thread.

        Raises:
            RunError: a folder contains another training.
            DatasetError: the folder of the dancers contains other dancers.
        """
        waiting = [training for training in self.trainings() if training.scores() is None]
        if not waiting:
            return
        dataset = self.make_dataset().path
        # Each training runs in its own process: TensorFlow frees threads and memory only when the
        # process ends.
        with ProcessPoolExecutor(
            jobs, multiprocessing.get_context("spawn"), max_tasks_per_child=1
        ) as pool:
            futures: dict[Future, Training] = {
                pool.submit(
                    _train, training, dataset, self.vgg19, self.epoch_pairs, training.begun()
                ): training
                for training in waiting
            }
            try:
                for future in as_completed(futures):
                    failure = future.exception()
                    if failure and not isinstance(failure, DeformableGANError):
                        raise failure
                    yield futures[future], failure
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                for process in multiprocessing.active_children():
                    process.terminate()  # a training saves its state first
                raise


def _train(training: Training, dataset: Path, vgg19: str, epoch_pairs: int, resume: bool) -> None:
    """Train in this process, on one thread of the CPU."""
    import_tensorflow()
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.set_visible_devices([], "GPU")

    from deformable_gan.data.dataset_folder import DatasetFolder
    from deformable_gan.training.run_directory import RunDirectory
    from deformable_gan.training.session import train

    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        try:
            train(
                training.config,
                DatasetFolder(dataset),
                RunDirectory(training.folder),
                vgg19,
                jit_compile=False,
                resume=resume,
                epoch_pairs=epoch_pairs,
            )
        except InterruptionError as stop:  # this type cannot be pickled
            raise RunError(str(stop)) from None
