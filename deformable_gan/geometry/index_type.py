"""The integer type that positions are computed in."""

import keras


def index_type() -> str:
    """Return the integer type for positions on the device in use.

    This is int64 where TensorFlow uses a GPU and int32 otherwise. TensorFlow keeps int32 tensors in
    the host's memory, because most of them are shapes; without XLA, every position would therefore
    be computed on the CPU and copied. The command `export` uses no GPU, so exports contain int32.
    """
    if keras.backend.backend() == "tensorflow" and keras.distribution.list_devices("gpu"):
        return "int64"
    return "int32"
