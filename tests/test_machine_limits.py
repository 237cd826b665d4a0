import errno

import pytest

from deformable_gan.cli import run_command
from deformable_gan.machine_limits import is_device_failure, is_full_disk, is_full_memory


def errors_of_memory():
    import tensorflow as tf

    return [
        MemoryError("Unable to allocate 3.64 TiB for an array"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor with shape[9]"),
        tf.errors.InternalError(None, None, "Dst tensor is not initialized."),
        tf.errors.InternalError(None, None, "RESOURCE_EXHAUSTED: Out of memory while trying to …"),
        tf.errors.UnknownError(None, None, "CUDNN_STATUS_ALLOC_FAILED"),
    ]


def errors_of_disk():
    import tensorflow as tf

    return [
        OSError(errno.ENOSPC, "No space left on device", "model.h5"),
        OSError("Can't write data (errno = 28, error message = 'No space left on device')"),
        tf.errors.ResourceExhaustedError(None, None, "variables/x.data; No space left on device"),
    ]


def test_memory_and_disk_are_told_apart_and_from_defects():
    import tensorflow as tf

    for error in errors_of_memory():
        assert (is_full_memory(error), is_full_disk(error)) == (True, False), error
    for error in errors_of_disk():
        assert (is_full_memory(error), is_full_disk(error)) == (False, True), error
    for error in (
        ValueError("out of memory"),
        KeyError("x"),
        OSError(errno.EACCES, "Permission denied"),
        tf.errors.InvalidArgumentError(None, None, "shapes"),
    ):
        assert not is_full_memory(error)
        assert not is_full_disk(error)


def test_a_gpus_own_failure_is_told_from_others():
    import tensorflow as tf

    for text in (
        "cuDNN launch failure : input shape ([4,64,64,3])",
        "Failed to get convolution algorithm. This is probably because cuDNN failed to initialize",
        "CUDNN_STATUS_EXECUTION_FAILED in tensorflow/stream_executor/cuda/cuda_dnn.cc(5431)",
        "DNN library initialization failed.",
        "Autotuning failed for HLO: custom-call",
        "CUDA error: an illegal memory access was encountered",
    ):
        assert is_device_failure(tf.errors.InternalError(None, None, text)), text
        assert not is_device_failure(RuntimeError(text))
    for text in (
        "Collective ops is aborted by: Connection reset by peer",
        "NCCL: unhandled cuda error",
        "something else",
    ):
        assert not is_device_failure(tf.errors.InternalError(None, None, text)), text


def test_a_failing_gpu_is_one_line(capsys):
    import tensorflow as tf

    def main(argv):
        raise tf.errors.InternalError(None, None, "cuDNN launch failure")

    assert run_command(main) == 1
    message = capsys.readouterr().err
    assert message.startswith("error: the GPU has failed (cuDNN launch failure)")
    assert "CUDA_VISIBLE_DEVICES=-1" in message
    assert message.count("\n") == 1


def test_tensorflow_without_memory_is_one_line(capsys):
    import tensorflow as tf

    def main(argv):
        tf.zeros([1 << 20, 1 << 25]).numpy()  # 128 TiB

    assert run_command(main) == 1
    message = capsys.readouterr().err
    assert message.startswith("error: not enough memory (")
    assert message.count("\n") == 1


def test_training_without_memory_names_what_helps(monkeypatch, capsys):
    from deformable_gan import train

    def fail(*_):
        raise errors_of_memory()[2]

    monkeypatch.setattr(train, "_start_from_weights", fail)
    assert run_command(train.main, []) == 1
    message = capsys.readouterr().err
    for option in ("--batch-size", "--accumulate", "--recompute"):
        assert option in message
    assert message.count("\n") == 1


@pytest.mark.parametrize("number", range(3))
def test_a_full_disk_is_one_line(capsys, number):
    def main(argv):
        raise errors_of_disk()[number]

    assert run_command(main) == 1
    message = capsys.readouterr().err
    assert message.startswith("error: a disk is full (")
    assert message.count("\n") == 1


def test_defects_keep_their_traceback():
    def main(argv):
        raise ValueError("a defect")

    with pytest.raises(ValueError, match="a defect"):
        run_command(main)
