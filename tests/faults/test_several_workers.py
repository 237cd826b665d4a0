"""Training on several devices and processes gives the result of one device, even after failures."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest

from deformable_gan.cli import run_command
from deformable_gan.train import main
from deformable_gan.training.run_directory import RunDirectory

# The demo preset has no dropout, whose seeds differ between replicas.
NETWORKS = ("--preset", "demo", "--width", 0.05, "--skip", "none")
RATE = 1e-4
# Two devices add numbers in another order, so rounding differs. The difference grows where it flips
# a sign (of an L1 distance, or before a leaky ReLU), and Adam divides every gradient by its own
# size. After twelve updates, the weights may therefore differ by up to the size of one update. A
# step that is lost or done twice would show in most weights.
WEIGHTS = RATE
# Relative to the largest moment. Adam's updates hide gradients that are wrong by a factor; its
# moments do not.
MOMENTS = 1e-2


class Trainings:
    """A launcher of the same training in one process or in several."""

    def __init__(self, dataset, steps):
        self.steps = steps
        self.start = (
            *(*NETWORKS, "--dataset", dataset.path, "--learning-rate", RATE, "--batch-size", 4),
            *("--epochs", 2, "--steps-per-epoch", steps, "--checkpoint-steps", 1),
        )

    def alone(self, *arguments):
        """Train in this process, on one device."""
        assert run_command(main, [*map(str, arguments), "--no-jit-compile"]) == 0

    def process(self, *arguments, environment=()):
        command = [sys.executable, "-m", "deformable_gan.train", *map(str, arguments)]
        environment = {**os.environ, **dict(environment)}
        environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
        return subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def two_workers(self, *arguments, only_second=()):
        """Start two processes on this machine; the second may get further arguments."""
        addresses = [f"127.0.0.1:{port}" for port in free_ports(2)]
        processes = []
        for index in range(2):
            task = {"type": "worker", "index": index}
            values = {"TF_CONFIG": json.dumps({"cluster": {"worker": addresses}, "task": task})}
            processes.append(
                self.process(
                    *(*arguments, *(only_second if index else ())),
                    *("--strategy", "multiworker"),
                    environment=values,
                )
            )
        return processes


def free_ports(count):
    with_ports = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in with_ports]
    for server in with_ports:
        server.close()
    return ports


def wait_for_step(run, step, processes):
    """Wait for the checkpoint of a step, or of a later one."""

    def newest():
        paths = run.checkpoints.paths()
        return int(paths[0].stem[-9:]) if paths else -1

    while newest() < step:
        for process in processes:
            assert process.poll() is None, process.communicate()[0]
        time.sleep(0.01)


def outputs(processes):
    """Return the processes' outputs and exit statuses, and leave no process running."""
    try:
        return [(process.communicate(timeout=240)[0], process.returncode) for process in processes]
    finally:
        for process in processes:
            process.kill()


def state(run):
    with np.load(run.checkpoints.paths()[0]) as file:
        return {name: file[name] for name in file.files if name not in ("about", "step")}


def assert_same_end(run, expected):
    """Check that integers are equal, and weights, moments and metrics equal up to rounding."""
    assert run.checkpoints.paths()[0].name == expected.checkpoints.paths()[0].name
    ours, theirs = state(run), state(expected)
    assert ours.keys() == theirs.keys()
    for group in {name.partition("/")[0] for name in theirs}:
        names = [name for name in theirs if name.startswith(f"{group}/")]
        floats = [name for name in names if theirs[name].dtype.kind == "f"]
        largest = max(np.abs(theirs[name]).max() for name in floats)
        tolerance = WEIGHTS if group in ("generator", "discriminator") else MOMENTS * largest
        for name in names:
            atol = tolerance if name in floats else 0
            np.testing.assert_allclose(ours[name], theirs[name], rtol=0, atol=atol, err_msg=name)
    # Interruptions do not restart the running means of an epoch.
    for one, other in zip(metrics(run), metrics(expected), strict=True):
        assert one == pytest.approx(other, rel=1e-4)


def metrics(run):
    return [json.loads(line) for line in run.metrics_file.read_text().splitlines()]


@pytest.fixture(scope="module")
def trainings(dancers):
    return Trainings(dancers, steps=6)


@pytest.fixture(scope="module")
def alone(trainings, tmp_path_factory):
    """The training on one device, in one piece."""
    run = RunDirectory(tmp_path_factory.mktemp("alone") / "run")
    trainings.alone(*trainings.start, "--run", run.path)
    return run


@pytest.mark.slow
def test_a_worker_killed_and_both_resumed(trainings, alone, tmp_path):
    run = RunDirectory(tmp_path / "run")
    chief, worker = trainings.two_workers(*trainings.start, "--run", run.path)
    wait_for_step(run, 3, (chief, worker))
    worker.kill()
    (printed, status), _ = outputs((chief, worker))
    assert status == 1
    assert "error: another worker has ended or cannot be reached" in printed
    assert "--resume" in printed
    assert "Traceback" not in printed

    processes = trainings.two_workers("--resume", run.path)
    (chief, chief_status), (worker, worker_status) = outputs(processes)
    assert (chief_status, worker_status) == (0, 0), chief + worker
    assert f"continuing {run.path} after step" in chief
    assert "held-out pairs" in chief
    # TensorFlow 2.20 adds lines of its own: `WARNING: All log …`, `I0000 …`.
    own = [
        line for line in worker.splitlines()[1:] if not re.match(r"WARNING: All|[IWEF]\d{4} ", line)
    ]
    assert own
    for line in own:
        assert line.startswith("[worker 2/2] ")
    assert_same_end(run, alone)


@pytest.mark.slow
def test_two_devices_then_one(trainings, alone, tmp_path):
    """A training on two devices that a signal stops is resumed on one device."""
    run = RunDirectory(tmp_path / "run")
    devices = ("--strategy", "mirrored", "--devices", 2)
    process = trainings.process(*trainings.start, *devices, "--run", run.path)
    wait_for_step(run, 3, [process])
    process.send_signal(signal.SIGTERM)
    ((printed, status),) = outputs([process])
    assert status == 128 + signal.SIGTERM, printed
    assert f"continue with --resume {run.path}" in printed
    trainings.alone("--resume", run.path)
    assert_same_end(run, alone)


@pytest.mark.long
@pytest.mark.parametrize("victim", [0, 1])
def test_ctrl_c_in_one_process_stops_both_at_the_same_step(trainings, alone, tmp_path, victim):
    """A single device then resumes the training."""
    run = RunDirectory(tmp_path / "run")
    processes = trainings.two_workers(*trainings.start, "--run", run.path)
    wait_for_step(run, 3, processes)
    processes[victim].send_signal(signal.SIGINT)
    steps = set()
    for printed, status in outputs(processes):
        assert status == 128 + signal.SIGINT, printed
        steps.add(re.search(r"everything up to step (\d+) is saved", printed)[1])
    assert {int(step) for step in steps} == {int(run.checkpoints.paths()[0].stem[-9:])}
    trainings.alone("--resume", run.path)
    assert_same_end(run, alone)


@pytest.mark.long
def test_the_chief_killed(trainings, tmp_path):
    run = RunDirectory(tmp_path / "run")
    chief, worker = trainings.two_workers(*trainings.start, "--run", run.path)
    wait_for_step(run, 3, (chief, worker))
    chief.kill()
    _, (printed, status) = outputs((chief, worker))
    assert status == 1
    assert "error: another worker has ended or cannot be reached" in printed
    assert "Traceback" not in printed


@pytest.mark.long
def test_workers_that_were_told_different_things(trainings, tmp_path):
    other = ("--learning-rate", 0.5)
    arguments = (*trainings.start, "--run", tmp_path / "run")
    for printed, status in outputs(trainings.two_workers(*arguments, only_second=other)):
        assert status == 1
        assert "error: the workers do not agree on config: give all of them the same" in printed
        assert "Traceback" not in printed
