"""`python -m deformable_gan.prepare CLIP… --output DIR`: a dataset from videos and photographs."""

import argparse
import sys
import time
from pathlib import Path

from deformable_gan.cli import import_tensorflow, run_verb
from deformable_gan.errors import MediaError


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.prepare",
        description="Make a dataset folder from videos (mp4, mov, webm, gif) and folders of "
        "photographs, each of one person: frames are sampled, MoveNet finds the joints, the "
        "person is cropped, and frames without a usable person are dropped and counted. Inputs "
        "that cannot be used are listed and the others go on; the exit status is 1 only if "
        "nothing usable remains.",
    )
    parser.add_argument("clips", nargs="+", metavar="CLIP", help="a video, or a folder to search")
    parser.add_argument("--output", required=True, metavar="DIR", help="the dataset folder to make")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing dataset")
    pose = parser.add_argument_group("finding joints")
    pose.add_argument(
        "--movenet",
        metavar="PATH",
        help="MoveNet's SavedModel folder or .tflite file (else: the environment variable "
        "DEFORMABLE_GAN_MOVENET, TF-Hub's cache in TFHUB_CACHE_DIR, or a download)",
    )
    pose.add_argument("--model", choices=("lightning", "thunder"), help="which MoveNet (lightning)")
    pose.add_argument(
        "--no-second-look",
        action="store_true",
        help="look at the whole picture only: twice as fast, and worse where people are small",
    )
    pose.add_argument(
        "--threshold",
        type=float,
        default=0.3,
        help="confidence from which a joint counts as seen (%(default)s); a frame is usable with "
        "both shoulders and both hips",
    )
    frames = parser.add_argument_group("frames")
    frames.add_argument("--rate", type=float, default=6.0, help="frames a second (%(default)g)")
    frames.add_argument(
        "--height",
        type=int,
        default=240,
        help="lines that larger pictures are scaled down to (%(default)s)",
    )
    frames.add_argument(
        "--image-size",
        type=_image_size,
        default=(128, 72),
        metavar="HxW",
        help="of the dataset's images (128x72)",
    )
    frames.add_argument(
        "--crop",
        choices=("auto", "fixed", "follow"),
        default="auto",
        help="one crop for the whole clip, or one that follows the person; auto: fixed unless "
        "the person would be less than 60%% of its height (%(default)s)",
    )
    split = parser.add_argument_group("split and pairs")
    split.add_argument(
        "--test-fraction",
        type=float,
        default=0.2,
        help="the last part of each clip, held out; half a second before it is left out "
        "(%(default)s)",
    )
    split.add_argument(
        "--train-pairs", type=int, default=200_000, help="at most (%(default)s)", metavar="N"
    )
    split.add_argument(
        "--test-pairs", type=int, default=12_000, help="at most (%(default)s)", metavar="N"
    )
    split.add_argument("--seed", type=int, default=0, help="of drawing pairs (%(default)s)")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the verb; return the exit status."""
    arguments = build_parser().parse_args(argv)

    import_tensorflow()
    from tqdm import tqdm

    from deformable_gan.data.dataset_writer import DatasetWriter
    from deformable_gan.data.prepare_dataset import prepare_dataset
    from deformable_gan.data.prepare_options import PrepareOptions
    from deformable_gan.data.recordings import find_recordings
    from deformable_gan.pose.movenet import MoveNet

    options = PrepareOptions(
        image_size=arguments.image_size,
        rate=arguments.rate,
        height=arguments.height,
        threshold=arguments.threshold,
        crop=arguments.crop,
        test_fraction=arguments.test_fraction,
        train_pairs=arguments.train_pairs,
        test_pairs=arguments.test_pairs,
        seed=arguments.seed,
    )
    output = Path(arguments.output)
    # What would fail at the end fails now: the output's place, then MoveNet, before any decoding.
    DatasetWriter(output, MoveNet.skeleton, options.image_size, {}, arguments.overwrite)
    movenet = MoveNet.load(
        arguments.movenet, arguments.model, second_look=not arguments.no_second_look
    )
    failed: list[tuple[str, str]] = []
    recordings = []
    expected = 0
    for recording in find_recordings(arguments.clips, lambda *failure: failed.append(failure)):
        try:
            expected += recording.expected_frames(options.rate)
        except MediaError as error:
            failed.append((str(recording.path), str(error)))
        else:
            recordings.append(recording)
    start = time.perf_counter()
    with tqdm(total=expected, unit="frame", disable=None, leave=False) as progress:
        report = prepare_dataset(
            recordings,
            output,
            movenet,
            options,
            failed,
            overwrite=arguments.overwrite,
            on_frame=progress.update,
        )
    seconds = time.perf_counter() - start
    for _, reason in report.failed:
        print(f"warning: {reason}", file=sys.stderr)
    print(_summary(report, output, seconds))
    return 0


def _summary(report, output: Path, seconds: float) -> str:
    lines = [
        f"{'person':24}  {'sampled':>7} {'kept':>5} {'train':>5} {'test':>5}  {'crop':6} dropped"
    ]
    for one in report.recordings:
        dropped = ", ".join(f"{count} {reason}" for reason, count in sorted(one.dropped.items()))
        lines.append(
            f"{one.person:24}  {one.sampled:7} {one.kept:5} {one.train:5} {one.test:5}  "
            f"{one.crop or '-':6} {dropped or '-'}"
        )
    sampled = sum(one.sampled for one in report.recordings)
    if report.failed:
        lines.append(f"{len(report.failed)} inputs could not be used (see the warnings)")
    lines.append(
        f"{report.pairs['train']} training and {report.pairs['test']} test pairs; "
        f"{sampled} frames in {seconds:.1f} s ({sampled / max(seconds, 1e-9):.0f} frames/s)"
    )
    lines.append(f"dataset: {output}   look at: {output / 'overview.png'}")
    return "\n".join(lines)


def _image_size(text: str) -> tuple[int, int]:
    height, separator, width = text.lower().partition("x")
    if not (separator and height.isdecimal() and width.isdecimal()):
        raise argparse.ArgumentTypeError(f"expected HEIGHTxWIDTH such as 128x72, received {text!r}")
    return int(height), int(width)


if __name__ == "__main__":
    sys.exit(run_verb(main))
