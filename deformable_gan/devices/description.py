"""The device that a command runs on, in one line."""

import os
import sys

from deformable_gan.devices.unused_gpu import why_gpu_is_unused


def print_device() -> None:
    """Print the device on standard output, and the reason for an unused GPU on standard error."""
    print(device_line(), flush=True)
    if reason := why_gpu_is_unused():
        print(f"warning: {reason}", file=sys.stderr, flush=True)


def device_line() -> str:
    """Return which devices TensorFlow uses, such as `device: GPU Tesla T4`."""
    import tensorflow as tf

    gpus = tf.config.get_visible_devices("GPU")
    if not gpus:
        return cpu_line()
    names = [
        str(tf.config.experimental.get_device_details(gpu).get("device_name", "of unknown name"))
        for gpu in gpus
    ]
    if len(gpus) == 1:
        return f"device: GPU {names[0]}"
    return f"device: {len(gpus)} GPUs ({', '.join(names)})"


def cpu_line() -> str:
    """Return the line of a program that uses the CPU, such as `device: CPU, 2 cores`."""
    cores = core_count()
    return f"device: CPU, {cores} core{'s' if cores > 1 else ''}"


def core_count() -> int:
    """Return how many CPU cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
