import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.devices.graph_optimizer import set_remapper, without_remapper

FAILED = "remapper failed"


def is_on():
    return tf.config.optimizer.get_experimental_options().get("remapping", True)


def test_it_is_off_in_the_context_and_only_there():
    set_remapper(True)

    @without_remapper()
    def inner():
        return is_on()

    with without_remapper():
        assert not is_on()
        assert not inner()  # nested, as when training computes scores
        assert not is_on()
    assert is_on()


@pytest.fixture
def run():
    """Return a function that runs Python with TensorFlow's full log and returns the output.

    TensorFlow 2.20 reports the remapper's failure at any log level, TensorFlow 2.21 at level 0
    only.
    """

    def run(*arguments):
        result = subprocess.run(
            [sys.executable, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "0"},
        )
        return result.stderr + result.stdout

    return run


# The remapper fails even on the smallest networks' training step, as the second training shows.
TRAIN_TWICE = """
import contextlib, sys
from deformable_gan.cli import import_tensorflow
from deformable_gan.training import fitting
import_tensorflow()
from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.training.run_directory import RunDirectory
from deformable_gan.training.session import train

dataset, trained, first, second = sys.argv[1:]
config = RunDirectory(trained).read_config()

def train_to(path):
    train(config, DatasetFolder(dataset), RunDirectory(path), vgg19="random", jit_compile=False)

train_to(first)
print("now with the pass", file=sys.stderr, flush=True)
fitting.without_remapper = contextlib.nullcontext
train_to(second)
"""


@pytest.mark.slow
def test_training_does_not_report_that_it_has_failed(run, tiny_run, dancers, tmp_path):
    written = run("-c", TRAIN_TWICE, dancers.path, tiny_run.path, tmp_path / "a", tmp_path / "b")
    without, _, with_it = written.partition("now with the pass")
    assert FAILED not in without
    # If the remapper no longer fails, `without_remapper` is no longer needed.
    assert FAILED in with_it


def test_images_are_generated_without_it(tiny_generator, monkeypatch):
    from deformable_gan.inference import make_generate

    seen = []
    monkeypatch.setattr(tf, "function", lambda *_, **__: lambda inputs: seen.append(is_on()))
    generate = make_generate(tiny_generator)
    monkeypatch.undo()
    # Two images, because a single first image is generated without a graph.
    images = np.zeros((2, 64, 36, 3), np.uint8)
    joints = np.zeros((2, 17, 3), np.float32)
    set_remapper(True)
    with pytest.raises(AttributeError, match="NoneType"):  # the stand-in returns no images
        generate(images, joints, joints)
    assert seen == [False]
    assert is_on()


def test_exports_are_written_without_it(tiny_generator, tmp_path, monkeypatch):
    from deformable_gan.exporting import export_model as exporting

    seen = []

    def note(*_, **__):
        seen.append(is_on())
        raise ZeroDivisionError

    set_remapper(True)
    monkeypatch.setattr(exporting, "check_request", note)
    with pytest.raises(ZeroDivisionError):
        exporting.export_model(tiny_generator, None, tmp_path / "export")
    assert seen == [False]
    assert is_on()


@pytest.mark.long
def test_no_command_reports_that_it_has_failed(run, dancers, tmp_path):
    path = tmp_path / "run"

    def call(command, *arguments):
        assert FAILED not in run("-m", f"deformable_gan.{command}", *arguments)

    call(
        *("train", "--dataset", dancers.path, "--run", path, "--width", "0.25"),
        *("--epochs", "1", "--steps-per-epoch", "2"),
    )
    photo, pose = dancers.test.image_path(0), dancers.test.image_path(1)
    call("repose", "--run", path, "--source", photo, "--pose", pose, "--output", tmp_path / "a.png")
    call("export", "--run", path, "--output", tmp_path / "export", "--without-movenet")
