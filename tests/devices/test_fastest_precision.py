"""The precision that `--precision auto` takes."""

import pytest
import tensorflow as tf

from deformable_gan.devices.fastest_precision import cpu_features, fastest_precision


def _described(folder, flags):
    path = folder / "cpuinfo"
    path.write_text(f"processor\t: 0\nmodel name\t: A: B\nflags\t\t: {flags}\nbogomips\t: 1\n")
    return path


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("fpu avx512f avx512_bf16", "mixed_bfloat16"),
        ("fpu amx_bf16 amx_tile", "mixed_bfloat16"),
        ("fpu avx2 avx512f", "float32"),
    ],
)
def test_cpus_are_known_by_their_features(flags, expected, tmp_path):
    assert fastest_precision(_described(tmp_path, flags)) == expected


def test_systems_without_a_list_of_features(tmp_path):
    assert cpu_features(tmp_path / "absent") == frozenset()
    assert fastest_precision(tmp_path / "absent") == "float32"


@pytest.mark.parametrize(
    ("generation", "expected"), [((7, 5), "float32"), ((9, 0), "mixed_bfloat16")]
)
def test_gpus_are_known_by_their_generation(generation, expected, monkeypatch, tmp_path):
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: ["a GPU"])
    monkeypatch.setattr(
        tf.config.experimental,
        "get_device_details",
        lambda gpu: {"compute_capability": generation},
    )
    assert fastest_precision(tmp_path / "absent") == expected
