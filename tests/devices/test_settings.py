import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import tensorflow as tf

from deformable_gan.devices import settings
from deformable_gan.devices.description import core_count, device_line

GPUS = [SimpleNamespace(name=f"GPU:{number}") for number in range(3)]


@pytest.fixture
def three_gpus(monkeypatch):
    """Make TensorFlow list three GPUs, and record the settings that it receives."""
    told = []
    config = tf.config
    monkeypatch.setattr(config, "list_physical_devices", lambda kind: GPUS)
    monkeypatch.setattr(config, "set_visible_devices", lambda *a: told.append(("visible", *a)))
    monkeypatch.setattr(
        config.experimental, "set_memory_growth", lambda *a: told.append(("growth", *a))
    )
    return told


def test_memory_is_taken_as_it_is_needed(three_gpus, monkeypatch):
    monkeypatch.delenv("TF_FORCE_GPU_ALLOW_GROWTH", raising=False)
    settings.share_gpu_memory()
    assert three_gpus == [("growth", gpu, True) for gpu in GPUS]


@pytest.mark.parametrize("value", ["true", "false"])
def test_a_users_own_wish_decides(three_gpus, monkeypatch, value):
    monkeypatch.setenv("TF_FORCE_GPU_ALLOW_GROWTH", value)
    settings.share_gpu_memory()
    assert three_gpus == []


def test_some_gpus_of_several(three_gpus):
    settings.use_gpus(0, 3)
    assert three_gpus == []
    settings.use_gpus(1, 2)
    assert three_gpus == [("visible", GPUS[1:], "GPU")]


def test_scores_are_computed_without_tf32():
    enabled = tf.config.experimental.tensor_float_32_execution_enabled

    @settings.exact_float32()
    def score():
        return enabled()

    assert enabled()
    assert not score()
    assert enabled()

    @settings.exact_float32()
    def fail():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert enabled()


def test_scores_and_exports_are(monkeypatch):
    """Scoring and the comparison of exports run with exact float32."""
    from deformable_gan.evaluation import evaluate_images as evaluation
    from deformable_gan.exporting import export_model as exporting
    from deformable_gan.training import held_out

    seen = []

    def note(*_, **__):
        seen.append(tf.config.experimental.tensor_float_32_execution_enabled())
        raise ZeroDivisionError

    monkeypatch.setattr(evaluation, "output_lock", note)
    monkeypatch.setattr(exporting, "check_request", note)
    pipeline = SimpleNamespace(parts=None, in_order=note)
    with pytest.raises(ZeroDivisionError):
        evaluation.evaluate_images(SimpleNamespace(output=Path("x")))
    with pytest.raises(ZeroDivisionError):
        exporting.export_model(None, None, "x")
    with pytest.raises(ZeroDivisionError):
        held_out.score_held_out(None, pipeline, None)
    assert seen == [False, False, False]


def test_the_device_line(monkeypatch):
    cores = core_count()
    assert device_line() == f"device: CPU, {cores} core{'s' if cores > 1 else ''}"
    monkeypatch.setattr(
        tf.config.experimental, "get_device_details", lambda gpu: {"device_name": "Tesla T4"}
    )
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: GPUS[:1])
    assert device_line() == "device: GPU Tesla T4"
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: GPUS[:2])
    assert device_line() == "device: 2 GPUs (Tesla T4, Tesla T4)"


def test_gpus_are_hidden_before_tensorflow_looks():
    code = """
from deformable_gan.cli import import_tensorflow
import_tensorflow(gpu=False)
import os
print(os.environ["CUDA_VISIBLE_DEVICES"])
"""
    environment = {k: v for k, v in os.environ.items() if k != "CUDA_VISIBLE_DEVICES"}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert run.stdout == "-1\n"


def test_the_settings_are_made_before_tensorflow_computes():
    """The settings do not start TensorFlow's runtime, which would fix its devices."""
    code = """
from deformable_gan.cli import import_tensorflow
import_tensorflow()
import tensorflow as tf
from deformable_gan.devices.description import device_line
from deformable_gan.devices.settings import computes_on_gpu, use_gpus
device_line(), computes_on_gpu(), use_gpus(0, 1)
parts = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], parts)
print(len(tf.config.list_logical_devices("CPU")))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "2\n"
