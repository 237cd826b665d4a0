"""`python -m deformable_gan.distribute --shards N COMMAND … -- …`: run shards on a cluster."""

import argparse
import importlib
import sys

from deformable_gan.cli import parse_positive, run_command
from deformable_gan.errors import ConfigurationError
from deformable_gan.on_beam.command_line import (
    BEAM_HELP,
    pipeline_options,
    require_beam,
    split_arguments,
)

#: Commands that take `--shard I/N`, and without it continue from the results of the shards.
SHARDED = ("evaluate", "repose", "prepare")


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
    own, beams = split_arguments(argv)
    arguments = _parser().parse_args(own)
    if any(argument.partition("=")[0] == "--shard" for argument in arguments.arguments):
        raise ConfigurationError("--shard is set by distribute: leave it out")
    require_beam()

    from deformable_gan.on_beam.shards_pipeline import run_shards

    command = arguments.command
    failed = run_shards(command, arguments.arguments, arguments.shards, pipeline_options(beams))
    print(f"{arguments.shards - failed} of {arguments.shards} shards of {command} are done")
    if failed:
        print(
            f"warning: {failed} shards failed, see the workers' logs; this machine does their work",
            file=sys.stderr,
        )
    # This call finds the shards' results, does what is left, and combines them.
    return importlib.import_module(f"deformable_gan.{command}").main(arguments.arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.distribute",
        usage="%(prog)s --shards N COMMAND [COMMAND's option ...] [-- Beam's option ...]",
        description="Run a command's shards on many machines with Apache Beam, each in a separate "
        "process. Then run the command once without --shard, which combines the results and does "
        "the work of failed shards. The command's files must lie in folders that all machines "
        "share.",
        epilog=BEAM_HELP,
    )
    parser.add_argument(
        "--shards",
        type=parse_positive,
        required=True,
        metavar="N",
        help="number of shards; a few per worker balance the load, but each has to start anew",
    )
    parser.add_argument("command", choices=SHARDED, metavar="COMMAND", help=", ".join(SHARDED))
    parser.add_argument(
        "arguments", nargs=argparse.REMAINDER, metavar="ARGUMENT", help="the command's arguments"
    )
    return parser


if __name__ == "__main__":
    sys.exit(run_command(main))
