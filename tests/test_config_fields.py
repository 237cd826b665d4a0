import dataclasses

import pytest

from deformable_gan.config import ExperimentConfig
from deformable_gan.config_fields import field_types, format_fields, parse_field
from deformable_gan.errors import ConfigurationError

CONFIG = ExperimentConfig("mine", (128, 72), "coco17")


def test_every_field_has_a_name():
    parts = [field for field in dataclasses.fields(CONFIG) if dataclasses.is_dataclass(field.type)]
    inner = [
        f"{part.name}.{field.name}" for part in parts for field in dataclasses.fields(part.type)
    ]
    assert len(parts) == 4
    assert list(field_types()) == ["image_size", "skeleton", *inner]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("loss.content_weight=10", ("loss__content_weight", 10.0)),
        ("loss.content_window=null", ("loss__content_window", None)),
        ("loss.content_features=block1_conv2", ("loss__content_features", "block1_conv2")),
        ('generator.skip="none"', ("generator__skip", "none")),
        ("generator.encoder_filters=[4, 6, 8]", ("generator__encoder_filters", (4, 6, 8))),
        ("training.flip=true", ("training__flip", True)),
        ("skeleton=openpose18", ("skeleton", "openpose18")),
        ("image_size=[64, 36]", ("image_size", (64, 36))),
    ],
)
def test_values_have_the_type_of_their_field(text, expected):
    name, value = parse_field(text)
    assert (name, value) == expected
    assert type(value) is type(expected[1])
    CONFIG.replace(**{name: value})


@pytest.mark.parametrize("name", list(field_types()))
def test_any_field_can_be_set(name):
    config = format_fields(CONFIG)
    (line,) = [line.strip() for line in config.splitlines() if line.strip().startswith(f"{name}=")]
    field, value = parse_field(line)
    assert CONFIG.replace(**{field: value}) == CONFIG


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "loss.contentweight=10",
            "unknown field 'loss.contentweight'; did you mean loss.content_weight[?] "
            "Known fields: loss.content_features, .*loss.vgg_preprocessing$",
        ),
        ("colour=red", r"unknown field 'colour'\. Known fields: image_size, .*training.seed$"),
        ("preset=mine", "unknown field 'preset'"),
        ("loss=10", "unknown field 'loss'"),
        ("loss.content_weight", "expected loss.content_weight=VALUE"),
        ("loss.content_weight=much", "loss.content_weight: expected a number, received 'much'"),
        ("training.flip=1", "expected true or false, received 1"),
        (
            "generator.skip=warp",
            "generator.skip: expected one of none, full, mask, stn, received 'warp'",
        ),
        ("image_size=[64]", "expected a list of two positive whole numbers"),
        ("seed=" + "[" * 100_000, "unknown field 'seed'"),
        ("training.seed=" + "[" * 100_000, "expected a whole number"),
    ],
)
def test_what_cannot_be_set(text, message):
    with pytest.raises(ConfigurationError, match=message):
        parse_field(text)


def test_the_table_says_what_fields_mean():
    lines = format_fields(CONFIG.replace(loss__content_weight=0.25)).splitlines()
    place = lines.index("  loss.content_weight=0.25")
    assert lines[place + 1] == "      weight of the content loss; lambda in the paper."
    assert len(lines) == 1 + 2 * len(field_types())
    assert all(line.startswith("      ") and len(line) > 10 for line in lines[2::2])


@pytest.mark.parametrize(("former", "present"), [("call", "concatenated"), ("sim", "siamese")])
def test_former_words_are_accepted(former, present):
    field = parse_field(f"discriminator.kind={former}")
    assert field == ("discriminator__kind", present)
