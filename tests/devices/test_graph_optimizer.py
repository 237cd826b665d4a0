import os
import subprocess
import sys

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
        assert not inner()  # as scoring is called from within a training
        assert not is_on()
    assert is_on()


@pytest.mark.slow
def test_no_command_reports_that_it_has_failed(dancers, tmp_path):
    """TensorFlow 2.20 reports it whatever the log's level, 2.21 at level 0."""
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "0"}

    def run(verb, *arguments):
        result = subprocess.run(
            [sys.executable, "-m", f"deformable_gan.{verb}", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
        assert FAILED not in result.stderr + result.stdout

    path = tmp_path / "run"
    run(
        *("train", "--dataset", dancers.path, "--run", path, "--width", "0.25"),
        *("--epochs", "1", "--steps-per-epoch", "2"),
    )
    photo, pose = dancers.test.image_path(0), dancers.test.image_path(1)
    run("repose", "--run", path, "--source", photo, "--pose", pose, "--output", tmp_path / "a.png")
    run("export", "--run", path, "--output", tmp_path / "export", "--without-movenet")
