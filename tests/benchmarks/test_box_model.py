"""A run is converted to a shipped model, with a card that marks missing sections."""

import importlib.util
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def box_model():
    path = ROOT / "benchmarks" / "box_model.py"
    spec = importlib.util.spec_from_file_location("box_model", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run_box_model(box_model, tiny_run, monkeypatch, capsys, tmp_path):
    def run(*options):
        command = ["box_model.py", "--run", tiny_run.path, "--name", "tiny", "--output", tmp_path]
        monkeypatch.setattr(sys, "argv", [str(part) for part in (*command, *options)])
        return box_model.main(), *capsys.readouterr()

    return run


def test_the_folder_its_card_and_what_is_printed(run_box_model, tiny_run, tmp_path):
    status, out, err = run_box_model()
    assert status == 0
    weights = tmp_path / "tiny" / "weights.npz"
    card = (tmp_path / "tiny" / "README.md").read_text(encoding="utf-8")
    size = f"{weights.stat().st_size:,}"
    assert f"{size} bytes" in out
    assert f"{size} bytes" in card
    assert int(re.search(r"at most (\d+) grey levels", out)[1]) <= 4
    # The run has scores; the other sections are missing.
    assert err == ("note: the card lacks trained_on, failures, consent, licences: give --facts\n")
    scores = json.loads(tiny_run.scores_file.read_text())["all"]
    assert f"| all | {scores['pairs']} | {scores['ssim']:.3f}" in card
    assert card.count("**Not stated yet.**") == 4
    # The generator's weights alone, counted in the newest checkpoint by NumPy.
    with np.load(max((tiny_run.path / "checkpoints").glob("checkpoint-*.npz"))) as arrays:
        shapes = {
            name: arrays[name].shape
            for name in arrays.files
            if name.startswith("generator/") and arrays[name].dtype == np.float32
        }
    assert f"{sum(int(np.prod(shape)) for shape in shapes.values()):,} parameters" in card


def test_a_model_that_is_too_large_is_an_error(run_box_model, box_model, monkeypatch):
    monkeypatch.setattr(box_model, "MOST_BYTES", 1000)
    status, _, err = run_box_model()
    assert status == 1
    assert "error: the limits are 4 grey levels and 1,000 bytes, received" in err


def test_unknown_sections_are_refused(run_box_model, tmp_path, capsys):
    facts = tmp_path / "facts.json"
    facts.write_text('{"prices": "none"}')
    with pytest.raises(SystemExit):
        run_box_model("--facts", facts)
    assert "unknown sections ['prices']" in capsys.readouterr().err
    assert not (tmp_path / "tiny").exists()


def test_the_table_of_scores(box_model):
    one = {
        "pairs": 1200,
        "ssim": 0.7184,
        "copy_ssim": 0.3755,
        "foreground_l1": 22.46,
        "copy_foreground_l1": 53.44,
    }
    last = box_model.scores_table({"clips": one}).splitlines()[-1]
    assert last == "| clips | 1,200 | 0.718 (0.376) | 22.5 (53.4) |"
