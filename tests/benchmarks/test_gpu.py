"""The GPU's measurements in their short form, on a CPU."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

if importlib.util.find_spec("jax") is None:
    pytest.skip("jax is not installed", allow_module_level=True)
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def test_the_short_form_measures_everything(tmp_path):
    command = [sys.executable, ROOT / "benchmarks" / "gpu.py", "--short", "--output", tmp_path]
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    environment["PYTHONPATH"] = str(ROOT)
    subprocess.run([*command, "--minutes", "20"], env=environment, check=True)
    results = json.loads((tmp_path / "gpu.json").read_text())
    assert results["failed"] == results["left out"] == []
    # Both devices compared are this CPU, so the losses are the same.
    assert max(results["differences"].values()) < 1e-5
    assert results["training"]["steps/s"] > 0
    assert [row["preset"] for row in results["rows"]] == ["demo", "demo, generator alone"]
    assert results["rows"][0]["finite"]
    assert "| `demo` | bfloat16 | 2 |" in (tmp_path / "gpu.md").read_text()
