"""Parts of the commands that write exports: options, MoveNet, and the report."""

import argparse
import sys
from pathlib import Path

from deformable_gan.errors import PoseError
from deformable_gan.exporting.formats import FORMAT_NAMES, get_format


def add_formats(parser: argparse.ArgumentParser, default: str) -> None:
    """Add the options of the format and of MoveNet."""
    parser.add_argument(
        "--format",
        nargs="+",
        choices=FORMAT_NAMES,
        default=[default],
        metavar="NAME",
        help=f"one or several of {', '.join(FORMAT_NAMES)} (default: {default})",
    )
    movenet = parser.add_mutually_exclusive_group()
    movenet.add_argument(
        "--movenet",
        metavar="PATH",
        help="MoveNet's SavedModel folder, which becomes part of the exported SavedModel; for the "
        "web page, MoveNet's .tflite file works as well",
    )
    movenet.add_argument(
        "--without-movenet",
        action="store_true",
        help="write a smaller SavedModel that takes key points only; not possible for the web page",
    )


def find_movenet(arguments: argparse.Namespace):
    """Return the MoveNet that the export contains, or None.

    It is None with `--without-movenet` and if none of the formats can contain it. It is also None,
    with a note, if no MoveNet is found, `--movenet` is not given and no format needs it.

    Raises:
        PoseError: a MoveNet that is given or needed cannot be loaded.
        ConfigurationError: MoveNet does not fit a format.
    """
    formats = [get_format(name) for name in arguments.format]
    if arguments.without_movenet or not any(one.holds_movenet for one in formats):
        return None
    from deformable_gan.pose.movenet import MoveNet
    from deformable_gan.pose.movenet_source import DEFAULT_LOOKS

    try:
        movenet = MoveNet.load(arguments.movenet, looks=DEFAULT_LOOKS)
    except PoseError as error:
        if arguments.movenet is not None or any(one.needs_movenet for one in formats):
            raise
        print(f"note: exporting without MoveNet: {error}", file=sys.stderr)
        return None
    for one in formats:
        one.check_movenet(movenet)
    return movenet


def write_export(
    generator,
    card,
    origin,
    output: Path,
    formats: list[str],
    movenet,
    shown: object = None,
    runtime: Path | None = None,
) -> None:
    """Write an export of the result of `load_trained`, and print its differences from the model.

    Args:
        generator: see `export_model`.
        card: see `export_model`.
        origin: the run or export that the generator comes from.
        output: the folder to make.
        formats: see `export_model`.
        movenet: see `export_model`.
        shown: the folder's name in the messages; None for its path.
        runtime: see `export_model`.
    """
    from deformable_gan.exporting.export_model import export_model
    from deformable_gan.pose.skeleton import get_skeleton

    skeleton = get_skeleton(card.config.skeleton)
    drifts = export_model(generator, skeleton, output, formats, movenet, card, runtime)
    print(f"{shown or output}: generator of {origin} after {card.steps} steps")
    for name, drift in drifts.items():
        file = get_format(name).file
        print(f"{name}: {file}; loaded again, it differs from the model {drift}")
    for name in drifts:
        for note in get_format(name).notes(shown or output, movenet):
            print(note)
