"""`python -m deformable_gan.personalize CLIP… --output RUN`: train a person's own model."""

import argparse
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path

from deformable_gan.boxed.names import DEFAULT_MODEL
from deformable_gan.cli import import_tensorflow, parse_positive, run_command, share_heap
from deformable_gan.config import ExperimentConfig
from deformable_gan.errors import DatasetError, DatasetInUseError, InterruptionError, RunError
from deformable_gan.personalizing.personal_options import (
    BETTER,
    FINE_TUNED,
    START,
    PersonalOptions,
)

_DEFAULTS = PersonalOptions()

log = logging.getLogger("deformable_gan")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.personalize",
        description="Make a person's own model: prepare clips or photographs of the person with "
        "`prepare`, fine-tune trained weights on them within a time budget, score held-out frames "
        "before and after, and keep the better weights. The output is a run directory for "
        "`repose --run`, `demo --run` and `export --run`.",
        epilog="During the training, Ctrl-C saves everything after the current step. To continue "
        "after Ctrl-C or a crash, repeat the same command. The final weights are the same as "
        "without the interruption.",
    )
    parser.add_argument(
        "clips", nargs="+", metavar="CLIP", help="a video, or a folder of videos or photographs"
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="RUN", help="the run directory to create"
    )
    parser.add_argument(
        "--init-from",
        type=Path,
        default=Path(DEFAULT_MODEL),
        metavar="RUN",
        help="the run directory, or the name of a model that ships with the package, whose weights "
        "are fine-tuned (default: %(default)s)",
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument(
        "--minutes",
        type=_parse_minutes,
        default=_DEFAULTS.minutes,
        metavar="N",
        help="total time of the command in minutes; a few steps are timed, and the number of "
        "training steps is chosen to fit (default: %(default)g)",
    )
    length.add_argument(
        "--steps",
        type=parse_positive,
        metavar="N",
        help="the number of training steps, without a time limit (100 or more are rounded down to "
        "equal epochs of at least 50 steps)",
    )
    parser.add_argument(
        "--keep",
        choices=(BETTER, FINE_TUNED, START),
        default=_DEFAULTS.keep,
        help="the weights that the run contains at the end: those with the better scores on "
        "held-out frames, the fine-tuned weights, or the starting weights (from --init-from); the "
        "other weights stay in the run's folder `personal` (default: %(default)s)",
    )
    parser.add_argument(
        "--movenet",
        metavar="PATH",
        help="MoveNet's SavedModel folder or .tflite file (default: the environment variable "
        "DEFORMABLE_GAN_MOVENET, TF-Hub's cache in TFHUB_CACHE_DIR, or a download)",
    )
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
    begin = time.monotonic()
    arguments = build_parser().parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stdout)
    log.setLevel(logging.INFO)
    share_heap()
    import_tensorflow()
    from deformable_gan.personalizing.personal_folder import PersonalFolder
    from deformable_gan.training.boxed_origin import find_origin

    folder = PersonalFolder(arguments.output)
    folder.require_for(arguments.clips, arguments.init_from)
    started = folder.start if folder.start.config_file.is_file() else None
    origin = started or find_origin(arguments.init_from)
    config = _personal_config(origin.read_config())
    _prepare(folder, arguments, config)
    try:
        _fine_tune(folder, arguments, config, origin, lambda: time.monotonic() - begin)
    except InterruptionError as stop:
        raise InterruptionError(
            f"everything is saved in {folder.path}: repeat the command to continue",
            stop.signal_number,
        ) from stop
    images = [folder.path / "grids"]
    if folder.comparison_file.is_file():
        images.append(folder.comparison_file)
    print(
        f"your model: {folder.path}   images: {', '.join(map(str, images))}\n"
        f"next: python -m deformable_gan.repose --run {folder.path} --pose CLIP --output dance.mp4"
    )
    return 0


def _personal_config(trained: ExperimentConfig) -> ExperimentConfig:
    """Return the `personal` preset with the networks and image size of the trained weights."""
    from deformable_gan.personalizing.recipe import PRESET
    from deformable_gan.presets import get_preset

    preset = get_preset(PRESET).config
    return preset.with_networks_of(trained).replace(image_size=trained.image_size)


def _prepare(folder, arguments: argparse.Namespace, config: ExperimentConfig) -> None:
    """Make the dataset if it does not exist, check it, and record what it is made from."""
    from deformable_gan.data.dataset_folder import MANIFEST, DatasetFolder
    from deformable_gan.data.preparing.command_options import build_parser as prepare_parser
    from deformable_gan.data.preparing.run_prepare import run_prepare
    from deformable_gan.personalizing.enough_frames import require_enough_frames

    options = ["--output", str(folder.dataset), "--image-size", "{}x{}".format(*config.image_size)]
    if arguments.movenet:
        options += ["--movenet", arguments.movenet]
    if not folder.is_prepared:  # a dataset from an earlier attempt had too few usable frames
        options.append("--overwrite")
    try:
        run_prepare(prepare_parser().parse_args([*map(str, arguments.clips), *options]))
    except DatasetInUseError:
        raise
    except DatasetError as error:
        if not folder.is_prepared or not (folder.dataset / MANIFEST).is_file():
            raise
        raise RunError(
            f"{folder.path} was made from other clips, with another MoveNet or by another release: "
            f"choose another --output. The message of prepare: {error}"
        ) from error
    require_enough_frames(DatasetFolder(folder.dataset))
    folder.remember(arguments.clips, arguments.init_from)


def _fine_tune(folder, arguments, config, origin, spent: Callable[[], float]) -> None:
    from deformable_gan.data.dataset_folder import DatasetFolder
    from deformable_gan.personalizing.collected_views import collect_views
    from deformable_gan.personalizing.session import PersonalSession
    from deformable_gan.pose.movenet import MoveNet

    options = PersonalOptions(arguments.minutes, arguments.steps, arguments.keep)
    movenet = MoveNet.load(arguments.movenet)

    def collect(finder):
        return collect_views(arguments.clips, DatasetFolder(folder.dataset), finder)

    PersonalSession(folder, config, origin, movenet, options, spent, collect).run()


def _parse_minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes < float("inf"):
        raise argparse.ArgumentTypeError(
            f"expected a positive number of minutes, received {text!r}"
        )
    return minutes


if __name__ == "__main__":
    sys.exit(run_command(main))
