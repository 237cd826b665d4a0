"""`python -m deformable_gan.dancers`: draw synthetic dancers as a dataset folder or as clips."""

import argparse
import sys
from pathlib import Path

from deformable_gan.cli import add_former_option, image_size_text, parse_image_size, run_command
from deformable_gan.dancers.drawing_options import ClipOptions, DatasetOptions

_DATASET = DatasetOptions()
_CLIPS = ClipOptions()


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
    parser = build_parser()
    arguments = parser.parse_args(argv)
    if arguments.output is None and arguments.clips is None:
        parser.error("no output: give --output DIR for a dataset, --clips DIR for clips, or both")

    from deformable_gan.dancers import default_workers, make_dancers
    from deformable_gan.dancers.recordings import read_recordings
    from deformable_gan.pose.skeleton import get_skeleton

    motion = read_recordings(arguments.motion, arguments.random_facing)
    for recording in motion or ():
        print(f"motion: {recording.describe()}")
    if arguments.output is not None:
        dataset = make_dancers(
            arguments.output,
            image_size=arguments.image_size,
            train_people=arguments.train_people,
            test_people=arguments.test_people,
            images_per_person=arguments.images_per_person,
            train_pairs=arguments.train_pairs,
            test_pairs=arguments.test_pairs,
            seed=arguments.seed,
            skeleton=get_skeleton(arguments.skeleton),
            variety=arguments.variety,
            person_masks=arguments.person_masks,
            backgrounds=arguments.backgrounds,
            workers=arguments.workers or default_workers(),
            motion=motion,
            random_facing=arguments.random_facing,
            overwrite=arguments.overwrite,
        )
        for split, counts in dataset.manifest["splits"].items():
            print(f"{split}: " + ", ".join(f"{count} {what}" for what, count in counts.items()))
        print(f"dataset: {dataset.path}")
    if arguments.clips is not None:
        # Imported only here: it needs PyAV, and datasets do not.
        from deformable_gan.dancers import write_clips

        clips = write_clips(
            arguments.clips,
            people=arguments.clip_people,
            seconds=arguments.clip_seconds,
            rate=arguments.clip_rate,
            size=arguments.clip_size,
            seed=arguments.seed,
            motion=motion,
            random_facing=arguments.random_facing,
        )
        for clip in clips:
            print(f"clip: {clip}")
    return 0


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="deformable-gan dancers",
        description="Draw synthetic dancers with exact joints: people of many builds and clothes "
        "in many poses, as a dataset folder for training or as short clips.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--output", type=Path, metavar="DIR", help="dataset folder to make")
    parser.add_argument("--clips", type=Path, metavar="DIR", help="folder to write clips to")
    parser.add_argument(
        "--seed", type=int, default=_DATASET.seed, help="seed of all random choices"
    )
    parser.add_argument(
        "--motion",
        type=Path,
        nargs="+",
        action="extend",
        metavar="FILE.bvh",
        help="motion-capture recordings for the dances; each dancer performs a random section of a "
        "random recording (without this option: invented dances)",
    )
    parser.add_argument(
        "--random-facing",
        action="store_true",
        help="with --motion: turn each dancer by a random angle about the vertical axis",
    )
    dataset = parser.add_argument_group("dataset")
    dataset.add_argument(
        "--train-people",
        type=int,
        default=_DATASET.train_people,
        metavar="N",
        help="number of training people",
    )
    dataset.add_argument(
        "--test-people",
        type=int,
        default=_DATASET.test_people,
        metavar="N",
        help="number of test people",
    )
    dataset.add_argument(
        "--images-per-person",
        type=int,
        nargs="+",
        default=_DATASET.images_per_person,
        metavar="N",
        help="images of each person; two numbers: of each training person and of each test person",
    )
    dataset.add_argument(
        "--variety",
        choices=("wide", "plain", "mixed"),
        default=_DATASET.variety,
        help="appearance of the training people: varied as in photographs (wide), clear drawings "
        "(plain), or half of each (mixed)",
    )
    dataset.add_argument(
        "--image-size",
        type=parse_image_size,
        default=image_size_text(_DATASET.image_size),
        metavar="HxW",
        help="height x width in pixels",
    )
    dataset.add_argument(
        "--train-pairs",
        type=int,
        metavar="N",
        help="largest number of training pairs, chosen at random (without this option: all)",
    )
    dataset.add_argument(
        "--test-pairs",
        type=int,
        metavar="N",
        help="largest number of test pairs, chosen at random (without this option: all)",
    )
    dataset.add_argument(
        "--skeleton",
        default=_DATASET.skeleton,
        metavar="LAYOUT",
        help="joint layout: coco17 or openpose18",
    )
    dataset.add_argument(
        "--person-masks",
        action="store_true",
        help="also write person masks, for `train --person-mask`",
    )
    add_former_option(dataset, "--masks", dest="person_masks", action="store_true")
    dataset.add_argument(
        "--backgrounds",
        action="store_true",
        help="also write images without the dancers, for `train --background`",
    )
    dataset.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="drawing processes (without this option: one per core, at most 16, on Linux; one on "
        "other systems)",
    )
    dataset.add_argument(
        "--overwrite", action="store_true", help="replace a dataset made with other options"
    )
    clips = parser.add_argument_group("clips")
    clips.add_argument(
        "--clip-people",
        type=int,
        default=_CLIPS.people,
        metavar="N",
        help="number of clips; each shows a different person",
    )
    clips.add_argument(
        "--clip-seconds",
        type=float,
        default=_CLIPS.seconds,
        metavar="S",
        help="length of each clip in seconds",
    )
    clips.add_argument(
        "--clip-rate",
        type=int,
        default=_CLIPS.rate,
        metavar="N",
        help="frames per second",
    )
    clips.add_argument(
        "--clip-size",
        type=parse_image_size,
        default=image_size_text(_CLIPS.size),
        metavar="HxW",
        help="height x width in pixels",
    )
    return parser


if __name__ == "__main__":
    sys.exit(run_command(main))
