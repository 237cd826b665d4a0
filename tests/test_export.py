"""The exporting command; the tests of its output are in exporting/."""

import importlib.util
import re
import shutil

import pytest

from deformable_gan import export as command
from deformable_gan.errors import PoseError
from deformable_gan.exporting.drift import Drift
from deformable_gan.exporting.formats import FORMAT_NAMES
from deformable_gan.exporting.trained_generator import _manifests
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.training.run_directory import RunDirectory


@pytest.fixture
def run_export(call_command):
    def run(run, output, *options):
        return call_command(command.main, "--run", run, "--output", output, *options)

    return run


def test_it_says_what_was_exported(tiny_export, tiny_run):
    path, printed = tiny_export
    lines = printed.splitlines()
    assert lines[0] == f"{path}: generator of {tiny_run.path} after 2 steps"
    difference = re.match(r"savedmodel: saved_model\.pb; .* differs .* by at most (\S+),", lines[1])
    assert 0 <= float(difference[1]) <= 1e-5
    assert "has no MoveNet inside" in lines[2]


def test_the_card_knows_the_run(tiny_export, dancers):
    card = (tiny_export[0] / "README.md").read_text()
    assert f"- `{dancers.path.name}`: synthetic dancers, drawn by a program; 8 images" in card
    assert "2 steps of 2 pairs" in card
    assert "drawn figures only" in card
    assert re.search(r"SSIM .* \| 0\.\d{3} \| 0\.\d{3} \|", card)


def test_no_run(run_export, tmp_path):
    result = run_export(tmp_path / "absent", tmp_path / "model")
    result.assert_one_error(tmp_path / "absent", "is not a run directory")


def test_run_without_checkpoint(run_export, tiny_config, tmp_path):
    run = RunDirectory(tmp_path / "run")
    run.create(tiny_config, {})
    run_export(run.path, tmp_path / "model").assert_one_error("holds no checkpoint")


def test_output_that_is_there(run_export, tiny_run, tmp_path):
    (tmp_path / "precious.txt").write_text("x")
    run_export(tiny_run.path, tmp_path).assert_one_error(tmp_path, "exists: choose another output")
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]


def test_a_movenet_that_is_not_there(run_export, tiny_run, tmp_path):
    result = run_export(tiny_run.path, tmp_path / "model", "--movenet", tmp_path / "absent")
    result.assert_one_error(tmp_path / "absent", "does not exist")
    assert list(tmp_path.iterdir()) == []


def test_no_movenet_to_be_had(run_export, tiny_run, tmp_path, monkeypatch):
    """If the default MoveNet is not available, there is a note, and the export has no MoveNet."""

    def fail(path, looks):
        raise PoseError("MoveNet is not available")

    exported = {}

    def export_model(generator, skeleton, path, formats, movenet, card, runtime):
        exported.update(formats=formats, movenet=movenet)
        return {"savedmodel": Drift(0.0, 0.0, 0.0)}

    monkeypatch.setattr(MoveNet, "load", fail)
    monkeypatch.setattr("deformable_gan.exporting.export_model.export_model", export_model)
    result = run_export(tiny_run.path, tmp_path / "model")
    assert result.status == 0
    assert result.err == "note: exporting without MoveNet: MoveNet is not available\n"
    assert "has no MoveNet inside" in result.out
    assert exported == {"formats": ["savedmodel"], "movenet": None}


def test_a_run_that_was_not_trained_here(tiny_run, tmp_path):
    """There is no manifest without a dataset, or for one that is missing or has changed."""
    assert _manifests({"converted_from": ["generator.h5"]}) == {}
    gone = {"dataset": str(tmp_path / "gone"), "dataset_checksum": "x"}
    assert _manifests(gone) == {}
    details = tiny_run.read_details()
    assert list(_manifests(details)) == ["dancers"]
    assert _manifests({**details, "dataset_checksum": "of other data"}) == {}


def test_damaged_scores(run_export, tiny_run, tmp_path):
    run = shutil.copytree(tiny_run.path, tmp_path / "run")
    (run / "scores.json").write_text("{")
    result = run_export(run, tmp_path / "model", "--without-movenet")
    result.assert_one_error("scores.json cannot be read")


def test_absent_libraries(run_export, tiny_run, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    result = run_export(tiny_run.path, tmp_path / "model", "--format", "savedmodel", "onnx")
    result.assert_one_error("--format onnx needs onnx", "deformable-gan[onnx]")


def test_of_a_preset(call_command, tiny_preset, tiny_export, tmp_path):
    """A model exported in the format `keras` can be exported again in another format."""
    options = ("--model", tiny_preset[0], "--output", tmp_path / "model", "--without-movenet")
    result = call_command(command.main, *options)
    assert (result.status, result.err) == (0, "")
    assert result.out.startswith(f"{tmp_path / 'model'}: generator of {tiny_preset[0]} after 2 ")
    assert "See the card of `tiny`" in (tmp_path / "model/README.md").read_text()
    result = call_command(command.main, "--model", tiny_export[0], "--output", tmp_path / "other")
    result.assert_one_error("holds only the formats", "--format keras")


def test_every_format_can_be_named(run_export, tmp_path):
    result = run_export(tmp_path / "absent", tmp_path / "model", "--format", *FORMAT_NAMES)
    result.assert_one_error("is not a run directory")
