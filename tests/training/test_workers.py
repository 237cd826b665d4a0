import json
from types import SimpleNamespace

import pytest

from deformable_gan.config import TrainingConfig
from deformable_gan.errors import ConfigurationError
from deformable_gan.training.build import build_gan
from deformable_gan.training.workers import Workers


def test_one_device_by_itself(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    for strategy in ("single", "auto"):
        assert Workers.open(strategy) == Workers(None, 0, 1)
    workers = Workers()
    assert workers.is_chief
    assert workers.replicas == 1
    workers.require_usable(TrainingConfig(batch_size=3, accumulate=2, precision="mixed_float16"))
    workers.require_agreement({"step": 1})


def test_a_cluster_of_one_is_no_cluster_to_auto(monkeypatch):
    task = {"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(task))
    assert Workers.open("auto") == Workers()


def test_only_the_first_is_chief():
    assert [Workers(None, index, 3).is_chief for index in range(3)] == [True, False, False]


@pytest.mark.parametrize(
    ("strategy", "devices", "message"),
    [
        ("multiworker", None, "needs the environment variable TF_CONFIG"),
        ("multiworker", 2, "--devices counts what --strategy mirrored uses"),
        ("single", 2, "--devices counts what --strategy mirrored uses, received .* single"),
        ("mirrored", 0, "--devices must be 1 or more, received 0"),
        ("mirrored", None, "finds no GPU here: leave it out, or say --devices N"),
    ],
)
def test_what_cannot_be_opened(monkeypatch, strategy, devices, message):
    import tensorflow as tf

    monkeypatch.delenv("TF_CONFIG", raising=False)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    with pytest.raises(ConfigurationError, match=message):
        Workers.open(strategy, devices)


def test_more_gpus_than_there_are(monkeypatch):
    import tensorflow as tf

    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["GPU:0", "GPU:1"])
    with pytest.raises(ConfigurationError, match="--devices 3: this machine has 2 GPUs"):
        Workers.open("mirrored", 3)


def test_xla_is_for_one_device(tiny_config):
    workers = Workers(SimpleNamespace(num_replicas_in_sync=2))
    with pytest.raises(ConfigurationError, match="--jit-compile cannot be had with --strategy"):
        build_gan(tiny_config, jit_compile=True, workers=workers)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch_size": 4}, "4 pairs cannot be shared equally by 3 devices: .* such as 6"),
        ({"batch_size": 6, "accumulate": 2}, "--accumulate cannot be had with --strategy"),
        ({"batch_size": 6, "precision": "mixed_float16"}, "expected mixed_bfloat16 or float32"),
    ],
)
def test_steps_that_cannot_be_shared(changes, message):
    workers = Workers(SimpleNamespace(num_replicas_in_sync=3))
    workers.require_usable(TrainingConfig(batch_size=6))
    with pytest.raises(ConfigurationError, match=message):
        workers.require_usable(TrainingConfig(**changes))
