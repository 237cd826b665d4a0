"""The options of the commands that prepare a dataset, on one machine or on a cluster."""

import argparse
import dataclasses

from deformable_gan.cli import (
    add_former_option,
    image_size_text,
    parse_image_size,
    parse_part,
    parse_positive,
)
from deformable_gan.data.preparing.prepare_options import PrepareOptions
from deformable_gan.data.verify import VerifyAction
from deformable_gan.pose.crop_modes import CROP_MODES
from deformable_gan.pose.movenet_source import DEFAULT_VARIANT

_DEFAULTS = PrepareOptions()


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.prepare",
        description="Make a dataset folder from videos (mp4, mov, webm, gif) and folders of "
        "photographs: frames are sampled, MoveNet finds the joints and follows the person, the "
        "person is cropped, and frames without a usable person are dropped and counted. Several "
        "people who appear one after the other in a clip are separated. Inputs that cannot be used "
        "are listed, and the others are processed; unusable inputs are an error only if nothing "
        "usable remains. Intermediate results are kept in .NAME.work beside the output, so that "
        "the same command continues an interrupted run.",
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
        help="number of processes (%(default)s), each of which handles one input at a time and "
        "needs a core and 1 GB of memory; the dataset does not depend on it",
    )
    bulk.add_argument(
        "--part",
        type=parse_part,
        metavar="I/N",
        help="process only every N-th input, beginning with number I, and write no dataset: run "
        "each part on any machine, then run the command once without --part",
    )
    add_former_option(bulk, "--shard", dest="part", type=parse_part)
    bulk.add_argument(
        "--work",
        metavar="DIR",
        help="folder for intermediate results (.NAME.work beside the output). Parts may share one "
        "folder, or each part has its own: then copy all their files into one folder for the last "
        "run, without --part. The folder may be deleted at the end",
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
        "--model", choices=("lightning", "thunder"), help=f"variant of MoveNet ({DEFAULT_VARIANT})"
    )
    pose.add_argument(
        "--no-second-look",
        action="store_true",
        help="run MoveNet once, on every whole image: slightly faster, but worse if people are "
        "small or if there are several",
    )
    pose.add_argument(
        "--looks",
        type=int,
        default=_DEFAULTS.looks,
        metavar="N",
        help="average N runs of MoveNet on the person in every frame: less noise in the joints and "
        "less blur in the images, for N + 1 times the time of one run; 1 averages "
        "nothing; no effect with --no-second-look (%(default)s)",
    )
    pose.add_argument(
        "--threshold",
        type=float,
        default=_DEFAULTS.threshold,
        help="a joint counts as seen if its confidence is above this (%(default)s); a usable frame "
        "shows both shoulders and both hips",
    )
    frames = parser.add_argument_group("frames")
    frames.add_argument(
        "--rate",
        type=float,
        default=_DEFAULTS.rate,
        help="frames per second taken from a video (%(default)g)",
    )
    frames.add_argument(
        "--absence",
        type=float,
        default=_DEFAULTS.absence,
        metavar="SECONDS",
        help="time without a person in a video after which the next one counts as another person "
        "(%(default)g)",
    )
    frames.add_argument(
        "--smooth",
        type=float,
        default=_DEFAULTS.smooth,
        metavar="SECONDS",
        help="average a clip's joints over time with a Gaussian of this standard deviation: less "
        "noise for people who stand still, wrong poses for people who move (%(default)g: off)",
    )
    frames.add_argument(
        "--least-sharpness",
        type=float,
        default=_DEFAULTS.least_sharpness,
        metavar="SHARE",
        help="drop frames of a video below this share of its median sharpness; 0 keeps all "
        "(%(default)g)",
    )
    frames.add_argument(
        "--keep-repeated", action="store_true", help="keep duplicate frames of videos"
    )
    frames.add_argument(
        "--height",
        type=int,
        default=_DEFAULTS.height,
        help="height in pixels to which larger images are scaled down (%(default)s)",
    )
    frames.add_argument(
        "--image-size",
        type=parse_image_size,
        default=image_size_text(_DEFAULTS.image_size),
        metavar="HxW",
        help="size of the dataset's images (%(default)s)",
    )
    frames.add_argument(
        "--crop",
        choices=CROP_MODES,
        default=_DEFAULTS.crop,
        help="one crop for the whole clip (fixed), or a crop that follows the person (follow); "
        "auto: fixed unless the person would be less than 60%% of the crop's height; every "
        "photograph has its own crop (%(default)s)",
    )
    split = parser.add_argument_group("split and pairs")
    split.add_argument(
        "--test-fraction",
        type=float,
        default=_DEFAULTS.test_fraction,
        help="share of each person's frames or photographs, at their end, that is held out for "
        "testing; the half second of a video before that share is left out (%(default)s)",
    )
    split.add_argument(
        "--train-pairs",
        type=int,
        default=_DEFAULTS.train_pairs,
        help="largest number of training pairs (%(default)s)",
        metavar="N",
    )
    split.add_argument(
        "--test-pairs",
        type=int,
        default=_DEFAULTS.test_pairs,
        help="largest number of test pairs (%(default)s)",
        metavar="N",
    )
    split.add_argument(
        "--person-pairs",
        type=int,
        help="largest number of pairs of one person in each split (no limit)",
        metavar="N",
    )
    split.add_argument(
        "--pair-distance",
        type=float,
        default=_DEFAULTS.pair_distance,
        metavar="TORSOS",
        help="leave out pairs whose joints are on average nearer than this, in torso lengths, "
        "since they teach the networks to copy (%(default)g: about three pixels in an image 128 "
        "pixels high; 0 keeps all)",
    )
    split.add_argument(
        "--seed", type=int, default=_DEFAULTS.seed, help="seed of the pairs (%(default)s)"
    )


def options_of(arguments: argparse.Namespace) -> PrepareOptions:
    """Return the `PrepareOptions` from parsed arguments.

    Raises:
        ConfigurationError: a value is out of range.
    """
    names = {field.name for field in dataclasses.fields(PrepareOptions)}
    return PrepareOptions(**{k: v for k, v in vars(arguments).items() if k in names})
