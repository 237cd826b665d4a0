"""Why TensorFlow does not use a GPU that the machine has.

TensorFlow states the reason only in its C++ log, which the commands silence. This module checks
what TensorFlow needs, in the order in which TensorFlow needs it.
"""

import ctypes
import os
import sys
from pathlib import Path
from shutil import which

from deformable_gan.devices.settings import VISIBLE

_EXTRA = "python -m pip install 'deformable-gan[cuda]'"
_CPU = f"{VISIBLE}=-1 hides this message"
_PCI_DEVICES = Path("/sys/bus/pci/devices")
_DRIVER_GPUS = Path("/proc/driver/nvidia/gpus")
# The bridge to the Windows driver under WSL2.
_WSL_DEVICE, _WSL_DRIVER = Path("/dev/dxg"), Path("/usr/lib/wsl/lib/libcuda.so.1")
_CONTAINER_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))
_NVIDIA, _DISPLAY_CLASS = "0x10de", "0x03"
_DRIVER = "libcuda.so.1"


def why_gpu_is_unused() -> str | None:
    """Return in one sentence why an NVIDIA GPU is not used, and what to do.

    Returns:
        The sentence; None if TensorFlow finds a GPU, if the machine has no NVIDIA GPU, or if
        CUDA_VISIBLE_DEVICES hides all GPUs.
    """
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU") or os.environ.get(VISIBLE) in ("", "-1"):
        return None
    if not has_nvidia_gpu():
        return None
    reason, remedy = diagnose(tf.sysconfig.get_build_info())
    return f"this machine's NVIDIA GPU is not used, because {reason}: {remedy} ({_CPU})"


def has_nvidia_gpu() -> bool:
    """Return whether the machine has an NVIDIA GPU, whether or not it can be used."""
    if sys.platform == "win32":
        return which("nvidia-smi") is not None
    if _WSL_DEVICE.exists() and _WSL_DRIVER.exists():
        return True
    if _DRIVER_GPUS.is_dir() and any(_DRIVER_GPUS.iterdir()):
        return True
    return any(
        _text(device / "vendor") == _NVIDIA and _text(device / "class").startswith(_DISPLAY_CLASS)
        for device in (_PCI_DEVICES.iterdir() if _PCI_DEVICES.is_dir() else ())
    )


def diagnose(build: dict) -> tuple[str, str]:
    """Return why CUDA cannot be used here, and what to do about it.

    Args:
        build: how TensorFlow was built; see `tf.sysconfig.get_build_info`.
    """
    if sys.platform == "win32":
        return "TensorFlow uses GPUs on Linux only", "run this in WSL2, Linux on Windows"
    if not build.get("is_cuda_build"):
        return "this TensorFlow is built without CUDA", f"{_EXTRA} in a new environment"
    driver = _load(_DRIVER)
    if driver is None:
        if any(mark.exists() for mark in _CONTAINER_MARKS):
            return (
                "this container does not see its driver",
                "start it with `docker run --gpus all`, which needs the NVIDIA Container Toolkit",
            )
        return f"its driver is not installed ({_DRIVER})", "install NVIDIA's driver, then restart"
    if status := driver.cuInit(0):
        return (
            f"its driver does not start ({_error_name(driver, status)})",
            "restart the machine if the driver has been updated; otherwise run `nvidia-smi`",
        )
    version, wanted = _driver_version(driver), _major(build.get("cuda_version", "0"))
    if version // 1000 < wanted:
        return (
            f"its driver is for CUDA {version // 1000}.{version % 1000 // 10} and TensorFlow is "
            f"for CUDA {wanted}",
            "update NVIDIA's driver",
        )
    if missing := missing_libraries(build):
        return f"CUDA's libraries are missing ({', '.join(missing)})", _EXTRA
    return (
        "TensorFlow refuses it",
        "set TF_CPP_MIN_LOG_LEVEL=0 and repeat the command to see TensorFlow's own reasons",
    )


def missing_libraries(build: dict) -> list[str]:
    """Return which of the libraries that TensorFlow loads are missing.

    Args:
        build: how TensorFlow was built; see `tf.sysconfig.get_build_info`.
    """
    cuda, cudnn = _major(build.get("cuda_version", "0")), build.get("cudnn_version", "0")
    # The versions of cuFFT and cuSOLVER are one behind CUDA's.
    wanted = [f"libcublas.so.{cuda}", f"libcudnn.so.{_major(cudnn)}", f"libcufft.so.{cuda - 1}"]
    wanted += [f"libcusolver.so.{cuda - 1}", f"libcusparse.so.{cuda}"]
    # pip installs the libraries here, and TensorFlow searches here first.
    folders = [Path(entry) / "nvidia" for entry in sys.path if entry]
    return [
        name
        for name in wanted
        if not any(any(folder.glob(f"*/lib/{name}")) for folder in folders) and _load(name) is None
    ]


def _load(name: str) -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(name)
    except OSError:
        return None


def _error_name(driver: ctypes.CDLL, status: int) -> str:
    name = ctypes.c_char_p()
    if hasattr(driver, "cuGetErrorName") and not driver.cuGetErrorName(status, ctypes.byref(name)):
        return (name.value or b"").decode() or f"error {status}"
    return f"error {status}"


def _driver_version(driver: ctypes.CDLL) -> int:
    """Return the newest CUDA version that the driver can run, such as 12040."""
    version = ctypes.c_int()
    driver.cuDriverGetVersion(ctypes.byref(version))
    return version.value


def _major(version: str) -> int:
    """Return the first number of a version, such as CUDA's "12.5.1" or cuDNN's "9"."""
    first = str(version).partition(".")[0]
    return int(first) if first.isdecimal() else 0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
