"""The parsers of the commands follow one convention (CONTRIBUTING.md, *Style*)."""

import argparse
import importlib
from pathlib import Path

import pytest

from deformable_gan import augment, evaluate, prepare
from deformable_gan.__main__ import COMMANDS
from deformable_gan.augmenting.augmentation_options import AugmentationOptions
from deformable_gan.data.preparing.command_options import options_of
from deformable_gan.data.preparing.prepare_options import PrepareOptions
from deformable_gan.evaluation.evaluation_options import EvaluationOptions


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_parser(name):
    command = importlib.import_module(f"deformable_gan.{name}")
    if hasattr(command, "__path__"):
        command = importlib.import_module(f"deformable_gan.{name}.__main__")
    assert isinstance(command.build_parser(), argparse.ArgumentParser)
    assert callable(command.main)


def test_defaults_are_those_of_the_options():
    arguments = prepare.build_parser().parse_args(["clip.mp4", "--output", "dataset"])
    assert options_of(arguments) == PrepareOptions()
    arguments = evaluate.build_parser().parse_args(["--dataset", "dataset"])
    options = EvaluationOptions(Path("out"), model=Path("run"), dataset=Path("dataset"))
    for name in ("limit", "batch_size", "names", "resize", "last_panel", "fid_against"):
        assert getattr(arguments, name) == getattr(options, name)
    arguments = augment.build_parser().parse_args(["--dataset", "dataset", "--output", "out"])
    options = AugmentationOptions(Path("out"))
    for name in ("poses_per_image", "seed", "same_camera", "batch_size"):
        assert getattr(arguments, name) == getattr(options, name)
