"""Networks converted from the original's checkpoints give the same images and probabilities."""

import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.models.from_config import build_discriminator, build_generator
from deformable_gan.models.original_weights import OriginalWeights
from deformable_gan.presets import get_preset
from deformable_gan.training.build import build_gan
from deformable_gan.training.conversion import convert_original
from deformable_gan.training.run_directory import RunDirectory


def _keypoints(positions):
    present = (positions[..., :1] != -1).astype(np.float32)
    return np.concatenate([positions.astype(np.float32), present], axis=-1)


def _expected(folder, tag):
    """Return a network's arrays by name, and its generator's inputs."""
    with np.load(folder / "networks.npz") as numbers:
        expected = {
            name.removeprefix(f"{tag}_"): numbers[name]
            for name in numbers.files
            if name.startswith(tag)
        }
    inputs = {
        "source_image": expected["source_image"].astype(np.float32),
        "source_keypoints": _keypoints(expected["source_keypoints"]),
        "target_keypoints": _keypoints(expected["target_keypoints"]),
    }
    return expected, inputs


def _difference(generated, expected):
    """Return the differences of images from the original's, where the reference has them."""
    step = generated.shape[1] // expected.shape[1]
    return np.abs(np.asarray(generated)[:, ::step, ::step] - expected)


def test_converted_networks_equal_the_original(reference_network, tmp_path):
    tag = reference_network.tag
    expected, inputs = _expected(reference_network.folder, tag)
    checkpoints = [
        OriginalWeights.read(reference_network.checkpoint(network))
        for network in ("generator", "discriminator")
    ]
    config, _ = convert_original(checkpoints, tmp_path / "run", skip=reference_network.skip)
    gan = build_gan(config, jit_compile=False)
    RunDirectory(tmp_path / "run").checkpoints.restore(gan)

    difference = _difference(gan.generator(inputs), expected["generated"])
    print(f"{tag}: generated, mean {difference.mean():.2g}, largest {difference.max():.2g}")
    # Sums of some thousand products are added in another order. A single pixel that is rounded to
    # another neighbour would raise the mean to 1e-6 to 1e-5.
    assert difference.mean() <= 1e-6
    judged = {"d_real": expected["target_image"].astype(np.float32)}
    if "d_generated" in expected:
        judged["d_generated"] = expected["generated"]
    for name, image in judged.items():
        verdict = tf.sigmoid(gan.discriminator({**inputs, "image": image}))
        difference = np.abs(verdict - expected[name])
        print(f"{tag}: {name}, largest {difference.max():.2g}")
        assert difference.max() <= 1e-6


@pytest.mark.slow
# XLA needs the dense method.
@pytest.mark.parametrize(
    ("method", "jit_compile"), [("dense", False), ("sparse", False), ("dense", True)]
)
def test_graphs_of_the_converted_generator_equal_the_original(
    reference_folder, jit_compile, method
):
    expected, inputs = _expected(reference_folder, "market_mask")
    weights = OriginalWeights.read(reference_folder / "market_mask_generator.h5")
    width = weights.convolutions[0][0].shape[-1] / 64
    generator = build_generator(get_preset("market-dsc").config.scaled(width))
    weights.assign_to(generator)
    generator.warp_method = method
    inputs = {name: tf.constant(value) for name, value in inputs.items()}
    generated = tf.function(generator, jit_compile=jit_compile)(inputs)
    difference = _difference(generated, expected["generated"])
    print(f"mean {difference.mean():.2g}, largest {difference.max():.2g}")
    # XLA fuses multiplication and addition. A few coordinates that are exact halves in the original
    # are then not exact, and their pixels come from another neighbour.
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
        ("market-full", "concatenated", 2_803_782),
        ("fashion-full", "concatenated", 2_803_782),
        ("market-full", "siamese", 2_795_591),
        ("fashion-full", "siamese", 3_004_487),
        ("market-full", "warp", 2_934_918),
        ("fashion-full", "warp", 2_934_918),
    ):
        config = get_preset(preset).config.replace(discriminator__kind=kind)
        assert build_discriminator(config).count_params() == parameters
