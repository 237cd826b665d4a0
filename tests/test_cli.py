import argparse
import os
import subprocess
import sys

import pytest

from deformable_gan.cli import parse_image_size, run_command
from deformable_gan.errors import DatasetError, RunError


@pytest.mark.parametrize(("text", "size"), [("128x72", (128, 72)), ("64X0100", (64, 100))])
def test_image_sizes(text, size):
    assert parse_image_size(text) == size


@pytest.mark.parametrize("text", ["", "x", "large", "128", "128x", "x72", "1x2x3", "0x72", "-1x5"])
def test_no_image_sizes(text):
    with pytest.raises(argparse.ArgumentTypeError, match=f"expected HEIGHTxWIDTH.*'{text}'"):
        parse_image_size(text)


def test_success_is_zero():
    assert run_command(lambda argv: None) == 0
    assert run_command(lambda argv: 3) == 3


def test_arguments_are_handed_on():
    received = []
    run_command(received.append, ["--epochs", "3"])
    run_command(received.append)
    assert received == [["--epochs", "3"], None]


@pytest.mark.parametrize("error", [DatasetError, RunError])
def test_what_a_user_can_mend_is_one_line(error, capsys):
    def fail(argv):
        raise error("there is no dataset: make one")

    assert run_command(fail) == 1
    captured = capsys.readouterr()
    assert captured.err == "error: there is no dataset: make one\n"
    assert captured.out == ""


def test_interruption(capsys):
    def interrupted(argv):
        raise KeyboardInterrupt

    assert run_command(interrupted) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_defects_keep_their_traceback():
    def fail(argv):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_command(fail)


def test_a_reader_that_goes_away_causes_no_traceback():
    code = """
import sys
from deformable_gan.cli import run_command

def chatter(argv):
    for number in range(100_000):
        print(number)

sys.exit(run_command(chatter))
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"0\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_names_that_the_terminal_cannot_show(encoding):
    code = r"""
from deformable_gan.cli import run_command
from deformable_gan.errors import MediaError
def main(argv):
    print("done: T\u00e4nzerin \u821e.mp4 caf\udce9")
    raise MediaError("\u821e.jpg is no picture")
raise SystemExit(run_command(main))
"""
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
    )
    assert result.returncode == 1
    assert result.stdout.startswith(b"done: T")
    assert result.stdout.rstrip().endswith(b"caf\\udce9")
    assert result.stderr.startswith(b"error: ")
    assert b"Traceback" not in result.stderr
