"""`python -m deformable_gan.prepare CLIP… --output DIR`: make a dataset from recordings."""

import sys

from deformable_gan.cli import run_command
from deformable_gan.data.preparing.command_options import build_parser


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
    arguments = build_parser().parse_args(argv)

    from deformable_gan.data.preparing.run_prepare import run_prepare

    return run_prepare(arguments)


if __name__ == "__main__":
    sys.exit(run_command(main))
