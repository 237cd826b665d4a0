import numpy as np
import pytest

from deformable_gan.config import ExperimentConfig
from deformable_gan.errors import ConfigurationError
from deformable_gan.models.from_config import build_discriminator, build_generator
from deformable_gan.presets import PRESETS, format_presets, get_preset

DATASETS = {
    # Image size, number of levels with 512 filters, window of the nearest-neighbour loss.
    "market": ((128, 64), 3, 3),
    "fashion": ((256, 256), 4, 5),
}
# Skip connections; features of the content loss; whether it is the nearest-neighbour loss
# (otherwise L1); its weight lambda.
ROWS = {
    "baseline": ("none", "pixels", False, 100.0),
    "dsc": ("mask", "pixels", False, 100.0),
    "feature-matching": ("mask", "block2_conv1", False, 0.5),
    "full": ("mask", "block1_conv2", True, 0.01),
}


def test_all_published_configurations_are_there():
    published = {f"{dataset}-{row}" for dataset in DATASETS for row in ROWS}
    assert set(PRESETS) == published | {"quick", "demo", "dance", "personal"}


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("row", ROWS)
def test_published_values(dataset, row):
    size, deep, window = DATASETS[dataset]
    skip, features, nearest, weight = ROWS[row]
    preset = get_preset(f"{dataset}-{row}")
    config = preset.config
    assert config.preset == preset.name == f"{dataset}-{row}"
    assert config.image_size == size
    assert config.skeleton == "openpose18"
    generator = config.generator
    assert generator.encoder_filters == (64, 128, 256) + (512,) * deep
    assert generator.decoder_filters == (512,) * deep + (256, 128)
    assert (generator.skip, generator.warped_levels) == (skip, 4)
    assert (generator.aggregation, generator.interpolation) == ("max", "nearest")
    assert (generator.estimator, generator.normalization) == ("total", "sample")
    assert (generator.dropout, generator.heatmap_sigma) == (0.5, 6.0)
    assert generator.source_pose
    assert not generator.background
    assert not generator.mask
    assert not generator.still_background
    assert config.discriminator.kind == "concatenated"
    assert config.discriminator.filters == (64, 128, 256, 512)
    loss = config.loss
    assert (loss.content_features, loss.content_weight) == (features, weight)
    assert loss.content_window == (window if nearest else None)
    assert (loss.adversarial, loss.adversarial_weight) == ("logistic", 1.0)
    assert loss.total_variation_weight == 0
    if (
        features != "pixels"
    ):  # The published numbers depend on the original's error in the preprocessing.
        assert loss.vgg_preprocessing == "original"
    training = config.training
    assert (training.epochs, training.steps_per_epoch) == (90, 1000)
    assert (training.learning_rate, training.beta_1, training.beta_2) == (2e-4, 0.5, 0.999)
    assert training.batch_size == (2 if (dataset, row) == ("fashion", "full") else 4)
    assert training.separate_batches
    assert preset.answers.startswith({"market": "Market-1501", "fashion": "DeepFashion"}[dataset])


def test_dance():
    config = get_preset("dance").config
    assert (config.image_size, config.skeleton) == ((128, 72), "coco17")
    assert config.generator.skip == "mask"
    assert (config.discriminator.kind, config.discriminator.filters) == ("image", (64, 128))
    assert (config.loss.content_features, config.loss.content_window) == ("block1_conv2", 3)
    assert config.training.batch_size == 4


def test_demo_is_small():
    config = get_preset("demo").config
    assert config.generator.skip == "mask"
    assert build_generator(config).count_params() < 5e6


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_travels_as_json(name):
    config = get_preset(name).config
    assert ExperimentConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize("name", ["dance", "market-full"])
@pytest.mark.parametrize("skip", ["none", "full", "mask", "stn"])
def test_every_skip_is_a_one_option_change(name, skip):
    config = get_preset(name).config.scaled(1 / 16).replace(generator__skip=skip)
    generator, discriminator = build_generator(config), build_discriminator(config)
    rng = np.random.default_rng(0)
    joints = generator.input_shapes()["source_keypoints"][1]
    keypoints = (rng.random((1, joints, 3)) * (*config.image_size, 1)).astype(np.float32)
    inputs = {
        "source_image": rng.uniform(-1, 1, (1, *config.image_size, 3)).astype(np.float32),
        "source_keypoints": keypoints,
        "target_keypoints": keypoints,
    }
    if config.generator.background:
        inputs["background"] = inputs["source_image"][:, ::-1]
    image = generator(inputs)
    assert image.shape == (1, *config.image_size, 3)
    assert np.isfinite(discriminator({**inputs, "image": image})).all()


def test_an_unknown_preset_lists_the_known():
    with pytest.raises(
        ConfigurationError, match=r"'market'.*demo, dance, personal, market-baseline"
    ):
        get_preset("market")


def test_the_table_says_what_each_is_and_which_row_it_answers():
    lines = format_presets().splitlines()
    assert len(lines) == 1 + len(PRESETS)
    for line, (name, preset) in zip(lines[1:], PRESETS.items(), strict=True):
        assert line.startswith(name)
        assert preset.purpose in line
        assert line.endswith(preset.answers)
        assert "{}x{}".format(*preset.config.image_size) in line
    assert "DeepFashion, row Full" in lines[-1]
