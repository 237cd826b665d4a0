"""Options that the command line and reposing share."""

import argparse
from pathlib import Path

from deformable_gan.reposing.views.views_folder import has_views

#: Suffixes (lower case) of the images and clips that can be written.
IMAGES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
CLIPS = (".mp4", ".mov", ".webm", ".gif")
#: The folder that `--example` writes to by default.
EXAMPLE = Path("example")
#: Seconds over which a clip's joints are smoothed. Of all values tested on drawn dancers with an
#: estimator's jitter, it had the least error over 10, 24 and 30 frames per second taken together;
#: see `docs/reposing.md`.
SMOOTHING = 0.07
#: The largest number of pixels of a photograph in which images are composed; larger photographs are
#: shrunk first.
MOST_PIXELS = 12_000_000
#: The largest number of pixels of a photograph in which clips are composed: 1920x1080.
MOST_PIXELS_OF_CLIPS = 2_073_600
#: Sizes of results: the network's size; the crop that the network sees, at the photograph's
#: resolution; the whole photograph with the person put back.
NETWORK, CROP, PHOTOGRAPH = "network", "crop", "photograph"
#: The largest number of photographs and clip frames of one person that are used.
MOST_SOURCES = 5
#: How several photographs are combined: mixed for every pose, or used one at a time.
MIX, CHOOSE = "mix", "choose"


def check_files(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """Exit with the parser's error if the options for files do not fit together.

    Without `--example` all files are required; with it, `--source` and `--pose` are not allowed.

    Args:
        parser: the parser of `repose`.
        arguments: with `example`, `source`, `pose`, `output` and `run`. A run that includes images
            of its person needs no source.
    """
    files = {"--source": arguments.source, "--pose": arguments.pose, "--output": arguments.output}
    if has_views(arguments.run) and not arguments.example:
        del files["--source"]
    missing = [option for option, value in files.items() if not value]
    if not arguments.example:
        if missing:
            parser.error(
                f"the following arguments are required: {', '.join(missing)} (or --example alone)"
            )
    elif given := [option for option in ("--source", "--pose") if option not in missing]:
        parser.error(f"--example has its own people and poses: leave out {', '.join(given)}")


def add_looks(parser: argparse.ArgumentParser) -> None:
    """Add the options for the content and the size of results."""
    looks = parser.add_argument_group("what is shown")
    beside = looks.add_mutually_exclusive_group()
    beside.add_argument(
        "--side-by-side", action="store_true", help="show source, skeleton and result"
    )
    beside.add_argument(
        "--strip",
        action="store_true",
        help="show all intermediate results: joints, each region's warp and region mask, the "
        "candidates and weights of a model that composes, result",
    )
    looks.add_argument(
        "--megapixels",
        type=float,
        metavar="N",
        help="for models that compose, which make results at the photograph's size: shrink "
        f"photographs of more than N million pixels first (default: {MOST_PIXELS / 1e6:g}, or "
        f"{MOST_PIXELS_OF_CLIPS / 1e6:.2g} with clips)",
    )
    size = looks.add_mutually_exclusive_group()
    size.add_argument(
        "--network-size",
        action="store_true",
        help="show the result at the network's size (default for models that do not compose)",
    )
    size.add_argument(
        "--scale", type=int, metavar="N", help="show the result at N times the network's size"
    )
    size.add_argument(
        "--original-size",
        action="store_true",
        help="show the result at the size that the person's crop has in the photograph",
    )
    size.add_argument(
        "--in-photograph",
        action="store_true",
        help="lay the result over the photograph, at the person's position (default for "
        "models that compose)",
    )


def add_clips_and_finding(parser: argparse.ArgumentParser) -> None:
    """Add the options for clips as poses, and for finding people."""
    clips = parser.add_argument_group("clips as poses")
    clips.add_argument(
        "--rate", type=float, metavar="X", help="poses per second (default: all frames)"
    )
    clips.add_argument(
        "--smooth",
        type=float,
        default=SMOOTHING,
        metavar="SECONDS",
        help="duration over which joints are smoothed; fast movements are kept (default: "
        "%(default)s; 0: no smoothing)",
    )
    clips.add_argument(
        "--clips-as",
        choices=[ending[1:] for ending in CLIPS],
        default="mp4",
        help="the format of the clips written to a folder (default: %(default)s)",
    )
    finding = parser.add_argument_group("finding people")
    finding.add_argument(
        "--movenet", metavar="PATH", help="MoveNet's SavedModel folder or .tflite file"
    )
    finding.add_argument(
        "--most-prominent",
        action="store_true",
        help="if a photograph shows several people, use the one who is large and near the middle",
    )
    finding.add_argument(
        "--save-pose",
        type=Path,
        metavar="FILE.json",
        help="write the poses found to a file, which can be edited and given to --pose",
    )
