"""`python -m deformable_gan.distribute --shards N VERB … -- …`: a verb's shards on a cluster."""

import argparse
import importlib
import sys

from deformable_gan.cli import parse_positive, run_verb
from deformable_gan.errors import ConfigurationError
from deformable_gan.on_beam.command_line import (
    BEAM_HELP,
    pipeline_options,
    require_beam,
    split_arguments,
)

#: Verbs that take `--shard I/N`, and without it go on from what the shards have done.
VERBS = ("evaluate", "repose", "prepare")


def main(argv: list[str] | None = None) -> int:
    """Run the verb; return the exit status."""
    own, beams = split_arguments(argv)
    arguments = build_parser().parse_args(own)
    if any(argument.partition("=")[0] == "--shard" for argument in arguments.arguments):
        raise ConfigurationError("--shard is ours to give: leave it out")
    require_beam()

    from deformable_gan.on_beam.shards_pipeline import run_shards

    verb = arguments.verb
    failed = run_shards(verb, arguments.arguments, arguments.shards, pipeline_options(beams))
    print(f"{arguments.shards - failed} of {arguments.shards} shards of {verb} are done")
    if failed:
        print(
            f"warning: {failed} failed, for reasons in the workers' logs; what they left is done "
            "here",
            file=sys.stderr,
        )
    # It finds what the shards have done, and does what is left and what needs all of it.
    return importlib.import_module(f"deformable_gan.{verb}").main(arguments.arguments)


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.distribute",
        usage="%(prog)s --shards N VERB [VERB's option ...] [-- Beam's option ...]",
        description="Run a verb's shards on many machines with Apache Beam, each in a process of "
        "its own, then the verb once without --shard, which puts the results together and does "
        "what a shard could not. The verb's files lie in folders that all machines share.",
        epilog=BEAM_HELP,
    )
    parser.add_argument(
        "--shards",
        type=parse_positive,
        required=True,
        metavar="N",
        help="in how many parts; a few for each worker even out their lengths, each starts anew",
    )
    parser.add_argument("verb", choices=VERBS, metavar="VERB", help=", ".join(VERBS))
    parser.add_argument(
        "arguments", nargs=argparse.REMAINDER, metavar="ARGUMENT", help="as the verb takes them"
    )
    return parser


if __name__ == "__main__":
    sys.exit(run_verb(main))
