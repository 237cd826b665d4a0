"""The page's JavaScript: its tests against the package's numbers, lint and types."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
JAVASCRIPT = ROOT / "javascript"
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node.js: apt-get install nodejs")


def run(command, **environment):
    done = subprocess.run(
        [str(part) for part in command],
        cwd=JAVASCRIPT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


def test_numbers_are_those_of_the_package(tmp_path):
    path = Path(__file__).with_name("reference.py")
    spec = importlib.util.spec_from_file_location("reference", path)
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    numbers = tmp_path / "numbers.json"
    reference.write_numbers(numbers)
    tests = sorted((JAVASCRIPT / "tests").glob("*.test.js"))
    output = run([NODE, "--test", *tests], DEFORMABLE_GAN_NUMBERS=str(numbers))
    assert "skipped 0" in output
    print(output)


@pytest.mark.skipif(
    not (JAVASCRIPT / "node_modules").is_dir(), reason="needs the tools: npm ci in javascript/"
)
def test_lint_and_types():
    run(["npm", "run", "--silent", "check"])
