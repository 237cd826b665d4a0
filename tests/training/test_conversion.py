import itertools
import json

import numpy as np
import pytest

from deformable_gan.errors import RunError
from deformable_gan.models.from_config import build_generator
from deformable_gan.models.original_weights import OriginalWeights
from deformable_gan.training.checkpoint_store import CheckpointStore
from deformable_gan.training.conversion import convert_original
from deformable_gan.training.run_directory import RunDirectory


@pytest.fixture(scope="module")
def read(reference_folder):
    """A function that reads a reference checkpoint."""

    def read(tag, network="generator"):
        return OriginalWeights.read(reference_folder / f"{tag}_{network}.h5")

    return read


def test_reads_the_configuration_off_the_shapes(reference_network, tmp_path):
    checkpoints = [
        OriginalWeights.read(reference_network.checkpoint(network))
        for network in ("discriminator", "generator")  # in any order
    ]
    config, _ = convert_original(checkpoints, tmp_path / "run", skip=reference_network.skip)
    fashion = reference_network.tag.startswith("fashion")

    def filters(*of_the_paper):
        return tuple(count // reference_network.divisor for count in of_the_paper)

    deepest = (512,) * fashion
    assert config.image_size == ((256, 256) if fashion else (128, 64))
    assert config.skeleton == "openpose18"
    assert config.generator.skip == reference_network.skip
    assert config.generator.encoder_filters == filters(64, 128, 256, 512, 512, 512, *deepest)
    assert config.generator.decoder_filters == filters(*deepest, 512, 512, 512, 256, 128)
    assert config.generator.interpolation == "nearest"
    assert config.generator.source_pose
    assert not config.generator.background
    assert config.discriminator.kind == reference_network.discriminator
    assert config.discriminator.filters == filters(64, 128, 256, 512)
    run = RunDirectory(tmp_path / "run")
    assert run.read_config() == config
    generator = build_generator(config)
    run.checkpoints.restore_generator(generator)
    np.testing.assert_array_equal(
        generator.decoder.leave.kernel, checkpoints[1].convolutions[-1][0]
    )


def test_says_what_shapes_cannot_tell(read, tmp_path):
    config, notes = convert_original([read("market_mask")], tmp_path / "run", skip="full")
    assert config.generator.skip == "full"
    assert any("'full': the shapes do not show it" in note for note in notes)
    assert any("no discriminator was given" in note for note in notes)
    _, notes = convert_original(
        [read("market_none"), read("market_none", "discriminator")], tmp_path / "baseline"
    )
    assert notes == []


def test_size_and_aggregation_can_be_said(read, tmp_path):
    config, _ = convert_original(
        [read("market_mask")], tmp_path / "run", image_size=(96, 64), aggregation="avg"
    )
    assert config.image_size == (96, 64)
    assert config.generator.aggregation == "avg"


def test_names_its_sources(read, tmp_path):
    checkpoint = read("market_none")
    convert_original([checkpoint], tmp_path / "run")
    details = json.loads((tmp_path / "run" / "run.json").read_text())
    assert details["converted_from"] == [str(checkpoint.path)]


def test_without_its_weights_there_is_no_run(tmp_path, monkeypatch):
    def full_disk(*_):
        raise RunError("no room")

    run = RunDirectory(tmp_path / "run")
    monkeypatch.setattr(CheckpointStore, "save", full_disk)
    with pytest.raises(RunError, match="no room"):
        convert_original([_generator_of(3 + 18, 18)], run.path)
    with pytest.raises(RunError, match="is not a run directory"):
        run.read_config()
    monkeypatch.undo()
    convert_original([_generator_of(3 + 18, 18)], run.path)  # now the same folder can be used
    assert run.read_config().skeleton == "openpose18"


def _generator_of(channels, pose_encoder=None, levels=6):
    """Return arrays with a generator's shapes: one or two encoders, by their input channels."""
    filters = [4, 8, 16, 32, 32, 32, 32][:levels]
    weights = OriginalWeights("made-up.h5")
    for entry in (channels,) if pose_encoder is None else (channels, pose_encoder):
        weights.convolutions.append([np.zeros((3, 3, entry, 4)), np.zeros(4)])
        for before, after in itertools.pairwise(filters):
            weights.convolutions.append([np.zeros((4, 4, before, after))])
        weights.normalizations.extend([[np.ones(1), np.zeros(1)]] * (levels - 2))
    encoders = 1 if pose_encoder is None else 2
    below = encoders * filters[-1]
    for block, skip in zip(filters[-2::-1], filters[-2::-1], strict=True):
        weights.transposed_convolutions.append([np.zeros((4, 4, block, below))])
        weights.normalizations.append([np.ones(1), np.zeros(1)])
        below = block + encoders * skip
    weights.convolutions.append([np.zeros((3, 3, below, 3)), np.zeros(3)])
    return weights


@pytest.mark.parametrize(
    ("channels", "pose_encoder", "expected"),
    [
        # Layout, pose representation, whether the source pose and the background are inputs.
        (3 + 17 + 17, None, ("coco17", "heatmaps", True, False)),
        (3 + 18, None, ("openpose18", "heatmaps", False, False)),
        (3 + 3 + 3, None, ("openpose18", "stick_figure", True, False)),
        (3 + 17, 17, ("coco17", "heatmaps", True, False)),
        (3, 18, ("openpose18", "heatmaps", False, False)),
        (3 + 18, 18 + 3, ("openpose18", "heatmaps", True, True)),
    ],
)
def test_reads_pose_and_background_off_the_channels(channels, pose_encoder, expected, tmp_path):
    config, notes = convert_original([_generator_of(channels, pose_encoder)], tmp_path / "run")
    generator = config.generator
    found = (config.skeleton, generator.pose_representation)
    assert (*found, generator.source_pose, generator.background) == expected
    assert any("stick" in note for note in notes) == (expected[1] == "stick_figure")


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (lambda: _generator_of(3 + 25, 25), "25 pose channels: expected 18 or 17 heat maps"),
        (lambda: _generator_of(3 + 18, 20), "21 and 20 input channels do not fit one pose"),
        (lambda: _generator_of(50), "50 input channels do not fit any known combination"),
        (lambda: _generator_of(3 + 18, 18, levels=5), "5 levels.*--image-size"),
    ],
)
def test_says_what_does_not_fit(weights, message, tmp_path):
    with pytest.raises(RunError, match=message):
        convert_original([weights()], tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_needs_one_generator(read, tmp_path):
    generator, discriminator = read("market_mask"), read("market_mask", "discriminator")
    for checkpoints, message in (
        ([discriminator], "received 0 and 1: .*market_mask_discriminator.h5"),
        ([generator, generator], "received 2 and 0"),
        ([generator, discriminator, discriminator], "received 1 and 2"),
    ):
        with pytest.raises(
            RunError, match=f"one generator and at most one discriminator, {message}"
        ):
            convert_original(checkpoints, tmp_path / "run")


def test_networks_of_different_models_are_refused(read, tmp_path):
    # The number of inputs of the siamese discriminator's dense layer depends on the image size.
    siamese = OriginalWeights("siamese.h5")
    for before, after in ((21, 2), (2, 4), (4, 8), (8, 16)):
        bias = [np.zeros(after)] if before == 21 else []
        siamese.convolutions.append([np.zeros((4, 4, before, after)), *bias])
    siamese.normalizations.extend([[np.ones(1), np.zeros(1)]] * 3)
    siamese.dense.append([np.zeros((4 * 8 * 4, 1)), np.zeros(1)])
    with pytest.raises(RunError, match=r"siamese\.h5 does not fit"):
        convert_original([read("market_mask"), siamese], tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_discriminator_that_is_none(read, tmp_path):
    lone = OriginalWeights("made-up.h5", convolutions=[[np.zeros((4, 4, 42, 4)), np.zeros(4)]])
    with pytest.raises(RunError, match=r"made-up\.h5 is not a discriminator of the original"):
        convert_original([read("market_mask"), lone], tmp_path / "run")
