import importlib.metadata
import subprocess
import sys

import pytest

from deformable_gan.__main__ import COMMANDS, main


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "deformable_gan", *arguments], capture_output=True, text=True
    )


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_usage_lists_every_command(arguments, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["deformable-gan", *arguments])
    assert main() == 0
    output = capsys.readouterr().out
    assert output.startswith("usage: deformable-gan COMMAND")
    for command in COMMANDS:
        assert f"\n  {command} " in output


@pytest.mark.parametrize("argument", ["repoes", "--versoin"])
def test_unknown_commands_are_named(argument):
    result = run(argument)
    assert result.returncode == 2
    assert f"unknown command {argument!r}" in result.stderr
    assert "usage: deformable-gan COMMAND" in result.stderr
    assert result.stdout == ""


def test_version():
    result = run("--version")
    assert result.returncode == 0
    assert result.stdout.strip() == f"deformable-gan {importlib.metadata.version('deformable-gan')}"


def test_a_command_gets_its_arguments_and_its_errors_become_a_line(tmp_path):
    assert run("train", "--list-presets").stdout.startswith("preset ")
    result = run("train", "--preset", "nonsense")
    assert result.returncode == 1
    assert result.stderr.startswith("error: unknown preset 'nonsense': expected one of quick")
    assert result.stderr.count("\n") == 1


def test_installed_command_is_this_main():
    (command,) = (
        entry
        for entry in importlib.metadata.entry_points(group="console_scripts")
        if entry.name == "deformable-gan"
    )
    assert command.load() is main
