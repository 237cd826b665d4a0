"""Metadata, versions and file names allow an installation on every platform."""

import configparser
import re
import subprocess
from pathlib import Path, PurePath

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Windows limits a whole path to 260 characters, and the user's folder takes some of them.
_LONGEST = 150
_SETS = ROOT / ".ci" / "constraints"


@pytest.fixture(scope="module")
def setup():
    parser = configparser.RawConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def requirements(text):
    from packaging.requirements import Requirement

    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {one.name.lower(): one for one in map(Requirement, lines)}


def committed():
    """Return the paths of all committed files or, outside a checkout, of the package's files."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0:
        return [PurePath(name) for name in listed.stdout.split("\0") if name]
    return [path.relative_to(ROOT) for path in (ROOT / "deformable_gan").rglob("*.py")]


@pytest.mark.parametrize("name", ["lowest", "colab"])
def test_the_sets_that_are_tested_are_within_the_ranges(setup, name):
    allowed = requirements(setup["options"]["install_requires"])
    for extra in ("litert", "onnx"):
        allowed |= requirements(setup["options.extras_require"][extra])
    pinned = requirements((_SETS / f"{name}.txt").read_text())
    for package, pin in pinned.items():
        (version,) = pin.specifier
        if package in allowed:
            assert version.version in allowed[package].specifier, package
    assert {"tensorflow", "keras", "tensorboard", "setuptools"} <= pinned.keys()


def test_the_lowest_set_is_the_lowest(setup):
    """Each lower bound of the version ranges is a tested version."""
    allowed = requirements(setup["options"]["install_requires"])
    for extra in ("litert", "onnx"):
        allowed |= requirements(setup["options.extras_require"][extra])
    pinned = requirements((_SETS / "lowest.txt").read_text())
    for package, requirement in allowed.items():
        lower = [one.version for one in requirement.specifier if one.operator == ">="]
        (pin,) = pinned[package].specifier
        for bound in lower:
            assert re.match(rf"{re.escape(bound)}(\.|$)", pin.version), package


def test_cuda_comes_with_the_range_of_tensorflow(setup):
    plain = requirements(setup["options"]["install_requires"])["tensorflow"]
    cuda = requirements(setup["options.extras_require"]["cuda"])["tensorflow"]
    assert cuda.extras == {"and-cuda"}
    assert cuda.specifier == plain.specifier
    assert cuda.marker.evaluate({"sys_platform": "linux"})
    for platform in ("win32", "darwin"):
        assert not cuda.marker.evaluate({"sys_platform": platform})


def test_the_pythons_are_those_of_the_classifiers(setup):
    from packaging.specifiers import SpecifierSet

    allowed = SpecifierSet(setup["options"]["python_requires"])
    for minor in range(8, 20):
        line = f"Programming Language :: Python :: 3.{minor}"
        listed = line in setup["metadata"]["classifiers"].splitlines()
        assert listed == (f"3.{minor}" in allowed), line


def test_names_that_windows_takes():
    seen = set()
    for path in committed():
        assert len(str(path)) <= _LONGEST, path
        for part in path.parts:
            assert not re.search(r'[<>:"\\|?*\x00-\x1f]', part), path
            assert not part.endswith((" ", ".")), path
            device = r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?"
            assert not re.fullmatch(device, part), path
        # File names on Windows and macOS are not case-sensitive.
        assert str(path).lower() not in seen, path
        seen.add(str(path).lower())


def test_processes_are_started_afresh():
    """A forked TensorFlow hangs, and Windows and macOS do not fork."""
    for path in (ROOT / "deformable_gan").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"os\.fork|\"fork|multiprocessing\.(Pool|Process)\(", text), path
        if "ProcessPoolExecutor(" in text:
            assert 'get_context("spawn")' in text, path
            assert re.search(r"ProcessPoolExecutor\(\w+, context", text), path
        for context in re.findall(r"get_context\((.*?)\)", text):
            assert context == '"spawn"', path
