"""Renamed options keep their former spelling for one release; `--help` shows the new one alone."""

import pytest

from deformable_gan import distribute, evaluate, prepare, repose
from deformable_gan.dancers import __main__ as dancers
from deformable_gan.training import train_options


def _evaluate(*options):
    return evaluate.build_parser(), ["--run", "r", "--dataset", "d", "--output", "o", *options]


def _prepare(*options):
    return prepare.build_parser(), ["clip.mp4", "--output", "o", *options]


def _repose(*options):
    return repose.build_parser(), ["--run", "r", *options]


def _dancers(*options):
    return dancers.build_parser(), ["--output", "o", *options]


def _distribute(*options):
    return distribute.build_parser(), [*options, "evaluate", "--run", "r"]


def _train(*options):
    return train_options.build_parser(), list(options)


@pytest.mark.parametrize(
    ("command", "former", "present", "values"),
    [
        (_evaluate, "--shard", "--part", ["2/3"]),
        (_prepare, "--shard", "--part", ["2/3"]),
        (_repose, "--shard", "--part", ["2/3"]),
        (_repose, "--mask", "--person-mask", ["mask.png"]),
        (_dancers, "--masks", "--person-masks", []),
        (_distribute, "--shards", "--parts", ["4"]),
        (_train, "--mask", "--person-mask", []),
        (_train, "--no-mask", "--no-person-mask", []),
    ],
)
def test_former_spellings(command, former, present, values):
    parser, arguments = command(former, *values)
    given = parser.parse_args(arguments)
    assert given == parser.parse_args(command(present, *values)[1])
    assert given != parser.parse_args(
        command(*(["--parts", "9"] if former == "--shards" else []))[1]
    )
    words = parser.format_help().replace(",", " ").replace("[", " ").replace("]", " ").split()
    assert present in words
    assert former not in words
