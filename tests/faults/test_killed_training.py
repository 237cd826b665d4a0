"""Trainings killed at random moments, during saves too, and resumed until they reach the end."""

import dataclasses
import random
import subprocess
import sys
import time

import pytest

from deformable_gan.training.run_directory import RunDirectory

# Training takes a few seconds once TensorFlow is loaded. A checkpoint follows every step, so that a
# good part of that time is spent in saving.
EPOCHS, STEPS = 3, 30


def command(*arguments):
    return [sys.executable, "-m", "deformable_gan.train", *map(str, arguments), "--no-jit-compile"]


def start_command(dancers, run):
    return command(
        *("--preset", "demo", "--dataset", dancers.path, "--run", run.path, "--width", 0.05),
        *("--skip", "none", "--epochs", EPOCHS, "--steps-per-epoch", STEPS, "--batch-size", 2),
        *("--checkpoint-steps", 1),
    )


def next_command(dancers, run):
    """Return the command that starts the run, or resumes it if it exists."""
    if run.config_file.exists():
        return command("--resume", run.path, "--checkpoint-steps", 1)
    return start_command(dancers, run)


@dataclasses.dataclass
class Toll:
    """Counts of the kills and of the trainings that ended before a kill."""

    kills: int = 0
    before_training: int = 0
    during_saves: int = 0
    finished: int = 0
    steps: list = dataclasses.field(default_factory=list)


def live_and_die(arguments, run, moment, toll):
    """Start or resume a training and kill it; return whether it ended before it could be killed.

    It is killed `moment` seconds after a new checkpoint or, if `moment` is negative, -`moment`
    seconds after its start.
    """
    known = run.checkpoints.paths()[:1]
    process = subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    while moment >= 0 and process.poll() is None:
        newest = run.checkpoints.paths()[:1]
        if newest != known and "checkpoint-000000000" not in newest[0].name:
            break
        time.sleep(0.005)
    try:
        _, error = process.communicate(timeout=abs(moment))
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        toll.kills += 1
        toll.before_training += moment < 0
        toll.during_saves += any(run.checkpoints.folder.glob(".*.writing-*"))
        toll.steps.append(newest_step(run))
        return False
    assert process.returncode == 0, error
    toll.finished += 1
    return True


def newest_step(run):
    paths = run.checkpoints.paths()
    return int(paths[0].stem.rpartition("-")[2]) if paths else None


def kill_and_resume(dancers, folder, expected, same_end, kills, seed):
    rng = random.Random(seed)
    toll = Toll()
    number = 0
    while toll.kills < kills:
        run = RunDirectory(folder / f"victim-{number}")
        number += 1
        while toll.kills < kills:
            moment = rng.uniform(-6, -1) if rng.random() < 0.15 else rng.uniform(0, 1.5)
            if live_and_die(next_command(dancers, run), run, moment, toll):
                break
        else:
            last = subprocess.run(
                next_command(dancers, run), capture_output=True, text=True, check=False
            )
            assert last.returncode == 0, last.stderr
        same_end(run, expected)
        assert not list(run.path.rglob(".*"))  # locks and half-written files are gone
    return toll


@pytest.fixture(scope="module")
def expected(dancers, tmp_path_factory):
    """Return the directory of a run that was not interrupted."""
    run = RunDirectory(tmp_path_factory.mktemp("whole") / "run")
    subprocess.run(start_command(dancers, run), check=True, capture_output=True)
    return run


@pytest.mark.slow
def test_three_kills(dancers, tmp_path, expected, same_end):
    assert kill_and_resume(dancers, tmp_path, expected, same_end, 3, seed=1).kills == 3


@pytest.mark.long
@pytest.mark.parametrize("seed", [10, 11])
def test_twenty_kills(dancers, tmp_path, expected, same_end, seed):
    """Each seed has ten kills, so that two test processes can share the twenty."""
    began = time.monotonic()
    toll = kill_and_resume(dancers, tmp_path, expected, same_end, 10, seed)
    print(f"\n{toll} in {time.monotonic() - began:.0f} s")
    assert toll.kills == 10
