"""Ctrl-C ends a command at any time; it prints "interrupted", and no process prints a traceback."""

import os
import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def start(*arguments, **options):
    # In a shell's background job Ctrl-C is ignored, which child processes would inherit.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **options,
        )
    finally:
        signal.signal(signal.SIGINT, before)


# Replacements for slow modules: they announce their import and then wait.
SLOW = """
import sys, time
sys.orig_argv = [sys.executable, "-m", "deformable_gan.prepare"]
class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            print("importing", flush=True)
            time.sleep(60)
import deformable_gan
sys.meta_path.insert(0, Slow())
from deformable_gan.cli import import_tensorflow, run_command
{then}
"""
IN_A_VERB = "raise SystemExit(run_command(lambda argv: import_tensorflow()))"


@pytest.mark.parametrize(
    ("module", "then"),
    [
        ("deformable_gan.cli", ""),
        ("keras", IN_A_VERB),
        ("deformable_gan.config", "def main(argv): import deformable_gan.config\\n"),
    ],
)
def test_while_it_is_loaded(module, then):
    if then.startswith("def"):
        then = f"{then.strip()[:-2]}\nraise SystemExit(run_command(main))"
    process = start("-c", SLOW.format(module=module, then=then))
    assert process.stdout.readline() == "importing\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == "interrupted\n"


def test_programs_that_import_the_package_keep_their_own_way():
    code = "import signal, deformable_gan as d; print(signal.getsignal(signal.SIGINT).__name__)"
    process = start("-c", code)
    out, errors = process.communicate(timeout=60)
    assert out == "default_int_handler\n", errors


@pytest.mark.slow
@pytest.mark.parametrize("delay", [0.1, 0.25, 0.6])
def test_at_some_moments(delay, tmp_path):
    process = start("-m", "deformable_gan.prepare", tmp_path, "--output", tmp_path / "data")
    time.sleep(delay)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    # Errors before Python imports this package are not tested.
    if "deformable_gan" in errors:
        assert "Traceback" not in errors


def _report_state(connection):
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    connection.send(signal.SIGINT in blocked)


def test_workers_do_not_hear_it():
    import multiprocessing

    from deformable_gan.data.preparing.worker_process import _without_interruptions

    near, far = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_report_state, args=(far,))
    with _without_interruptions():
        process.start()
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert near.poll(60)
    assert near.recv() is True
    process.join()
