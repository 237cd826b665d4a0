"""Fine-tuning a personal model on a person's dataset, with scores before and after."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict

from deformable_gan.config import ExperimentConfig
from deformable_gan.dancers import default_workers, make_dancers
from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.data.dataset_mixture import DatasetMixture
from deformable_gan.data.pipeline import PairPipeline
from deformable_gan.data.preparing.bulk import clear_leftovers
from deformable_gan.errors import DeformableGANError, RunError
from deformable_gan.inference import generate_batch
from deformable_gan.personalizing.comparison import draw_comparison
from deformable_gan.personalizing.enough_frames import require_enough_frames
from deformable_gan.personalizing.kept_weights import holds_start, keep_weights
from deformable_gan.personalizing.personal_folder import PersonalFolder
from deformable_gan.personalizing.personal_options import (
    BETTER,
    FINE_TUNED,
    START,
    PersonalOptions,
)
from deformable_gan.personalizing.personal_scores import PersonalScores, joints_right
from deformable_gan.personalizing.recipe import DANCERS_SHARE, MOST_VIEWS
from deformable_gan.personalizing.reposed_scores import (
    ReposedScores,
    score_reposed,
    training_views,
)
from deformable_gan.personalizing.step_plan import StepPlan, plan_for_seconds, plan_of_steps
from deformable_gan.personalizing.step_timing import time_steps
from deformable_gan.personalizing.verdict import Verdict
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.skeleton import get_skeleton
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.reposer import Reposer
from deformable_gan.reposing.views.stored_views import read_views, write_views
from deformable_gan.reposing.views.views_folder import has_views
from deformable_gan.trained_model import TrainedModel
from deformable_gan.training.boxed_origin import BoxedOrigin
from deformable_gan.training.build import build_gan
from deformable_gan.training.fitting import Fitting
from deformable_gan.training.held_out import score_held_out
from deformable_gan.training.pipelines import build_pipelines
from deformable_gan.training.resuming import about_run
from deformable_gan.training.run_directory import RunDirectory
from deformable_gan.training.session import HELD_OUT_PAIRS, train

# Seconds for loading, checkpoints and images, in addition to the steps and the scores.
_OTHER_SECONDS = 15
# Time for choosing and scoring the images of the person: a number of seconds, plus a multiple of
# the time for scoring the starting weights.
_VIEWS_SECONDS, _VIEWS_SCORES = 30, 3

log = logging.getLogger("deformable_gan")


class PersonalSession:
    """The steps from a prepared dataset to the finished model; each can be interrupted and resumed.

    Args:
        folder: the folder with the dataset.
        config: the configuration of the training, with the networks of `origin`.
        origin: a run directory or boxed model with the weights that the training starts from.
        movenet: finds the joints in generated images.
        options: the options.
        spent: returns the seconds since the command began.
        collect: returns the images of the person that the model includes; its argument is a
            `Reposer`, which finds the person. None: the model includes no images.
    """

    def __init__(
        self,
        folder: PersonalFolder,
        config: ExperimentConfig,
        origin: RunDirectory | BoxedOrigin,
        movenet: MoveNet,
        options: PersonalOptions,
        spent: Callable[[], float],
        collect: Callable[[Reposer], Sequence[PosedImage]] | None = None,
    ):
        self.folder = folder
        self.options = options
        self._config = config
        self._origin = origin
        self._movenet = movenet
        self._spent = spent
        self._collect = collect
        self._skeleton = get_skeleton(config.skeleton)

    def run(self) -> Verdict | None:
        """Train, score, choose the weights, and return the scores; None if no frames are held out.

        A training that is finished is not repeated: its scores are read, and the weights are chosen
        again.

        Raises:
            DeformableGANError: the dataset, the weights or the folder cannot be used, or the time
                is too short.
            InterruptionError: the process was asked to end; the state is saved.
        """
        run = self.folder.run
        if self.folder.scores_file.is_file():
            verdict = self._read_verdict()
            log.info("%s is finished; its scores:", run.path)
            self._decide(verdict, run.read_config())
            self._bring_views(DatasetFolder(self.folder.dataset))
            return verdict
        dataset = DatasetFolder(self.folder.dataset)
        require_enough_frames(dataset)
        mixture = self._mixture(dataset)
        held_out = build_pipelines(self._config, mixture)[1]
        if run.config_file.is_file():
            config, resume = run.read_config(), True
            log.info("continuing the original plan: %d steps in total", _steps(config))
        else:
            resume = False
            self._copy_start(mixture)
            if held_out:
                self._score_start(held_out)
            config = self._config.replace(**self._plan(mixture).changes)
        scores = train(
            *(config, mixture, run, "imagenet"),
            resume=resume,
            weights_from=None if resume else self.folder.start,
            checkpoint_steps=0,
        )
        reached = self._decide(self._compare(held_out, scores["all"]), config) if held_out else None
        self._bring_views(dataset)
        return reached

    def _mixture(self, dataset: DatasetFolder) -> DatasetMixture:
        """Return the mixture of the person's images and dancers; draw the dancers if necessary."""
        if not self.options.dancers:
            return DatasetMixture([dataset])
        generator = self._config.generator
        self.folder.dancers.parent.mkdir(parents=True, exist_ok=True)
        clear_leftovers(self.folder.dancers)
        dancers = make_dancers(
            self.folder.dancers,
            image_size=self._config.image_size,
            train_people=self.options.dancers,
            test_people=0,
            person_masks=generator.mask,
            backgrounds=generator.background,
            workers=default_workers(),
        )
        return DatasetMixture([dataset, dancers], [1 - DANCERS_SHARE, DANCERS_SHARE])

    def _copy_start(self, mixture: DatasetMixture) -> None:
        """Copy the starting weights into the folder, so that the origin is not needed later."""
        start = self.folder.start
        if start.config_file.is_file():
            return
        gan = build_gan(self._config)
        step = self._origin.restore_networks(gan)
        gan.restart_average()
        details = {"weights_from": {"run": self._origin.origin, "step": step}}
        about = about_run(self._config, {"dataset_checksum": None})
        start.create(self._config, details, gan, about)

    def _score_start(self, held_out: PairPipeline) -> None:
        """Score the starting weights, and the source images in place of generated ones."""
        begin = time.monotonic()
        scores = self._scores_of(self.folder.start, held_out)
        seconds = time.monotonic() - begin
        values = {
            "pairs": scores[0].pairs,
            "copy": asdict(
                PersonalScores(
                    scores[0].copy_ssim,
                    scores[0].copy_foreground_l1,
                    self._joints_right(lambda batch: batch["source_image"].numpy(), held_out),
                )
            ),
            "start": asdict(PersonalScores(scores[0].ssim, scores[0].foreground_l1, scores[1])),
            "seconds": seconds,
        }
        self.folder.write_json(self.folder.start_scores_file, values)
        log.info(
            "before fine-tuning: SSIM %.3f (copy of the source: %.3f), difference on the person "
            "%.1f (copy of the source: %.1f)",
            *(scores[0].ssim, scores[0].copy_ssim),
            *(scores[0].foreground_l1, scores[0].copy_foreground_l1),
        )

    def _plan(self, mixture: DatasetMixture) -> StepPlan:
        """Return and log the length of the training."""
        spent, minutes = self._spent(), self.options.minutes
        if self.options.steps:
            plan = plan_of_steps(self.options.steps)
            log.info("plan: %d steps (set by --steps)", plan.steps)
        else:
            timing = self._time_steps(mixture)
            spent = self._spent()
            scoring = self._start_scores()["seconds"]
            reserved = _OTHER_SECONDS + timing.start_seconds + scoring
            if self._collect:
                reserved += _VIEWS_SECONDS + _VIEWS_SCORES * scoring
            plan = plan_for_seconds(minutes * 60 - spent - reserved, timing.seconds_per_step)
            needed = plan.steps * timing.seconds_per_step
            log.info(
                "plan: %d steps of %.2f s take %s; the whole command takes about %s (--minutes %g)",
                *(plan.steps, timing.seconds_per_step, _clock(needed)),
                *(_clock(spent + reserved + needed), minutes),
            )
        values = {"minutes": minutes, "seconds_before": round(spent, 1), **plan.to_json()}
        self.folder.write_json(self.folder.plan_file, values)
        return plan

    def _time_steps(self, mixture: DatasetMixture):
        """Measure the time of this training's steps on a model that is discarded."""
        gan = build_gan(self._config)
        pipeline = build_pipelines(self._config, mixture)[0]
        fitting = Fitting(gan, pipeline, self._config, self.folder.run, None, 0, {})
        return time_steps(gan, fitting.batches(0))

    def _compare(self, held_out: PairPipeline, scores) -> Verdict:
        """Return and write the scores before and after fine-tuning, and draw some pairs."""
        before = self._start_scores()
        generate = TrainedModel.load(self.folder.run.path).generate
        after = PersonalScores(
            scores.ssim,
            scores.foreground_l1,
            self._joints_right(lambda batch: generate_batch(generate, batch), held_out),
        )
        values = {**before, "fine_tuned": asdict(after)}
        verdict = Verdict.from_json(values, str(self.folder.start_scores_file))
        start = TrainedModel.load(self.folder.start.path).generate
        draw_comparison(self.folder.comparison_file, start, generate, held_out, self._skeleton)
        self.folder.write_json(
            self.folder.scores_file, {**verdict.to_json(), "better": verdict.better}
        )
        return verdict

    def _decide(self, verdict: Verdict, config: ExperimentConfig) -> Verdict:
        """Log the outcome of the training, and make the run hold the chosen weights."""
        wanted = verdict.better if self.options.keep == BETTER else self.options.keep
        keep_weights(self.folder, config, wanted)
        log.info("\n%s\n\n%s", verdict.table(), verdict.sentence())
        other = {START: FINE_TUNED, FINE_TUNED: START}[wanted]
        log.info(
            "%s holds the %s; for the %s, repeat the command with --keep %s",
            *(self.folder.path, _NAMES[wanted], _NAMES[other], other),
        )
        return verdict

    def _bring_views(self, dataset: DatasetFolder) -> None:
        """Save the images that the model includes, and score the model with and without them."""
        folder = self.folder
        if self._collect is None:
            return
        start = Reposer.load(folder.start.path, self._movenet)
        if not has_views(folder.path):
            log.info("choosing images of the person for the model")
            try:
                write_views(folder.views, self._collect(start))
            except DeformableGANError as error:  # the model is complete without images
                log.info("note: the model includes no images of the person: %s", error)
                return
        log.info("%d images of the person are in %s", len(read_views(folder.path)), folder.views)
        if len(dataset.test.pairs):
            scores = self._score_reposed(start, dataset)
            folder.write_json(folder.reposed_file, scores.to_json())
            log.info("\n%s", scores.table())

    def _score_reposed(self, start: Reposer, dataset: DatasetFolder) -> ReposedScores:
        """Score the starting and the kept weights on images generated as `repose` would."""
        kept = Reposer.load(self.folder.path, self._movenet)
        views = training_views(dataset, MOST_VIEWS)
        of_start, pairs = score_reposed(start, dataset, (), self._movenet)
        alone = of_start
        if not holds_start(self.folder):
            alone, _ = score_reposed(kept, dataset, (), self._movenet)
        with_them, _ = score_reposed(kept, dataset, views, self._movenet)
        return ReposedScores(pairs, of_start, alone, with_them)

    def _scores_of(self, run: RunDirectory, held_out: PairPipeline):
        generate = TrainedModel.load(run.path).generate
        scores = score_held_out(generate, held_out, self._skeleton, HELD_OUT_PAIRS)["all"]
        return scores, self._joints_right(lambda batch: generate_batch(generate, batch), held_out)

    def _joints_right(self, make_images: Callable, held_out: PairPipeline) -> float | None:
        return joints_right(make_images, held_out, self._skeleton, self._movenet)

    def _start_scores(self) -> dict:
        """Return the values that `_score_start` wrote, or `{"seconds": 0.0}` if it wrote none."""
        if not self.folder.start_scores_file.is_file():
            return {"seconds": 0.0}
        values = self.folder.read_json(self.folder.start_scores_file)
        if not isinstance(values, dict) or not isinstance(values.get("seconds"), float):
            raise RunError(
                f"{self.folder.start_scores_file} does not hold scores: choose another --output"
            )
        return values

    def _read_verdict(self) -> Verdict:
        file = self.folder.scores_file
        return Verdict.from_json(self.folder.read_json(file), str(file))


_NAMES = {START: "starting weights", FINE_TUNED: "fine-tuned weights"}


def _steps(config: ExperimentConfig) -> int:
    return config.training.epochs * config.training.steps_per_epoch


def _clock(seconds: float) -> str:
    """Return a time in minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d} min"
