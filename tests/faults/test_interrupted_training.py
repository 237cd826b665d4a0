"""Signals, bad numbers, full disks and other processes, in the middle of an epoch."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.cli import run_command
from deformable_gan.errors import InterruptionError, RunError
from deformable_gan.training import gan as gan_module
from deformable_gan.training.loss_watch import LossWatch
from deformable_gan.training.run_directory import RunDirectory
from deformable_gan.training.stop_request import StopRequest


@pytest.fixture
def after_step(monkeypatch):
    """A function that runs an action after a training step, before anything else sees the step."""

    def arrange(step, action):
        original, counted = LossWatch.on_train_batch_end, []

        def act(callback, batch, logs=None):
            counted.append(batch)
            if len(counted) == step:
                action()
            original(callback, batch, logs)

        monkeypatch.setattr(LossWatch, "on_train_batch_end", act)

    yield arrange
    monkeypatch.undo()


def send(number):
    """Return a function that sends this process a signal and waits until it is noticed."""

    def act():
        os.kill(os.getpid(), number)
        time.sleep(0.2)

    return act


@pytest.mark.parametrize(
    ("number", "step"), [(signal.SIGTERM, 3), (signal.SIGINT, 4), (signal.SIGTERM, 6)]
)
def test_a_signal_saves_within_the_step(
    start, undisturbed, same_end, after_step, monkeypatch, tmp_path, number, step
):
    """The signal arrives in the middle of the first epoch, at its end, or in the second epoch."""
    run = RunDirectory(tmp_path / "run")
    after_step(step, send(number))
    handlers = [signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)]
    with pytest.raises(InterruptionError, match=f"everything up to step {step} is saved") as stop:
        start(run)
    assert stop.value.signal_number == number
    assert run.checkpoints.paths()[0].name == f"checkpoint-{step:09d}.npz"
    assert f"up to step {step} is saved" in run.log_file.read_text()
    assert not (run.path / ".lock").exists()
    assert [signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)] == handlers
    monkeypatch.undo()
    start(run, resume=True)
    same_end(run, undisturbed)


def test_exit_statuses(capsys):
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):

        def stopped(argv, number=number):
            raise InterruptionError("go on with --resume run", number)

        assert run_command(stopped) == status
        assert capsys.readouterr().err == "stopped: go on with --resume run\n"


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (signal.SIGINT, b"SIGINT: saving after this step; a second Ctrl-C quits at once"),
        (signal.SIGTERM, b"SIGTERM: saving after this step; Ctrl-C quits at once"),
    ],
)
def test_ctrl_c_after_a_signal_quits_at_once(number, message):
    code = (
        "import time; from deformable_gan.training.stop_request import StopRequest\n"
        "with StopRequest() as stop:\n"
        "    print('ready', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        assert process.stderr.readline().strip() == message
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 130
    finally:
        process.kill()
        process.wait()


def test_ignored_signals_stay_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with StopRequest() as stop:
            send(signal.SIGINT)()
            assert stop.signal is None
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_outside_the_main_thread_signals_are_left_alone():
    def enter():
        with StopRequest():
            handlers.append(signal.getsignal(signal.SIGTERM))

    handlers = [signal.getsignal(signal.SIGTERM)]
    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert handlers == [handlers[0]] * 2


@pytest.fixture
def poison(monkeypatch, config, dancers):
    """A function that makes the target images NaN in every batch that contains a given pair."""
    original = gan_module.images_to_floats

    def poison(pair):
        def poisoned(batch):
            bad = tf.reduce_any(batch["pair"] == pair)
            floats = original(batch)
            floats["target_image"] = tf.where(bad, np.nan, floats["target_image"])
            return floats

        monkeypatch.setattr(gan_module, "images_to_floats", poisoned)

    yield poison
    monkeypatch.undo()


def pairs_of_step(config, dancers, step):
    from deformable_gan.data.dataset_mixture import DatasetMixture
    from deformable_gan.training.pipelines import build_pipelines

    pipeline, _ = build_pipelines(config, DatasetMixture([dancers]))
    training = config.training
    batches = pipeline.training(
        training.batch_size * (1 + training.separate_batches),
        training.steps_per_epoch,
        training.seed,
        flip=True,
    )
    seen = [batch["pair"].numpy() for batch in batches.take(step)]
    return seen, pipeline


def test_bad_numbers_stop_at_once_and_name_the_batch(
    start, config, dancers, undisturbed, same_end, poison, monkeypatch, tmp_path
):
    seen, pipeline = pairs_of_step(config, dancers, 8)
    # A pair that first occurs after the second step.
    before = {int(pair) for batch in seen[:2] for pair in batch}
    step, pair = next(
        (number, int(pair))
        for number, batch in enumerate(seen, start=1)
        for pair in batch
        if int(pair) not in before
    )
    run = RunDirectory(tmp_path / "run")
    poison(pair)
    with pytest.raises(RunError, match=f"has diverged: at step {step} .* is not finite") as error:
        start(run, checkpoint_steps=1)
    for source, target in pipeline.names(seen[step - 1]):
        assert f"{source} -> {target}" in str(error.value)
        assert f"{source} -> {target}" in run.log_file.read_text()
    assert run_command(lambda argv: (_ for _ in ()).throw(error.value)) == 1
    assert run.checkpoints.paths()[0].name == f"checkpoint-{step - 1:09d}.npz"
    monkeypatch.undo()
    start(run, resume=True)
    same_end(run, undisturbed)


def test_numbers_gone_bad_behind_a_fine_loss_are_not_saved(start, after_step, tmp_path, request):
    """The loss is still finite, but an update has made weights NaN."""
    run = RunDirectory(tmp_path / "run")

    def spoil():
        model = next(iter(callbacks)).model
        weight = model.generator.trainable_variables[0]
        weight.assign(weight * np.nan)

    callbacks = []
    begin = LossWatch.on_epoch_begin
    request.getfixturevalue("monkeypatch").setattr(
        LossWatch,
        "on_epoch_begin",
        lambda self, *a: (callbacks.append(self), begin(self, *a))[1],
    )
    after_step(2, spoil)
    with pytest.raises(RunError, match=r"after step 2 generator/000.* is not finite"):
        start(run, checkpoint_steps=1)
    assert run.checkpoints.paths()[0].name == "checkpoint-000000001.npz"


def test_a_full_disk_leaves_the_checkpoint_before(
    start, undisturbed, same_end, after_step, monkeypatch, tmp_path
):
    run = RunDirectory(tmp_path / "run")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    after_step(3, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard)))
    try:
        with pytest.raises(RunError, match=r"cannot be written .*checkpoint-000000002"):
            start(run, checkpoint_steps=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert sorted(path.name for path in run.checkpoints.folder.iterdir()) == [
        *("checkpoint-000000001.npz", "checkpoint-000000002.npz"),
    ]
    monkeypatch.undo()
    start(run, resume=True)
    same_end(run, undisturbed)


def test_a_full_disk_is_noticed_before_work_starts(start, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1_000_000))
    with pytest.raises(
        RunError, match=r"needs space for 3 checkpoints of .* but only 1 MB are free"
    ):
        start(RunDirectory(tmp_path / "run"))


@pytest.fixture
def holder(tmp_path):
    """A process that holds the lock of `tmp_path/run`."""
    code = (
        "import sys, time; from pathlib import Path\n"
        "from deformable_gan.data.output_lock import output_lock\n"
        "with output_lock(Path(sys.argv[1]), 'the run'):\n"
        "    print('ready', flush=True); time.sleep(100)"
    )
    path = tmp_path / "run" / ".lock"
    process = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    yield process
    process.kill()
    process.wait()


def test_two_trainings_in_one_directory(start, undisturbed, holder, tmp_path):
    shutil.copytree(undisturbed.path, tmp_path / "run", dirs_exist_ok=True)
    run = RunDirectory(tmp_path / "run")
    for options in ({}, {"resume": True}):
        with pytest.raises(RunError, match=f"is in use by process {holder.pid}"):
            start(run, **options)
    # The lock of a dead process does not block others.
    holder.kill()
    holder.wait()
    assert (run.path / ".lock").exists()
    start(run, resume=True)
    assert not (run.path / ".lock").exists()


def test_a_start_killed_before_its_first_checkpoint_may_be_made_again(
    start, undisturbed, same_end, tmp_path
):
    run = RunDirectory(tmp_path / "run")
    (run.path / "checkpoints" / ".checkpoint-000000000.npz.writing-abc").mkdir(parents=True)
    (run.path / ".config.json.writing-abc").mkdir()
    shutil.copy(undisturbed.details_file, run.details_file)
    (run.path / ".lock").touch()
    start(run)
    same_end(run, undisturbed)


def test_a_configuration_changed_behind_the_trainings_back(start, undisturbed, tmp_path):
    run = RunDirectory(shutil.copytree(undisturbed.path, tmp_path / "run"))
    config = run.read_config()
    run.write_config(config.replace(training__learning_rate=0.5, training__flip=False))
    from deformable_gan.data.dataset_folder import DatasetFolder
    from deformable_gan.training.session import train

    dataset = DatasetFolder(run.read_details()["dataset"])
    with pytest.raises(
        RunError, match=r"config\.json is not the configuration that .* was trained with"
    ) as error:
        train(run.read_config(), dataset, run, vgg19="random", jit_compile=False, resume=True)
    assert "training.learning_rate was 0.0002, is 0.5; training.flip was true, is false" in str(
        error.value
    )
