"""Settings for how TensorFlow uses devices.

Importing this module does not import TensorFlow.
"""

import contextlib
import os
from collections.abc import Iterator

#: The environment variable with the GPUs that CUDA shows to a process; -1 hides all GPUs.
VISIBLE = "CUDA_VISIBLE_DEVICES"
_INTEROP = "TF_NUM_INTEROP_THREADS"
# Every operation of a network with this many filters keeps up to this many processors busy.
_LARGE_FILTERS, _FEW_PROCESSORS = 64, 4
_GROWTH = "TF_FORCE_GPU_ALLOW_GROWTH"


def hide_gpus() -> None:
    """Hide all GPUs from this process and those it starts; call it before importing TensorFlow."""
    os.environ[VISIBLE] = "-1"


def share_gpu_memory() -> None:
    """Let TensorFlow allocate a GPU's memory on demand and leave the rest to other processes.

    By default the first process takes all the memory. The environment variable
    TF_FORCE_GPU_ALLOW_GROWTH has precedence where it is set. Call this before TensorFlow has
    computed anything.
    """
    import tensorflow as tf

    if _GROWTH not in os.environ:
        for gpu in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, True)


def use_gpus(first: int, count: int) -> None:
    """Use some of the GPUs that TensorFlow finds and leave the others free.

    Call this before TensorFlow has computed anything. It does nothing if all GPUs are chosen.

    Args:
        first: the number of the first GPU.
        count: how many GPUs.
    """
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    chosen = gpus[first : first + count]
    if chosen != gpus:
        tf.config.set_visible_devices(chosen, "GPU")


def computes_on_gpu() -> bool:
    """Return whether TensorFlow uses a GPU."""
    import tensorflow as tf

    return bool(tf.config.get_visible_devices("GPU"))


def run_operations_in_turn(filters: int) -> bool:
    """Let TensorFlow run one operation at a time where each one keeps all processors busy.

    On CPUs TensorFlow runs operations that do not depend on each other, such as those of the two
    encoders, side by side. Large convolutions use all processors by themselves: running them one
    after the other takes the same time and less memory. Small networks and large machines need
    several operations at once, and so does a GPU. The environment variable TF_NUM_INTEROP_THREADS
    has precedence where it is set.

    Call this before TensorFlow has computed anything; it does nothing afterwards.

    Args:
        filters: number of the generator's filters at the finest level.

    Returns:
        Whether operations run one at a time.
    """
    import tensorflow as tf

    if (
        filters < _LARGE_FILTERS
        or _processors() > _FEW_PROCESSORS
        or _INTEROP in os.environ
        or computes_on_gpu()
    ):
        return False
    try:
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:  # TensorFlow has already computed something
        return False
    return True


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def exact_float32() -> Iterator[None]:
    """Multiply float32 numbers with their full precision in this context, on GPUs too.

    Otherwise, GPUs from Ampere on round the factors of convolutions and matrix products to ten bits
    (TensorFloat-32), and scores and exports differ from those of a CPU. The context manager can
    also be used as a decorator.
    """
    import tensorflow as tf

    settings = tf.config.experimental
    before = settings.tensor_float_32_execution_enabled()
    settings.enable_tensor_float_32_execution(False)
    try:
        yield
    finally:
        settings.enable_tensor_float_32_execution(before)
