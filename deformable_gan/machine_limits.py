"""Telling a machine's limits, which a user can mend, from defects: full memory or disk, a bad GPU.

TensorFlow raises errors of its own for both, one type for memory and disk, and of other types where
a graphics library gave up first. Only their texts tell.
"""

import errno

_FULL_DISK = ("No space left on device", "Disk quota exceeded")
_FULL_DISK_NUMBERS = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG}
_FULL_MEMORY = (
    *("OOM when allocating", "RESOURCE_EXHAUSTED", "out of memory", "Out of memory"),
    *("failed to allocate", "Failed to allocate", "ALLOC_FAILED", "Cannot allocate memory"),
    # What is left of a copy to a GPU that has no room.
    "Dst tensor is not initialized",
)
# What CUDA's libraries and those who call them say of themselves, in lower case.
_DEVICE_LIBRARIES = (
    *("cudnn", "cublas", "cufft", "cusolver", "cusparse", "cuda error", "cuda_error"),
    *("dnn library", "autotuning failed", "illegal memory access", "ptxas"),
)
# The library that GPUs talk to each other with: its errors may be the other side's.
_COMMUNICATION = "nccl"
# Ours and the libraries' own that may be raised for want of memory; others keep their tracebacks.
_OF_LIBRARIES = ("tensorflow", "jaxlib", "jax", "cv2", "numpy", "av")


def is_full_disk(error: BaseException) -> bool:
    """Tell whether an exception says that a disk, or a user's share of one, is full."""
    if isinstance(error, OSError) and error.errno in _FULL_DISK_NUMBERS:
        return True
    return isinstance(error, Exception) and any(text in str(error) for text in _FULL_DISK)


def is_full_memory(error: BaseException) -> bool:
    """Tell whether an exception says that there is not enough memory, of the machine or a GPU."""
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    kind = type(error)
    if kind.__module__.split(".")[0] not in _OF_LIBRARIES or is_full_disk(error):
        return False
    return kind.__name__ == "ResourceExhaustedError" or any(
        text in str(error) for text in _FULL_MEMORY
    )


def is_device_failure(error: BaseException) -> bool:
    """Tell whether an exception says that this process's GPU, or a library of it, has failed."""
    if type(error).__module__.split(".")[0] not in ("tensorflow", "jaxlib", "jax"):
        return False
    text = str(error).lower()
    return _COMMUNICATION not in text and any(name in text for name in _DEVICE_LIBRARIES)
