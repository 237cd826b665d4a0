import json
from types import SimpleNamespace

import pytest

from deformable_gan.config import TrainingConfig
from deformable_gan.errors import ConfigurationError
from deformable_gan.training.build import build_gan
from deformable_gan.training.replicas import Replicas


def test_one_device_by_itself(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    for strategy in ("single", "auto"):
        assert Replicas.open(strategy) == Replicas(None, 0, 1)
    replicas = Replicas()
    assert replicas.is_chief
    assert replicas.count == 1
    replicas.require_usable(TrainingConfig(batch_size=3, accumulate=2, precision="mixed_float16"))
    replicas.require_agreement({"step": 1})


def test_a_cluster_of_one_is_no_cluster_to_auto(monkeypatch):
    task = {"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(task))
    assert Replicas.open("auto") == Replicas()


def test_only_the_first_is_chief():
    assert [Replicas(None, index, 3).is_chief for index in range(3)] == [True, False, False]


@pytest.mark.parametrize(
    ("strategy", "devices", "message"),
    [
        ("multiworker", None, "needs the environment variable TF_CONFIG"),
        ("multiworker", 2, "--devices works with --strategy mirrored only"),
        ("single", 2, "--devices works with --strategy mirrored only, received .* single"),
        ("mirrored", 0, "--devices must be 1 or more, received 0"),
        ("auto", 0, "--devices must be 1 or more, received 0"),
        ("mirrored", None, "found no GPU: leave out --strategy, or add --devices N"),
    ],
)
def test_what_cannot_be_opened(monkeypatch, strategy, devices, message):
    import tensorflow as tf

    monkeypatch.delenv("TF_CONFIG", raising=False)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    with pytest.raises(ConfigurationError, match=message):
        Replicas.open(strategy, devices)


def test_more_gpus_than_there_are(monkeypatch):
    import tensorflow as tf

    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["GPU:0", "GPU:1"])
    with pytest.raises(ConfigurationError, match="--devices 3 is more than the number"):
        Replicas.open("mirrored", 3)


def test_xla_is_for_one_device(tiny_config):
    replicas = Replicas(SimpleNamespace(num_replicas_in_sync=2))
    with pytest.raises(ConfigurationError, match="--jit-compile does not work with --strategy"):
        build_gan(tiny_config, jit_compile=True, replicas=replicas)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch_size": 4}, "4 pairs cannot be divided equally among 3 devices: .* such as 6"),
        ({"batch_size": 6, "accumulate": 2}, "--accumulate does not work with --strategy"),
        ({"batch_size": 6, "precision": "mixed_float16"}, "expected mixed_bfloat16 or float32"),
    ],
)
def test_steps_that_cannot_be_shared(changes, message):
    replicas = Replicas(SimpleNamespace(num_replicas_in_sync=3))
    replicas.require_usable(TrainingConfig(batch_size=6))
    with pytest.raises(ConfigurationError, match=message):
        replicas.require_usable(TrainingConfig(**changes))


@pytest.fixture
def gpus(monkeypatch):
    """A function that makes TensorFlow list some GPUs, and records each choice of visible GPUs."""
    import tensorflow as tf

    def make(count):
        found, shown = [f"GPU:{number}" for number in range(count)], []
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: found)
        monkeypatch.setattr(tf.config, "set_visible_devices", lambda some, kind: shown.append(some))
        return shown

    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return make


def test_a_run_uses_one_gpu(gpus, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    shown = gpus(4)
    assert Replicas.open("single") == Replicas()
    assert shown == [["GPU:0"]]


def test_mirrored_uses_as_many_as_it_is_told(gpus, monkeypatch):
    import tensorflow as tf

    monkeypatch.setattr(tf.distribute, "MirroredStrategy", lambda devices: devices)
    shown = gpus(4)
    assert Replicas.open("mirrored", 2).strategy == ["/device:GPU:0", "/device:GPU:1"]
    assert shown == [["GPU:0", "GPU:1"]]
    assert len(Replicas.open("mirrored").strategy) == 4
    assert len(shown) == 1


def cluster(monkeypatch, index, *hosts):
    addresses = [f"{host}:{5000 + number}" for number, host in enumerate(hosts)]
    task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(task))


@pytest.mark.parametrize(
    ("index", "own"), [(0, ["GPU:0", "GPU:1"]), (2, ["GPU:2", "GPU:3"]), (1, None)]
)
def test_workers_of_one_machine_share_its_gpus(gpus, monkeypatch, index, own):
    """Workers divide the GPUs of their machine, since NCCL refuses two processes on one GPU.

    A worker that is alone on its machine keeps all GPUs.
    """
    import tensorflow as tf

    monkeypatch.setattr(tf.distribute, "MultiWorkerMirroredStrategy", lambda: "strategy")
    cluster(monkeypatch, index, "near", "far", "near")
    shown = gpus(4)
    assert Replicas.open("multiworker") == Replicas("strategy", index, 3)
    assert shown == ([own] if own else [])


def test_more_workers_than_gpus(gpus, monkeypatch):
    import tensorflow as tf

    monkeypatch.setattr(tf.distribute, "MultiWorkerMirroredStrategy", lambda: "strategy")
    cluster(monkeypatch, 1, "near", "near")
    shown = gpus(1)
    message = r"2 workers on this machine, but only 1 GPU.*start 1 here, or set CUDA_VISIBLE_DEV"
    with pytest.raises(ConfigurationError, match=message):
        Replicas.open("multiworker")
    # If the variable is set, the user has assigned the GPUs.
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    Replicas.open("multiworker")
    assert shown == []


def test_only_what_another_process_did_is_blamed_on_it():
    import tensorflow as tf

    from deformable_gan.errors import RunError

    replicas = Replicas("strategy", 0, 2)
    with pytest.raises(RunError, match="another worker has ended"), replicas.noticing_losses():
        raise tf.errors.InternalError(None, None, "Collective ops is aborted: connection reset")
    for text in ("cuDNN launch failure", "Dst tensor is not initialized."):
        with pytest.raises(tf.errors.InternalError), replicas.noticing_losses():
            raise tf.errors.InternalError(None, None, text)
