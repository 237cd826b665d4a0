"""The exporting verb; what it writes is looked at in exporting/test_saved_model.py."""

import re

import pytest

from deformable_gan import export as verb
from deformable_gan.training.run_directory import RunDirectory


@pytest.fixture
def run_export(call_verb):
    return lambda run, output: call_verb(verb.main, "--run", run, "--output", output)


def test_it_says_what_was_exported(tiny_export, tiny_run):
    path, printed = tiny_export
    assert printed.startswith(f"{path}: generator of {tiny_run.path} after 2 steps")
    difference = float(re.search(r"at most (\S+)\n", printed)[1])
    assert 0 <= difference <= 1e-5


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
