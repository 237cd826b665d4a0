"""Imports point downward only, and commands start without TensorFlow."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import deformable_gan
from deformable_gan.__main__ import COMMANDS

ROOT = Path(deformable_gan.__file__).parent

# A room is a top-level module or subpackage. This lists the rooms that each room may import from; a
# new room needs a line here.
ROOMS = {
    "errors": set(),
    "version": set(),
    "checksums": {"errors"},
    "text_files": set(),
    "machine_limits": set(),
    "interruption": set(),
    "devices": set(),
    "cli": {"errors", "interruption", "machine_limits", "devices", "boxed"},
    "pretrained": {"errors"},
    "sharing": {"errors", "text_files", "version", "checksums"},
    "pose": {"errors", "pretrained"},
    "visualize": {"errors", "pose"},
    "config_values": {"errors"},
    "config": {"errors", "pose", "config_values"},
    "config_fields": {"errors", "config", "config_values"},
    "presets": {"errors", "config"},
    "boxed": {"errors", "text_files", "version", "config"},
    "saving": {"errors", "text_files", "config", "boxed", "sharing"},
    "on_litert": {"errors", "version", "devices", "sharing", "boxed", "pose"},
    "geometry": {"errors", "pose"},
    "layers": {"errors", "pose", "geometry"},
    "losses": {"errors", "pose", "geometry"},
    "models": {
        *("errors", "pose", "config", "saving", "geometry", "layers"),
    },
    "metrics": {"errors", "checksums", "pose", "geometry", "pretrained"},
    "backgrounds": {"errors", "pose"},
    "data": {
        *(
            "errors",
            "text_files",
            "version",
            "checksums",
            "cli",
            "pose",
            "visualize",
            "backgrounds",
        ),
    },
    "dancers": {"errors", "checksums", "pose", "data"},
    "inference": {"errors", "machine_limits", "devices", "models"},
    "training": {
        *("errors", "text_files", "version", "machine_limits", "devices", "pose", "config"),
        *(
            "config_fields",
            "boxed",
            "saving",
            "visualize",
            "geometry",
            "layers",
            "losses",
            "models",
            "metrics",
            "backgrounds",
            "data",
            "inference",
        ),
    },
    "exporting": {
        *(
            "errors",
            "machine_limits",
            "devices",
            "version",
            "checksums",
            "pose",
            "config",
            "sharing",
            "saving",
        ),
        *("geometry", "backgrounds", "models", "data", "dancers", "inference", "on_litert"),
    },
    "trained_model": {
        *("errors", "checksums", "devices", "pose", "saving", "models", "inference"),
    },
    "reposing": {
        *("errors", "text_files", "devices", "pose", "visualize", "geometry", "models"),
        *("backgrounds", "data", "dancers", "inference", "trained_model"),
        *("on_litert", "exporting"),
    },
    "web": {"errors", "pose", "visualize", "data", "training", "reposing"},
    "personalizing": {
        *("errors", "text_files", "pose", "config", "visualize", "metrics", "data", "inference"),
        *("dancers", "trained_model", "training", "reposing"),
    },
    "augmenting": {
        *("errors", "text_files", "pose", "visualize", "data", "inference", "trained_model"),
    },
    "evaluation": {
        *("errors", "text_files", "version", "checksums", "devices", "pose", "visualize"),
        *("geometry", "metrics"),
        *("pretrained", "data", "inference", "trained_model"),
    },
    "on_beam": {"errors", "checksums", "data"},
}
# The commands and the package itself may import from all rooms.
TOP = {"__init__", "__main__", *COMMANDS} - set(ROOMS)

BACKEND_FREE = ("geometry", "layers", "losses", "models")


def modules():
    return sorted(path for path in ROOT.rglob("*.py"))


def room_of(path):
    """Return the room of a file; `__main__` for every file of this name, also inside a room."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return "__main__" if parts[-1] == "__main__" else parts[0]


def imported_by(path):
    """Return the dotted names of everything that a module imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_downward(path):
    room = room_of(path)
    if room in TOP:
        return
    assert room in ROOMS, f"{room} is new: add a line to ROOMS with the rooms that it may import"
    for name in imported_by(path):
        package, _, rest = name.partition(".")
        if package == "deformable_gan":
            other = rest.split(".")[0]
            assert other == room or other in ROOMS[room], f"{room} must not import {other}"
        if room in BACKEND_FREE:
            assert package not in ("tensorflow", "tf_keras", "jax", "torch"), f"imports {package}"


def test_commands_are_no_libraries():
    """No module imports a command; the dispatchers start commands by name."""
    commands = {f"deformable_gan.{command}" for command in COMMANDS if command not in ROOMS}
    commands |= {f"deformable_gan.{command}.__main__" for command in COMMANDS if command in ROOMS}
    for path in modules():
        for name in imported_by(path):
            parents = {name.rsplit(".", up)[0] for up in range(name.count("."))}
            assert not parents & commands, f"{path} imports the command {name}"


def test_rooms_are_layered():
    """No room imports a room that imports it, however indirectly."""

    def below(room, seen=()):
        assert room not in seen, f"import cycle: {' -> '.join((*seen, room))}"
        for other in ROOMS[room]:
            below(other, (*seen, room))

    for room in ROOMS:
        below(room)


def module_name(path):
    parts = (ROOT.name, *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def circles(imports):
    """Return the cycles that a depth-first search finds in a graph, each as a list of names."""
    found, finished = [], set()

    def search(name, path):
        if name in path:
            found.append([*path[path.index(name) :], name])
        elif name not in finished:
            for other in sorted(imports[name]):
                search(other, [*path, name])
            finished.add(name)

    for name in sorted(imports):
        search(name, [])
    return found


def test_circles_are_found():
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == [["b", "c", "b"]]


def test_no_file_imports_a_file_that_imports_it():
    """Indirect imports count, and so do imports inside functions and for type checkers only."""
    files = {module_name(path): path for path in modules()}
    imports = {}
    for name, path in files.items():
        # `from a.b import c` imports the file a.b.c, or the name c of the file a.b.
        wanted = (one if one in files else one.rpartition(".")[0] for one in imported_by(path))
        imports[name] = {one for one in wanted if one in files and one != name}
    found = circles(imports)
    assert not found, "; ".join(" -> ".join(circle) for circle in found)


def test_forbidden_ways_stay_forbidden():
    upper = {"data", "training", "reposing", "exporting"}
    for room in (*BACKEND_FREE, "metrics"):
        assert not ROOMS[room] & upper
    assert "training" not in ROOMS["data"]


HEAVY = ("tensorflow", "keras", "cv2", "av", "tensorflow_hub")


def run_python(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def test_importing_the_package_is_light():
    loaded = run_python("import sys, deformable_gan; print(*sys.modules)").split()
    assert "deformable_gan" in loaded
    assert not set(HEAVY) & set(loaded)


def test_presets_and_configuration_are_light():
    loaded = run_python("import sys, deformable_gan.presets; print(*sys.modules)").split()
    assert not set(HEAVY) & set(loaded)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_quick_and_needs_no_tensorflow(command):
    code = f"""
import atexit, runpy, sys
heavy = lambda: print("HEAVY", *(m for m in {HEAVY} if m in sys.modules))
atexit.register(heavy)
sys.argv = ["{command}", "--help"]
runpy.run_module("deformable_gan.{command}", run_name="__main__")
"""
    before = os.times()
    output = run_python(code)
    after = os.times()
    seconds = (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )
    assert output.startswith("usage: ")
    assert command in output.splitlines()[0]
    assert output.splitlines()[-1] == "HEAVY", output.splitlines()[-1]
    # The CPU time does not depend on other processes: 0.1 s, or 3 s and more with TensorFlow.
    assert seconds < 2
