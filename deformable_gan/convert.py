"""`python -m deformable_gan.convert ORIGINAL.h5 --output DIR`: convert the original's weights."""

import argparse
import sys
from pathlib import Path

from deformable_gan.cli import import_tensorflow, parse_image_size, run_command
from deformable_gan.config import GeneratorConfig


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
    arguments = build_parser().parse_args(argv)

    import_tensorflow(gpu=False)
    from deformable_gan.models.original_weights import OriginalWeights
    from deformable_gan.training.conversion import convert_original

    config, notes = convert_original(
        [OriginalWeights.read(path) for path in arguments.checkpoints],
        arguments.output,
        arguments.image_size,
        arguments.skip,
        arguments.aggregation,
    )
    for note in notes:
        print(f"note: {note}")
    print(
        f"{arguments.output}: {config.image_size[0]}x{config.image_size[1]}, {config.skeleton}, "
        f"skip {config.generator.skip}, discriminator {config.discriminator.kind}, filters "
        f"{config.generator.encoder_filters}"
    )
    return 0


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.convert",
        description="Convert checkpoints of the original implementation (Keras 2 .h5, generator "
        "and optionally discriminator) to a run directory for repose, export and "
        "`train --resume-weights`. The filters, the inputs and the joints are derived from the "
        "shapes of the weights.",
    )
    parser.add_argument(
        "checkpoints",
        nargs="+",
        type=Path,
        metavar="ORIGINAL.h5",
        help="the generator's file and optionally the discriminator's, in any order",
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="the run directory to make"
    )
    parser.add_argument(
        "--image-size",
        type=parse_image_size,
        metavar="HxW",
        help="height x width of the training images (default: 128x64 for a generator of six "
        "levels, 256x256 for one of seven)",
    )
    parser.add_argument(
        "--skip",
        choices=("mask", "full"),
        default=GeneratorConfig.skip,
        help="type of the skip connections of a generator with two encoders; the shapes of the "
        "weights do not show it (default: %(default)s)",
    )
    parser.add_argument(
        "--aggregation",
        choices=("max", "avg"),
        default=GeneratorConfig.aggregation,
        help="how the warped regions are combined, for --skip mask only; the shapes of the weights "
        "do not show it, either (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(run_command(main))
