import dataclasses
import json
import types

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deformable_gan.config import (
    DiscriminatorConfig,
    ExperimentConfig,
    GeneratorConfig,
    LossConfig,
    TrainingConfig,
)
from deformable_gan.errors import ConfigurationError

CONFIG = ExperimentConfig("mine", (128, 72), "coco17")
# A configuration in which every field differs from its default.
UNUSUAL = ExperimentConfig(
    preset="unusual",
    image_size=(96, 80),
    skeleton="openpose18",
    generator=GeneratorConfig(
        encoder_filters=(4, 8),
        decoder_filters=(6,),
        skip="stn",
        warped_levels=1,
        aggregation="avg",
        interpolation="nearest",
        estimator="ordinary",
        body="solid",
        still_background=True,
        normalization="channel",
        dropout=0.25,
        source_pose=False,
        pose_representation="stick_figure",
        heatmap_sigma=3.5,
        background=True,
        mask=True,
        composite=True,
        tied_upsampling=True,
    ),
    discriminator=DiscriminatorConfig("warp", (5, 6, 7), "channel"),
    loss=LossConfig(
        content_features="block1_conv2",
        content_window=5,
        content_weight=0.01,
        pixel_weight=3.0,
        person_weight=20.0,
        head_weight=4.0,
        structure_weight=5.0,
        drawn_weight=2.0,
        adversarial="hinge",
        adversarial_weight=0.5,
        total_variation_weight=1e-6,
        vgg_preprocessing="original",
    ),
    training=TrainingConfig(
        batch_size=3,
        epochs=7,
        steps_per_epoch=11,
        learning_rate=1e-3,
        warm_up=5,
        schedule="cosine",
        average=0.99,
        start_share=0.4,
        beta_1=0.25,
        beta_2=0.75,
        separate_batches=False,
        flip=True,
        balance_people=True,
        augment=True,
        augment_judged=True,
        precision="mixed_bfloat16",
        accumulate=3,
        recompute=True,
        steps_per_execution=11,
        seed=13,
    ),
)


def _with(path, value):
    """Return the configuration's JSON with one value changed, e.g. at `generator.skip`."""
    values = json.loads(CONFIG.to_json())
    *parts, name = path.split(".")
    inner = values
    for part in parts:
        inner = inner[part]
    inner[name] = value
    return json.dumps(values)


@pytest.mark.parametrize("config", [CONFIG, UNUSUAL], ids=["usual", "unusual"])
def test_json_and_back(config):
    assert ExperimentConfig.from_json(config.to_json()) == config


def test_the_unusual_configuration_leaves_nothing_out():
    for part in ("generator", "discriminator", "loss", "training"):
        usual, unusual = getattr(CONFIG, part), getattr(UNUSUAL, part)
        for field in dataclasses.fields(usual):
            assert getattr(usual, field.name) != getattr(unusual, field.name), field.name


def test_absent_fields_have_their_defaults():
    text = '{"preset": "mine", "image_size": [128, 72], "skeleton": "coco17"}'
    assert ExperimentConfig.from_json(text) == CONFIG


def test_whole_numbers_stand_for_fractions():
    config = ExperimentConfig.from_json(_with("loss.content_weight", 7))
    assert isinstance(config.loss.content_weight, float)


def _fields(config, prefix=""):
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if dataclasses.is_dataclass(value):
            yield prefix + field.name, field.type
            yield from _fields(value, f"{prefix}{field.name}.")
        else:
            yield prefix + field.name, field.type


_WRONG = {
    str: (3, None, True, ["mask"]),
    bool: (0, 1, "true", None),
    int: (1.5, "3", True, None, [3]),
    float: ("0.5", True, None, [0.5]),
    tuple[int, ...]: (3, "34", [1.5], [True], [0], [-4], ["4"], [[4]], {}),
    tuple[int, int]: (128, [128], [128, 64, 3], [128, 0], [128, 64.0], [True, 64]),
}


def _wrong_values():
    for path, declared in _fields(CONFIG):
        if dataclasses.is_dataclass(declared):
            wrong = (None, 3, "large", [])
        elif isinstance(declared, types.UnionType):
            wrong = (1.5, "3", True, [])
        else:
            wrong = _WRONG[declared]
        for value in wrong:
            yield pytest.param(path, value, id=f"{path}={json.dumps(value)}")


@pytest.mark.parametrize(("path", "value"), list(_wrong_values()))
def test_wrong_types_name_file_and_field(path, value):
    with pytest.raises(ConfigurationError) as caught:
        ExperimentConfig.from_json(_with(path, value), "config.json")
    message = str(caught.value)
    assert message.startswith("config.json: " + path.replace(".", ": "))
    assert ": expected " in message
    assert f"received {value!r}" in message


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("skeleton", "bones"),
        ("generator.dropout", 1.0),
        ("generator.dropout", -0.1),
        ("generator.heatmap_sigma", 0.0),
        ("generator.heatmap_sigma", float("nan")),
        ("generator.warped_levels", -1),
        ("discriminator.kind", "judge"),
        ("loss.content_weight", -1.0),
        ("loss.adversarial_weight", float("inf")),
        ("loss.total_variation_weight", float("nan")),
        pytest.param("loss.content_weight", 10**400, id="loss.content_weight-huge"),
        ("training.batch_size", 0),
        ("training.epochs", -1),
        ("training.steps_per_epoch", 0),
        ("training.learning_rate", 0),
        ("training.learning_rate", float("nan")),
        ("training.beta_1", 1.0),
        ("training.beta_2", -0.5),
        ("training.seed", -1),
        ("training.seed", 2**40),
    ],
)
def test_values_out_of_range_name_file_and_field(path, value):
    *parts, name = path.split(".")
    with pytest.raises(ConfigurationError, match=r"^config\.json: ") as caught:
        ExperimentConfig.from_json(_with(path, value), "config.json")
    message = str(caught.value)
    assert name in message
    assert all(part in message for part in parts)


@pytest.mark.parametrize("part", ["", "generator.", "discriminator.", "loss.", "training."])
def test_unknown_fields_are_named(part):
    with pytest.raises(ConfigurationError, match="unknown field 'colour'; known fields: "):
        ExperimentConfig.from_json(_with(part + "colour", 1))


@pytest.mark.parametrize("field", ["preset", "image_size", "skeleton"])
def test_missing_fields_are_named(field):
    values = json.loads(CONFIG.to_json())
    del values[field]
    with pytest.raises(ConfigurationError, match=f"config.json: the field '{field}' is missing"):
        ExperimentConfig.from_json(json.dumps(values), "config.json")


@pytest.mark.parametrize("text", ["", "{", "nonsense", "[" * 100_000, "\x00", "1" * 5000])
def test_what_is_not_json(text):
    with pytest.raises(ConfigurationError, match=r"config\.json is not JSON"):
        ExperimentConfig.from_json(text, "config.json")


@pytest.mark.parametrize("text", ["null", "3", '"text"', "[]"])
def test_json_that_is_no_object(text):
    with pytest.raises(ConfigurationError, match=r"config\.json: expected a JSON object"):
        ExperimentConfig.from_json(text, "config.json")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(path=st.sampled_from([path for path, _ in _fields(CONFIG)]), value=_JSON)
def test_any_value_is_taken_or_refused(path, value):
    try:
        config = ExperimentConfig.from_json(_with(path, value))
    except ConfigurationError:
        return
    assert ExperimentConfig.from_json(config.to_json()) == config


def test_replace_reaches_into_parts():
    changed = CONFIG.replace(
        generator__skip="none", generator__dropout=0.1, training__epochs=3, preset="other"
    )
    assert changed.generator == dataclasses.replace(CONFIG.generator, skip="none", dropout=0.1)
    assert changed.training == dataclasses.replace(CONFIG.training, epochs=3)
    assert (changed.preset, changed.loss) == ("other", CONFIG.loss)
    with pytest.raises(ConfigurationError, match="epochs must be positive"):
        CONFIG.replace(training__epochs=0)


def test_scaled_changes_every_width_and_nothing_else():
    scaled = CONFIG.scaled(1 / 16)
    assert scaled.generator.encoder_filters == (4, 8, 16, 32, 32, 32)
    assert scaled.generator.decoder_filters == (32, 32, 32, 16, 8)
    assert scaled.discriminator.filters == (4, 8, 16, 32)
    assert scaled.scaled(16) == CONFIG
    # At least one filter.
    assert set(CONFIG.scaled(1e-6).generator.encoder_filters) == {1}
    for width in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ConfigurationError, match="width must be positive"):
            CONFIG.scaled(width)


@pytest.mark.parametrize(("former", "present"), [("call", "concatenated"), ("sim", "siamese")])
def test_former_words_for_discriminators(former, present):
    """Configurations of earlier releases use the original implementation's words."""
    assert DiscriminatorConfig(former) == DiscriminatorConfig(present)
    values = json.loads(CONFIG.to_json())
    values["discriminator"]["kind"] = former
    config = ExperimentConfig.from_json(json.dumps(values))
    assert config.discriminator.kind == present
    assert ExperimentConfig.from_json(config.to_json()) == config
