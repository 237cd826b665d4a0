"""`python -m deformable_gan.export --run DIR --output DIR`: export a trained generator."""

import argparse
import sys
from pathlib import Path

from deformable_gan.cli import add_model_options, chosen_model, import_tensorflow, run_command
from deformable_gan.exporting.command_parts import add_formats, find_movenet, write_export


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
    arguments = build_parser().parse_args(argv)

    import_tensorflow(gpu=False)  # exports are compared with the results of a CPU
    from deformable_gan.exporting.export_model import check_request
    from deformable_gan.exporting.trained_generator import load_trained

    check_request(arguments.output, arguments.format)
    origin = chosen_model(arguments)
    generator, card = load_trained(origin)
    movenet = find_movenet(arguments)
    write_export(
        *(generator, card, origin, arguments.output, arguments.format, movenet),
        runtime=arguments.runtime,
    )
    return 0


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.export",
        description="Write a run's generator as models that run without this package: a SavedModel "
        "for TensorFlow (if it contains MoveNet, it takes unprocessed photographs), LiteRT for "
        "phones, ONNX, and a web page. The format keras is for this package itself. Every model is "
        "loaded again and compared with the generator before the folder is complete. A folder or "
        "handle given with --model must contain the format keras.",
    )
    add_model_options(parser, required=False)
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="the folder to make"
    )
    add_formats(parser, default="savedmodel")
    parser.add_argument(
        "--runtime",
        type=Path,
        metavar="DIR",
        help="for the web page: a folder that holds LiteRT.js (the unpacked npm package "
        "@litertjs/core); by default, npm downloads it",
    )
    return parser


if __name__ == "__main__":
    sys.exit(run_command(main))
