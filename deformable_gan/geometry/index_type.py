"""The integer type that positions are computed in."""

import keras


def index_type() -> str:
    """Return the integer type for positions on the device in use.

    This is int64 where TensorFlow uses a GPU and int32 otherwise. TensorFlow keeps int32 tensors in
    the host's memory, where it needs shapes, so without XLA every position would be computed on the
    CPU and copied. Exports run on other machines and are written with no GPU in use.
    """
    if keras.backend.backend() == "tensorflow" and keras.distribution.list_devices("gpu"):
        return "int64"
    return "int32"
