"""The reason for an unused GPU is found, on simulated machines with stand-ins for libraries."""

import ctypes
import sys
from types import SimpleNamespace

import pytest

from deformable_gan.devices import unused_gpu
from deformable_gan.devices.description import print_device

BUILD = {"is_cuda_build": True, "cuda_version": "12.5.1", "cudnn_version": "9"}
LIBRARIES = (
    *("libcublas.so.12", "libcudnn.so.9", "libcufft.so.11"),
    *("libcusolver.so.11", "libcusparse.so.12"),
)


class Driver:
    """A stand-in for the part of libcuda that is used."""

    def __init__(self, status=0, version=12080, name=b"CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"):
        self._status, self._version, self._name = status, version, name

    def cuInit(self, flags):  # noqa: N802
        return self._status

    def cuDriverGetVersion(self, version):  # noqa: N802
        version._obj.value = self._version
        return 0

    def cuGetErrorName(self, status, name):  # noqa: N802
        name._obj.value = self._name
        return 0


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A Linux machine with a GPU on its bus, and with the libraries that the test adds."""
    card = tmp_path / "pci" / "0000:00:04.0"
    card.mkdir(parents=True)
    (card / "vendor").write_text("0x10de\n")
    (card / "class").write_text("0x030200\n")
    monkeypatch.setattr(unused_gpu, "_PCI_DEVICES", card.parent)
    monkeypatch.setattr(unused_gpu, "_DRIVER_GPUS", tmp_path / "none")
    monkeypatch.setattr(unused_gpu, "_WSL_DEVICE", tmp_path / "none")
    monkeypatch.setattr(unused_gpu, "_CONTAINER_MARKS", (tmp_path / "container",))
    monkeypatch.setattr(sys, "path", [str(tmp_path / "packages")])
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    libraries = {}
    monkeypatch.setattr(unused_gpu, "_load", libraries.get)
    return SimpleNamespace(folder=tmp_path, card=card, libraries=libraries)


def test_no_gpu_no_word(machine):
    (machine.card / "vendor").write_text("0x8086\n")
    assert not unused_gpu.has_nvidia_gpu()
    (machine.card / "vendor").write_text("0x10de\n")
    assert unused_gpu.has_nvidia_gpu()
    (machine.card / "class").write_text("0x040300\n")  # a card's audio device
    assert not unused_gpu.has_nvidia_gpu()


def test_no_driver(machine):
    assert unused_gpu.diagnose(BUILD) == (
        "its driver is not installed (libcuda.so.1)",
        "install NVIDIA's driver, then restart",
    )


def test_a_container_without_it(machine):
    (machine.folder / "container").touch()
    reason, remedy = unused_gpu.diagnose(BUILD)
    assert "container" in reason
    assert "docker run --gpus all" in remedy


def test_a_driver_that_does_not_start(machine):
    machine.libraries["libcuda.so.1"] = Driver(status=803)
    reason, remedy = unused_gpu.diagnose(BUILD)
    assert "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH" in reason
    assert "nvidia-smi" in remedy


def test_an_old_driver(machine):
    machine.libraries["libcuda.so.1"] = Driver(version=11040)
    assert unused_gpu.diagnose(BUILD) == (
        "its driver is for CUDA 11.4 and TensorFlow is for CUDA 12",
        "update NVIDIA's driver",
    )


def test_missing_libraries(machine):
    machine.libraries["libcuda.so.1"] = Driver()
    reason, remedy = unused_gpu.diagnose(BUILD)
    assert reason == f"CUDA's libraries are missing ({', '.join(LIBRARIES)})"
    assert remedy == "python -m pip install 'deformable-gan[cuda]'"
    # One library is missing; then it is in the folder where pip installs it.
    machine.libraries |= dict.fromkeys(LIBRARIES[1:], object())
    folder = machine.folder / "packages" / "nvidia" / "cublas" / "lib"
    assert unused_gpu.missing_libraries(BUILD) == ["libcublas.so.12"]
    folder.mkdir(parents=True)
    (folder / "libcublas.so.12").touch()
    assert unused_gpu.missing_libraries(BUILD) == []
    assert "TF_CPP_MIN_LOG_LEVEL=0" in unused_gpu.diagnose(BUILD)[1]


def test_a_tensorflow_without_cuda(machine):
    reason, remedy = unused_gpu.diagnose({"is_cuda_build": False})
    assert "without CUDA" in reason
    assert "deformable-gan[cuda]" in remedy


def test_windows(machine, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(unused_gpu, "which", {"nvidia-smi": "C:/nvidia-smi.exe"}.get)
    assert unused_gpu.has_nvidia_gpu()
    assert "WSL2" in unused_gpu.diagnose(BUILD)[1]


def test_wsl(machine, monkeypatch):
    for path in (machine.card / "vendor", machine.card / "class"):
        path.unlink()
    assert not unused_gpu.has_nvidia_gpu()
    for name in ("_WSL_DEVICE", "_WSL_DRIVER"):
        (machine.folder / name).touch()
        monkeypatch.setattr(unused_gpu, name, machine.folder / name)
    assert unused_gpu.has_nvidia_gpu()


def test_one_sentence_with_a_remedy(machine, capsys):
    print_device()
    printed = capsys.readouterr()
    assert printed.out.startswith("device: CPU, ")
    assert printed.err == (
        "warning: this machine's NVIDIA GPU is not used, because its driver is not installed "
        "(libcuda.so.1): install NVIDIA's driver, then restart (CUDA_VISIBLE_DEVICES=-1 hides "
        "this message)\n"
    )


@pytest.mark.parametrize("hidden", ["", "-1"])
def test_a_hidden_gpu_is_not_missed(machine, monkeypatch, hidden):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    assert unused_gpu.why_gpu_is_unused() is None


def test_a_gpu_in_use_is_not_missed(machine, monkeypatch):
    import tensorflow as tf

    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["a GPU"])
    assert unused_gpu.why_gpu_is_unused() is None


def test_libraries_are_really_loaded():
    assert unused_gpu._load("libc.so.6" if sys.platform == "linux" else None) is not None
    assert unused_gpu._load("libno-such-library.so.1") is None
    assert unused_gpu._error_name(ctypes.CDLL(None), 999) == "error 999"
