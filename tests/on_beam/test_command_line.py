"""Functions that need no Beam, and the message when it is missing."""

import importlib.util

import pytest

from deformable_gan import distribute, prepare_on_beam
from deformable_gan.on_beam.command_line import split_arguments


@pytest.mark.parametrize(
    ("argv", "own", "beams"),
    [
        (["a", "--b"], ["a", "--b"], []),
        (["a", "--", "--runner=x", "--", "y"], ["a"], ["--runner=x", "--", "y"]),
        (["a", "--"], ["a"], []),
    ],
)
def test_arguments_are_divided_at_two_dashes(argv, own, beams):
    assert split_arguments(argv) == (own, beams)


@pytest.mark.parametrize(
    ("main", "arguments"),
    [
        (prepare_on_beam.main, ["a.mp4", "--output", "d"]),
        (distribute.main, ["--shards", "2", "evaluate"]),
    ],
)
def test_without_beam(main, arguments, call_verb, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    call_verb(main, *arguments).assert_one_error("Apache Beam is not installed", "[beam]")
