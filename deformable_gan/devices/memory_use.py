"""The memory in use and the memory available."""

import sys
from dataclasses import dataclass
from pathlib import Path

_CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


@dataclass(frozen=True)
class MemoryUse:
    """The memory of the device that computes, in bytes.

    Attributes:
        held: the memory in use now; the peak where the current use is unknown.
        peak: the largest use so far.
        total: the memory that can be used at most; None where it is unknown.
    """

    held: int
    peak: int
    total: int | None

    @classmethod
    def now(cls) -> "MemoryUse | None":
        """Return the memory use on the first GPU or, without a GPU, of this process.

        Returns:
            The memory use; None where the system does not report it.
        """
        import tensorflow as tf

        if tf.config.get_visible_devices("GPU"):
            use = tf.config.experimental.get_memory_info("GPU:0")
            return cls(use["current"], use["peak"], _gpu_bytes())
        return _of_process()


def _gpu_bytes() -> int | None:
    """Return how much of the first GPU's memory TensorFlow may use."""
    from tensorflow.python.client import device_lib

    devices = device_lib.list_local_devices()
    limits = [one.memory_limit for one in devices if one.device_type == "GPU"]
    return limits[0] if limits else None


def _of_process() -> MemoryUse | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak *= 1 if sys.platform == "darwin" else 1024
    held = peak
    status = Path("/proc/self/statm")
    if status.is_file():
        held = int(status.read_text().split()[1]) * resource.getpagesize()
    return MemoryUse(held, peak, _machine_bytes())


def _machine_bytes() -> int | None:
    """Return the machine's memory, or the limit of its container if that is smaller."""
    information = Path("/proc/meminfo")
    if not information.is_file():
        return None
    total = int(information.read_text().split("MemTotal:")[1].split()[0]) * 1024
    for path in _CGROUP_LIMITS:
        if path.is_file() and (limit := path.read_text().strip()).isdecimal():
            total = min(total, int(limit))
    return total
