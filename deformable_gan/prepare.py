"""`python -m deformable_gan.prepare CLIP… --output DIR`: make a dataset from recordings."""

import argparse
import dataclasses
import sys
import time
from functools import partial
from pathlib import Path

from deformable_gan.cli import (
    add_former_option,
    import_tensorflow,
    parse_image_size,
    parse_part,
    parse_positive,
    run_command,
)
from deformable_gan.data.verify import VerifyAction

# Longer lists are cut.
_LISTED = 50


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.prepare",
        description="Make a dataset folder from videos (mp4, mov, webm, gif) and folders of "
        "photographs: frames are sampled, MoveNet finds the joints and follows the person, the "
        "person is cropped, and frames without a usable person are dropped and counted. Several "
        "people who appear one after the other in a clip are separated. Inputs that cannot be used "
        "are listed, and the others are processed; the exit status is 1 only if nothing usable "
        "remains. Intermediate results are kept in .NAME.work beside the output, so that the same "
        "command continues an interrupted run.",
    )
    parser.add_argument("clips", nargs="+", metavar="CLIP", help="a video, or a folder to search")
    parser.add_argument("--output", required=True, metavar="DIR", help="the dataset folder to make")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing dataset")
    parser.add_argument("--verify", action=VerifyAction, metavar="DIR", help="check a dataset")
    bulk = parser.add_argument_group("many clips")
    bulk.add_argument(
        "--workers",
        type=parse_positive,
        default=1,
        metavar="N",
        help="number of processes, each of which handles one input with a core and 1 GB of memory "
        "(%(default)s); the dataset does not depend on it",
    )
    bulk.add_argument(
        "--part",
        type=parse_part,
        metavar="I/N",
        help="process only every N-th input, beginning with number I, and write no dataset: run "
        "each part anywhere, then once without --part",
    )
    add_former_option(bulk, "--shard", dest="part", type=parse_part)
    bulk.add_argument(
        "--work",
        metavar="DIR",
        help="folder for intermediate results (.NAME.work beside the output); parts may share "
        "one, or have their own, whose files are then copied together. It may be deleted at the "
        "end",
    )
    add_options(parser)
    return parser


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that affect the dataset's contents."""
    pose = parser.add_argument_group("finding joints")
    pose.add_argument(
        "--movenet",
        metavar="PATH",
        help="MoveNet's SavedModel folder or .tflite file (default: the environment variable "
        "DEFORMABLE_GAN_MOVENET, TF-Hub's cache in TFHUB_CACHE_DIR, or a download)",
    )
    pose.add_argument(
        "--model", choices=("lightning", "thunder"), help="variant of MoveNet (lightning)"
    )
    pose.add_argument(
        "--no-second-look",
        action="store_true",
        help="run MoveNet on every whole image only: slightly faster, and worse if people are "
        "small or if there are several",
    )
    pose.add_argument(
        "--looks",
        type=int,
        default=8,
        metavar="N",
        help="average N runs of MoveNet on the person in every frame: less noise in the joints and "
        "less blur in the images, for N + 1 times the time of one run (%(default)s)",
    )
    pose.add_argument(
        "--threshold",
        type=float,
        default=0.3,
        help="lowest confidence of a joint that counts as seen (%(default)s); a usable frame shows "
        "both shoulders and both hips",
    )
    frames = parser.add_argument_group("frames")
    frames.add_argument("--rate", type=float, default=6.0, help="frames per second (%(default)g)")
    frames.add_argument(
        "--absence",
        type=float,
        default=1.0,
        metavar="SECONDS",
        help="time without a person in view after which the next person counts as another one "
        "(%(default)g)",
    )
    frames.add_argument(
        "--smooth",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="average a clip's joints over time with a Gaussian of this standard deviation: less "
        "noise for people who stand still, wrong poses for people who move (%(default)g: off)",
    )
    frames.add_argument(
        "--least-sharpness",
        type=float,
        default=0.25,
        metavar="SHARE",
        help="drop frames with less than this share of the clip's median sharpness; 0 keeps all "
        "(%(default)g)",
    )
    frames.add_argument("--keep-repeated", action="store_true", help="keep duplicate frames")
    frames.add_argument(
        "--height",
        type=int,
        default=240,
        help="height in pixels to which larger images are scaled down (%(default)s)",
    )
    frames.add_argument(
        "--image-size",
        type=parse_image_size,
        default=(128, 72),
        metavar="HxW",
        help="size of the dataset's images (128x72)",
    )
    frames.add_argument(
        "--crop",
        choices=("auto", "fixed", "follow"),
        default="auto",
        help="one crop for the whole clip (fixed), or a crop that follows the person (follow); "
        "auto: fixed unless the person would be less than 60%% of its height (%(default)s)",
    )
    split = parser.add_argument_group("split and pairs")
    split.add_argument(
        "--test-fraction",
        type=float,
        default=0.2,
        help="share of each clip that is held out at its end; half a second before it is left out "
        "(%(default)s)",
    )
    split.add_argument(
        "--train-pairs",
        type=int,
        default=200_000,
        help="most training pairs (%(default)s)",
        metavar="N",
    )
    split.add_argument(
        "--test-pairs", type=int, default=12_000, help="most test pairs (%(default)s)", metavar="N"
    )
    split.add_argument(
        "--person-pairs", type=int, help="most pairs of one person (no limit)", metavar="N"
    )
    split.add_argument(
        "--pair-distance",
        type=float,
        default=0.1,
        metavar="TORSOS",
        help="leave out pairs whose joints are on average nearer than this, in torso lengths, "
        "since they teach copying (%(default)g: three pixels of 128; 0 keeps all)",
    )
    split.add_argument("--seed", type=int, default=0, help="seed of the pairs (%(default)s)")


def options_of(arguments: argparse.Namespace):
    """Return the `PrepareOptions` from parsed arguments.

    Raises:
        ConfigurationError: a value is out of range.
    """
    from deformable_gan.data.preparing.prepare_options import PrepareOptions

    names = {field.name for field in dataclasses.fields(PrepareOptions)}
    return PrepareOptions(**{k: v for k, v in vars(arguments).items() if k in names})


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
    arguments = build_parser().parse_args(argv)

    # Only the workers need TensorFlow, and only if there is work to do.
    from deformable_gan.data.dataset_writer import check_output
    from deformable_gan.data.part import Part
    from deformable_gan.data.preparing.bulk import BulkPreparation
    from deformable_gan.data.preparing.progress import PrepareProgress
    from deformable_gan.data.preparing.recordings import find_recordings
    from deformable_gan.data.preparing.report import warnings_of
    from deformable_gan.data.preparing.worker_process import WorkerSettings
    from deformable_gan.pose.movenet_source import DEFAULT_VARIANT, find_movenet

    start = time.perf_counter()
    options = options_of(arguments)
    output = Path(arguments.output)
    # Check the output's place and MoveNet before any decoding.
    check_output(output)
    settings = WorkerSettings(
        options,
        find_movenet(arguments.movenet, arguments.model or DEFAULT_VARIANT),
        arguments.model,
        not arguments.no_second_look,
        partial(import_tensorflow, gpu=False),
    )
    failed: list[tuple[str, str]] = []
    recordings = find_recordings(
        arguments.clips, lambda *failure: failed.append(failure), without=[output]
    )
    bulk = BulkPreparation(
        recordings,
        output,
        settings,
        failed,
        Path(arguments.work) if arguments.work else None,
        Part(*arguments.part) if arguments.part else None,
    )
    with bulk.locked():
        bulk.look_at_inputs()
        if bulk.is_up_to_date():
            print(f"dataset: {output} is up to date")
            return 0
        if not arguments.part:
            check_output(output, arguments.overwrite)
        tasks = bulk.waiting
        with PrepareProgress([recording for recording, _ in tasks]) as progress:
            unfinished = bulk.work_off(arguments.workers, progress)
        if arguments.part:
            return _end_of_part(bulk, unfinished)
        report = bulk.assemble(arguments.overwrite)
    for _, reason in report.failed:
        print(f"warning: {reason}", file=sys.stderr)
    for warning in warnings_of(report.pairs):
        print(f"warning: {warning}", file=sys.stderr)
    print(_summary(report, output, progress.frames, time.perf_counter() - start))
    return 0


def _end_of_part(bulk, unfinished: dict[str, str]) -> int:
    for reason in (*(reason for _, reason in bulk.failed), *unfinished.values()):
        print(f"warning: {reason}", file=sys.stderr)
    done = len(bulk.recordings) - len(unfinished)
    print(
        f"part {bulk.part}: {done} inputs done, in {bulk.work.path}; after all parts run once "
        "without --part to write the dataset"
    )
    return 0


def _summary(report, output: Path, frames: int, seconds: float) -> str:
    from deformable_gan.data.preparing.result import describe_dropped

    lines = [
        f"{'person':24}  {'sampled':>7} {'kept':>5} {'train':>5} {'test':>5}  {'crop':6} "
        f"{'camera':6} {'unseen':>6}  dropped"
    ]
    for one in report.recordings[:_LISTED]:
        dropped = describe_dropped(one.dropped)
        crops = "/".join(sorted({person.crop for person in one.people}))
        lines.append(
            f"{one.person:24}  {one.sampled:7} {one.kept:5} {one.train:5} {one.test:5}  "
            f"{crops or '-':6} {_background(one):13}  {dropped or '-'}"
        )
        if len(one.people) > 1:
            people = ", ".join(f"{p.person} ({p.train + p.test})" for p in one.people)
            lines.append(f"{'':24}  {len(one.people)} people: {people}")
    if len(report.recordings) > _LISTED:
        lines.append(f"… and {len(report.recordings) - _LISTED} more: see report.json")
    if report.failed:
        lines.append(f"{len(report.failed)} inputs could not be used (see the warnings)")
    count = sum(len(one.people) for one in report.recordings)
    lines.append(
        f"{count} people, {report.pairs['train']} training and {report.pairs['test']} test "
        f"pairs; {frames} frames in {seconds:.1f} s ({frames / max(seconds, 1e-9):.0f} frames/s)"
    )
    lines.append(f"dataset: {output}   look at: {output / 'overview.png'}")
    return "\n".join(lines)


def _background(recording) -> str:
    """Return the camera's type and the share of the plate that no frame shows."""
    cameras = "/".join(sorted({person.camera or "-" for person in recording.people}))
    unseen = [
        person.background_unseen
        for person in recording.people
        if person.background_unseen is not None
    ]
    return f"{cameras or '-':6} {f'{max(unseen):.0%}' if unseen else '-':>6}"


if __name__ == "__main__":
    sys.exit(run_command(main))
