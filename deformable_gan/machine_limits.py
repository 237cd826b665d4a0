"""Recognition of errors caused by the machine: full memory, a full disk, a failed GPU.

TensorFlow raises the same type of error for full memory and a full disk, and other types if a GPU
library failed first. Only the error's text distinguishes them.
"""

import errno

_FULL_DISK = ("No space left on device", "Disk quota exceeded")
_FULL_DISK_NUMBERS = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG}
_FULL_MEMORY = (
    *("OOM when allocating", "RESOURCE_EXHAUSTED", "out of memory", "Out of memory"),
    *("failed to allocate", "Failed to allocate", "ALLOC_FAILED", "Cannot allocate memory"),
    # The error of a failed copy to a GPU that has no free memory.
    "Dst tensor is not initialized",
)
# Words in the messages of CUDA's libraries and their callers, in lower case.
_DEVICE_LIBRARIES = (
    *("cudnn", "cublas", "cufft", "cusolver", "cusparse", "cuda error", "cuda_error"),
    *("dnn library", "autotuning failed", "illegal memory access", "ptxas"),
)
# The library for communication between GPUs: its errors may come from another process.
_COMMUNICATION = "nccl"
# Libraries whose errors may be caused by full memory; other errors keep their tracebacks.
_OF_LIBRARIES = ("tensorflow", "jaxlib", "jax", "cv2", "numpy", "av")


def is_full_disk(error: BaseException) -> bool:
    """Return whether an exception says that a disk or quota is full, or a file is too large."""
    if isinstance(error, OSError) and error.errno in _FULL_DISK_NUMBERS:
        return True
    return isinstance(error, Exception) and any(text in str(error) for text in _FULL_DISK)


def is_full_memory(error: BaseException) -> bool:
    """Return whether an exception says that the memory of the machine or of a GPU is full."""
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
    """Return whether an exception says that this process's GPU, or one of its libraries, failed."""
    if type(error).__module__.split(".")[0] not in ("tensorflow", "jaxlib", "jax"):
        return False
    text = str(error).lower()
    return _COMMUNICATION not in text and any(name in text for name in _DEVICE_LIBRARIES)
