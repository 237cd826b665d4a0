"""Which integers to compute positions in."""

import keras


def index_type() -> str:
    """Return the type in which the device that is used computes positions.

    It is int32, but int64 where TensorFlow uses a GPU: TensorFlow keeps int32 numbers in the host's
    memory for the sake of shapes, so that without XLA every position would be computed on the CPU
    and copied. Exports run elsewhere, and are written where no GPU is in use.
    """
    if keras.backend.backend() == "tensorflow" and keras.distribution.list_devices("gpu"):
        return "int64"
    return "int32"
