"""Options of the commands that prepare a dataset, on one machine or on a cluster."""

import argparse
import dataclasses

from deformable_gan.cli import parse_image_size, parse_positive, parse_shard
from deformable_gan.data.preparing.options import PrepareOptions
from deformable_gan.data.verify import VerifyAction
from deformable_gan.pose.crop_modes import CROP_MODES

_DEFAULTS = PrepareOptions()


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.prepare",
        description="Make a dataset folder from videos (mp4, mov, webm, gif) and folders of "
        "photographs: frames are sampled, MoveNet finds the joints and follows the person, the "
        "person is cropped, and frames without a usable person are dropped and counted. People "
        "who follow one another in a clip are told apart. Inputs that cannot be used are listed "
        "and the others go on; the exit status is 1 only if nothing usable remains. What was done "
        "is kept in .NAME.work beside the output, so that a run that was ended in any way is "
        "continued by giving the same command again.",
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
        help="processes that work side by side, each on one input, with a core and 1 GB of "
        "memory (%(default)s); the dataset does not depend on how many",
    )
    bulk.add_argument(
        "--shard",
        type=parse_shard,
        metavar="I/N",
        help="do only every N-th input, beginning with number I, and put no dataset together: "
        "run each shard anywhere, then once without --shard",
    )
    bulk.add_argument(
        "--work",
        metavar="DIR",
        help="where results are kept (.NAME.work beside the output); shards may share one, or "
        "have their own and the files be thrown together. It may be deleted when all is done",
    )
    add_options(parser)
    return parser


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what decides the dataset, and not how it is made."""
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
        help="look at every whole picture on its own: a little faster, and worse where people "
        "are small or several",
    )
    pose.add_argument(
        "--looks",
        type=int,
        default=_DEFAULTS.looks,
        metavar="N",
        help="average N looks at the person in every frame: joints with less noise, and images "
        "with less blur, for N + 1 times the time that one look takes (%(default)s)",
    )
    pose.add_argument(
        "--threshold",
        type=float,
        default=_DEFAULTS.threshold,
        help="confidence from which a joint counts as seen (%(default)s); a frame is usable with "
        "both shoulders and both hips",
    )
    frames = parser.add_argument_group("frames")
    frames.add_argument(
        "--rate", type=float, default=_DEFAULTS.rate, help="frames a second (%(default)g)"
    )
    frames.add_argument(
        "--absence",
        type=float,
        default=_DEFAULTS.absence,
        metavar="SECONDS",
        help="without anybody in view, after which the next person counts as another one "
        "(%(default)g)",
    )
    frames.add_argument(
        "--smooth",
        type=float,
        default=_DEFAULTS.smooth,
        metavar="SECONDS",
        help="average a clip's joints over time with a Gaussian of this standard deviation; "
        "calms people who stand still, blurs the poses of those who move (%(default)g: off)",
    )
    frames.add_argument(
        "--least-sharpness",
        type=float,
        default=_DEFAULTS.least_sharpness,
        metavar="SHARE",
        help="drop frames of less than this share of the clip's median sharpness; 0 keeps all "
        "(%(default)g)",
    )
    frames.add_argument(
        "--keep-repeated", action="store_true", help="keep frames that are the one before it again"
    )
    frames.add_argument(
        "--height",
        type=int,
        default=_DEFAULTS.height,
        help="lines that larger pictures are scaled down to (%(default)s)",
    )
    frames.add_argument(
        "--image-size",
        type=parse_image_size,
        default=_DEFAULTS.image_size,
        metavar="HxW",
        help="of the dataset's images (128x72)",
    )
    frames.add_argument(
        "--crop",
        choices=CROP_MODES,
        default=_DEFAULTS.crop,
        help="one crop for the whole clip, or one that follows the person; auto: fixed unless "
        "the person would be less than 60%% of its height (%(default)s)",
    )
    split = parser.add_argument_group("split and pairs")
    split.add_argument(
        "--test-fraction",
        type=float,
        default=_DEFAULTS.test_fraction,
        help="the last part of each clip, held out; half a second before it is left out "
        "(%(default)s)",
    )
    split.add_argument(
        "--train-pairs",
        type=int,
        default=_DEFAULTS.train_pairs,
        help="at most (%(default)s)",
        metavar="N",
    )
    split.add_argument(
        "--test-pairs",
        type=int,
        default=_DEFAULTS.test_pairs,
        help="at most (%(default)s)",
        metavar="N",
    )
    split.add_argument(
        "--person-pairs", type=int, help="at most, of one person (no limit)", metavar="N"
    )
    split.add_argument(
        "--pair-distance",
        type=float,
        default=_DEFAULTS.pair_distance,
        metavar="TORSOS",
        help="leave out pairs whose joints are less far apart than this on average, in torso "
        "lengths: they teach copying (%(default)g: three pixels of 128; 0 keeps all)",
    )
    split.add_argument(
        "--seed", type=int, default=_DEFAULTS.seed, help="of drawing pairs (%(default)s)"
    )


def options_of(arguments: argparse.Namespace) -> PrepareOptions:
    """Return the `PrepareOptions` in the arguments.

    Raises:
        ConfigurationError: a value is out of its range.
    """
    names = {field.name for field in dataclasses.fields(PrepareOptions)}
    return PrepareOptions(**{k: v for k, v in vars(arguments).items() if k in names})
