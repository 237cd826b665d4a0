"""Named configurations: the rows of the paper's tables, and presets for users' own data."""

from dataclasses import dataclass

from deformable_gan.config import (
    DiscriminatorConfig,
    ExperimentConfig,
    GeneratorConfig,
    LossConfig,
    TrainingConfig,
)
from deformable_gan.errors import ConfigurationError


@dataclass(frozen=True)
class Preset:
    """A named configuration with a description.

    Attributes:
        config: the configuration; `config.preset` is the preset's name.
        purpose: a description on one line.
        answers: the table and row of the paper that the preset reproduces, or "".
        starts_from: name of the model in the package whose weights a training starts from, unless
            the caller changes the networks; "" for random weights.
    """

    config: ExperimentConfig
    purpose: str
    answers: str = ""
    starts_from: str = ""

    @property
    def name(self) -> str:
        """The preset's name."""
        return self.config.preset


_PAPER_LOSSES = {
    "baseline": ("none", LossConfig(), "U-Net without deformable skips, L1 loss", "Baseline"),
    "dsc": ("mask", LossConfig(), "deformable skips, L1 loss", "DSC"),
    "feature-matching": (
        "mask",
        LossConfig("block2_conv1", None, 0.5, vgg_preprocessing="original"),
        "deformable skips, L1 on VGG19 features",
        "PercLoss",
    ),
}


def _paper_presets(dataset: str, table: str, image_size, window: int, deep: int) -> list[Preset]:
    """Return presets for the paper's four rows of a dataset, with `deep` additional levels."""
    full = (
        "mask",
        LossConfig("block1_conv2", window, 0.01, vgg_preprocessing="original"),
        f"deformable skips, nearest-neighbour loss (n = {window})",
        "Full",
    )
    presets = []
    for row, (skip, loss, purpose, title) in {**_PAPER_LOSSES, "full": full}.items():
        config = ExperimentConfig(
            preset=f"{dataset}-{row}",
            image_size=image_size,
            skeleton="openpose18",
            generator=GeneratorConfig(
                encoder_filters=(64, 128, 256, 512, 512, 512) + (512,) * deep,
                decoder_filters=(512,) * deep + (512, 512, 512, 256, 128),
                skip=skip,
                interpolation="nearest",
            ),
            loss=loss,
            training=TrainingConfig(batch_size=2 if deep and row == "full" else 4),
        )
        presets.append(Preset(config, purpose, f"{table}, row {title}"))
    return presets


_DEMO = ExperimentConfig(
    preset="demo",
    image_size=(128, 72),
    skeleton="coco17",
    generator=GeneratorConfig(
        encoder_filters=(16, 32, 64, 128, 128, 128),
        decoder_filters=(128, 128, 128, 64, 32),
        body="solid",
        still_background=True,
        dropout=0.0,
        background=True,
        composite=True,
        tied_upsampling=True,
    ),
    discriminator=DiscriminatorConfig(filters=(16, 32, 64, 128)),
    loss=LossConfig(person_weight=30.0, head_weight=3.0, structure_weight=10.0, drawn_weight=3.0),
    training=TrainingConfig(
        epochs=5,
        steps_per_epoch=250,
        learning_rate=8e-4,
        warm_up=100,
        schedule="cosine",
        separate_batches=False,
        flip=True,
        augment=True,
    ),
)

_PRESETS = [
    Preset(
        _DEMO.replace(
            preset="quick",
            training__epochs=2,
            training__learning_rate=4e-4,
            training__warm_up=50,
        ),
        "the default: trains the model `people` further for a few minutes on a laptop's CPU",
        starts_from="people",
    ),
    Preset(
        _DEMO,
        "small network that composes images, from random weights, on a laptop's CPU",
    ),
    Preset(
        ExperimentConfig(
            preset="dance",
            image_size=(128, 72),
            skeleton="coco17",
            generator=GeneratorConfig(
                body="solid",
                still_background=True,
                background=True,
                composite=True,
                tied_upsampling=True,
            ),
            discriminator=DiscriminatorConfig("image", (64, 128)),
            loss=LossConfig(
                *("block1_conv2", 3, 0.01),
                pixel_weight=50.0,
                person_weight=30.0,
                head_weight=3.0,
                structure_weight=10.0,
                drawn_weight=3.0,
            ),
            training=TrainingConfig(
                epochs=20,
                steps_per_epoch=1000,
                warm_up=100,
                schedule="cosine",
                separate_batches=False,
                flip=True,
                balance_people=True,
                augment=True,
            ),
        ),
        "your own clips with MoveNet's joints; composes images, nearest-neighbour loss",
    ),
    Preset(
        _DEMO.replace(
            preset="personal",
            training__epochs=8,
            training__steps_per_epoch=50,
            training__learning_rate=2e-4,
            training__warm_up=20,
            training__start_share=0.4,
            training__balance_people=True,
        ),
        "fine-tuning on one person's clips (personalize); networks as in --init-from",
    ),
    *_paper_presets("market", "Market-1501", (128, 64), window=3, deep=0),
    *_paper_presets("fashion", "DeepFashion", (256, 256), window=5, deep=1),
]

PRESETS = {preset.name: preset for preset in _PRESETS}


def get_preset(name: str) -> Preset:
    """Return the preset with a name.

    Raises:
        ConfigurationError: no preset has this name.
    """
    try:
        return PRESETS[name]
    except KeyError:
        raise ConfigurationError(
            f"unknown preset {name!r}: expected one of {', '.join(PRESETS)}"
        ) from None


def format_presets() -> str:
    """Return a table of all presets for a terminal."""
    rows = [("preset", "size", "joints", "skip", "batch", "description", "row of the paper")]
    for preset in _PRESETS:
        config = preset.config
        rows.append(
            (
                preset.name,
                "{}x{}".format(*config.image_size),
                config.skeleton,
                config.generator.skip,
                str(config.training.batch_size),
                preset.purpose,
                preset.answers,
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
