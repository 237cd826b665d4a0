"""The precision in which the visible devices train fastest."""

from pathlib import Path

_CPU = Path("/proc/cpuinfo")
#: Instructions of CPUs that multiply bfloat16 numbers faster than float32 ones.
_HALF = frozenset({"avx512_bf16", "amx_bf16"})
#: First generation of GPUs that computes in bfloat16 (Ampere).
_FIRST_GPU = (8, 0)


def fastest_precision(cpu_description: Path = _CPU) -> str:
    """Return `mixed_bfloat16` if all visible devices are faster in it, and otherwise `float32`.

    GPUs from Ampere on and CPUs with AVX512_BF16 or AMX are faster in bfloat16; a CPU's features
    are known on Linux only. Other devices emulate bfloat16, which is many times slower.

    Args:
        cpu_description: the file in which Linux lists the CPU's features.
    """
    import tensorflow as tf

    gpus = tf.config.get_visible_devices("GPU")
    if gpus:
        generations = [
            tf.config.experimental.get_device_details(gpu).get("compute_capability", (0, 0))
            for gpu in gpus
        ]
        fast = all(generation >= _FIRST_GPU for generation in generations)
    else:
        fast = bool(_HALF & cpu_features(cpu_description))
    return "mixed_bfloat16" if fast else "float32"


def cpu_features(cpu_description: Path = _CPU) -> frozenset[str]:
    """Return the CPU's features as Linux names them; none on other systems."""
    try:
        lines = cpu_description.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() == "flags":
            return frozenset(value.split())
    return frozenset()
