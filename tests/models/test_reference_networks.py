"""Whole networks of the original, from its checkpoints: the same images, the same verdicts."""

import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.models.from_config import build_discriminator, build_generator
from deformable_gan.models.original_weights import OriginalWeights
from deformable_gan.presets import get_preset
from deformable_gan.training.build import build_gan
from deformable_gan.training.conversion import convert_original
from deformable_gan.training.run_directory import RunDirectory

TAGS = ("market_mask", "market_full", "market_none", "fashion_mask", "market_sim", "market_warp")


def _keypoints(positions):
    present = (positions[..., :1] != -1).astype(np.float32)
    return np.concatenate([positions.astype(np.float32), present], axis=-1)


@pytest.fixture(scope="module")
def networks(shared):
    """A function that gives a tag's checkpoints, inputs and expected outputs."""
    folder = shared / "reference"
    with np.load(folder / "networks.npz") as numbers:
        arrays = dict(numbers)

    def get(tag):
        def array(name):
            return arrays[f"{tag}_{name}"]

        checkpoints = [
            OriginalWeights.read(folder / f"{tag}_{network}.h5")
            for network in ("generator", "discriminator")
        ]
        inputs = {
            "source_image": array("source_image").astype(np.float32),
            "source_keypoints": _keypoints(array("source_keypoints")),
            "target_keypoints": _keypoints(array("target_keypoints")),
        }
        judged = {
            "d_generated": array("generated"),
            "d_real": array("target_image").astype(np.float32),
        }
        return checkpoints, inputs, array, judged

    return get


@pytest.mark.parametrize("tag", TAGS)
def test_converted_networks_equal_the_original(networks, tag, tmp_path):
    checkpoints, inputs, expected, judged = networks(tag)
    config, _ = convert_original(
        checkpoints, tmp_path / "run", skip="full" if tag == "market_full" else "mask"
    )
    gan = build_gan(config, jit_compile=False)
    RunDirectory(tmp_path / "run").checkpoints.restore(gan)

    difference = np.abs(gan.generator(inputs) - expected("generated"))
    print(f"{tag}: generated, mean {difference.mean():.2g}, largest {difference.max():.2g}")
    # Sums of some thousand products in another order. One pixel that is rounded to another
    # neighbour would already show in the mean as 1e-6 to 1e-5.
    assert difference.mean() <= 1e-6
    for name, image in judged.items():
        verdict = tf.sigmoid(gan.discriminator({**inputs, "image": image}))
        difference = np.abs(verdict - expected(name))
        print(f"{tag}: {name}, largest {difference.max():.2g}")
        assert difference.max() <= 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("jit_compile", [False, True], ids=["graph", "xla"])
@pytest.mark.parametrize("method", ["dense", "sparse"])
def test_graphs_of_the_converted_generator_equal_the_original(networks, jit_compile, method):
    if jit_compile and method == "sparse":
        pytest.skip("XLA needs the dense method")
    (weights, _), inputs, expected, _ = networks("market_mask")
    config = get_preset("market-dsc").config.scaled(1 / 16)
    generator = build_generator(config)
    weights.assign_to(generator)
    generator.warp_method = method
    inputs = {name: tf.constant(value) for name, value in inputs.items()}
    generated = tf.function(generator, jit_compile=jit_compile)(inputs)
    difference = np.abs(generated - expected("generated"))
    print(f"mean {difference.mean():.2g}, largest {difference.max():.2g}")
    # XLA fuses multiplication and addition, so that a few coordinates that are exactly halves in
    # the original are not, and their pixels come from the neighbour.
    assert difference.mean() <= (3e-4 if jit_compile else 1e-6)


def test_parameter_counts_of_the_generators():
    for preset, parameters in {
        "market-baseline": 36_072_533,
        "market-full": 61_109_085,
        "fashion-baseline": 48_655_449,
        "fashion-full": 82_080_611,
    }.items():
        assert build_generator(get_preset(preset).config).count_params() == parameters


def test_parameter_counts_of_the_discriminators():
    for preset, kind, parameters in (
        ("market-full", "call", 2_803_782),
        ("fashion-full", "call", 2_803_782),
        ("market-full", "sim", 2_795_591),
        ("fashion-full", "sim", 3_004_487),
        ("market-full", "warp", 2_934_918),
        ("fashion-full", "warp", 2_934_918),
    ):
        config = get_preset(preset).config.replace(discriminator__kind=kind)
        assert build_discriminator(config).count_params() == parameters
