"""`python -m deformable_gan.distribute --parts N COMMAND … -- …`: run parts on a cluster."""

import argparse
import importlib
import sys

from deformable_gan.cli import add_former_option, parse_positive, run_command
from deformable_gan.errors import ConfigurationError
from deformable_gan.on_beam.command_line import (
    BEAM_HELP,
    pipeline_options,
    require_beam,
    split_arguments,
)

#: Commands that take `--part I/N`, and without it continue from the results of the parts.
SHARDED = ("evaluate", "repose", "prepare")


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
    own, beams = split_arguments(argv)
    parser = build_parser()
    arguments = parser.parse_args(own)
    if arguments.parts is None:
        parser.error("the following arguments are required: --parts")
    given = {argument.partition("=")[0] for argument in arguments.arguments}
    if given & {"--part", "--shard"}:
        raise ConfigurationError("--part is set by distribute: leave it out")
    require_beam()

    from deformable_gan.on_beam.parts_pipeline import run_parts

    command = arguments.command
    failed = run_parts(command, arguments.arguments, arguments.parts, pipeline_options(beams))
    print(f"{arguments.parts - failed} of {arguments.parts} parts of {command} are done")
    if failed:
        print(
            f"warning: {failed} parts failed (see the workers' logs); this machine does their work",
            file=sys.stderr,
        )
    # This call finds the parts' results, does what is left, and combines them.
    return importlib.import_module(f"deformable_gan.{command}").main(arguments.arguments)


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.distribute",
        usage="%(prog)s --parts N COMMAND [COMMAND's option ...] [-- Beam's option ...]",
        description="Run a command's parts on many machines with Apache Beam, each in a separate "
        "process. Then run the command once without --part, which combines the results and does "
        "the work of failed parts. The command's files must lie in folders that all machines "
        "share.",
        epilog=BEAM_HELP,
    )
    parser.add_argument(
        "--parts",
        type=parse_positive,
        metavar="N",
        help="number of parts; a few per worker balance the load, but each starts a new process",
    )
    add_former_option(parser, "--shards", dest="parts", type=parse_positive)
    parser.add_argument("command", choices=SHARDED, metavar="COMMAND", help=", ".join(SHARDED))
    parser.add_argument(
        "arguments", nargs=argparse.REMAINDER, metavar="ARGUMENT", help="the command's arguments"
    )
    return parser


if __name__ == "__main__":
    sys.exit(run_command(main))
