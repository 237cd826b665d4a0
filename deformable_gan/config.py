"""The configuration of a training run, as frozen dataclasses that are stored as JSON."""

import dataclasses
import json
import math
from dataclasses import dataclass, field
from typing import Any

from deformable_gan.config_values import checked
from deformable_gan.errors import ConfigurationError
from deformable_gan.pose.skeleton import get_skeleton

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
#: For each part of the configuration, the fields that accept only certain words, and these words.
CHOICES = {
    "generator": {
        "skip": ("none", "full", "mask", "stn"),
        "aggregation": ("max", "avg", "soft"),
        "interpolation": ("bilinear", "nearest"),
        "estimator": ("total", "ordinary"),
        "body": ("flat", "solid"),
        "normalization": ("sample", "channel"),
        "pose_representation": ("heatmaps", "stick_figure"),
    },
    "discriminator": {
        "kind": ("concatenated", "siamese", "warp", "image"),
        "normalization": ("sample", "channel"),
    },
    "loss": {
        "adversarial": ("logistic", "least_squares", "hinge"),
        "vgg_preprocessing": ("caffe", "original"),
    },
    "training": {"schedule": ("constant", "cosine"), "precision": PRECISIONS},
}
# Seeds are int32 in tf.random's stateless functions, and numbers are added to them.
_SEEDS = 2_000_000_000


#: For each field, its former words and the present word for each. Configurations may still use the
#: former words. The former words of `discriminator.kind` come from the original implementation.
FORMER_WORDS = {"discriminator.kind": {"call": "concatenated", "sim": "siamese"}}


def present_word(field_name: str, value: Any) -> Any:
    """Return the present word for a former word of a field; return any other value unchanged.

    Args:
        field_name: the field, such as `discriminator.kind`.
        value: any value.
    """
    words = FORMER_WORDS.get(field_name, {})
    return words.get(value, value) if isinstance(value, str) else value


def _check_choices(config: Any, part: str) -> None:
    """Raise a ConfigurationError if the value of a field is not among its `CHOICES`."""
    for name, choices in CHOICES[part].items():
        if (value := getattr(config, name)) not in choices:
            raise ConfigurationError(
                f"{part}.{name} must be one of {', '.join(choices)}, received {value!r:.60}"
            )


@dataclass(frozen=True)
class GeneratorConfig:
    """The generator's architecture; `models.generator.Generator` takes the same arguments.

    Attributes:
        encoder_filters: filters of each encoder level, finest first.
        decoder_filters: filters of each decoder block, deepest first; one block fewer than encoder
            levels.
        skip: type of the skip connections: `none`, `full`, `mask` or `stn`.
        warped_levels: number of levels that are warped, counted from the finest.
        aggregation: how the skip `mask` combines the warped regions: `max`, `avg` or `soft`.
        interpolation: sampling in the warps: `bilinear`, or `nearest` as in the original.
        estimator: fit of over-determined transforms: `total` or `ordinary` least squares.
        body: `flat` as in the paper, or `solid`: a torso with depth and a round head.
        still_background: do not warp the parts that neither pose covers.
        normalization: statistics of each image over all channels (`sample`, as in the original) or
            of each channel (`channel`).
        dropout: dropout rate in the decoder's first three blocks.
        source_pose: give the source pose to the appearance encoder and to every discriminator but
            `image`.
        pose_representation: `heatmaps` or `stick_figure`.
        heatmap_sigma: standard deviation of the heat maps, in pixels; unused by `stick_figure`.
        background: give the target's background to the generator and to every discriminator but
            `image`.
        mask: give the source's person mask to the generator and to every discriminator but `image`.
        composite: compose the image from copied and drawn pixels.
        tied_upsampling: initialise the decoder's kernels so that they draw no checkerboard.
    """

    encoder_filters: tuple[int, ...] = (64, 128, 256, 512, 512, 512)
    decoder_filters: tuple[int, ...] = (512, 512, 512, 256, 128)
    skip: str = "mask"
    warped_levels: int = 4
    aggregation: str = "max"
    interpolation: str = "bilinear"
    estimator: str = "total"
    body: str = "flat"
    still_background: bool = False
    normalization: str = "sample"
    dropout: float = 0.5
    source_pose: bool = True
    pose_representation: str = "heatmaps"
    heatmap_sigma: float = 6.0
    background: bool = False
    mask: bool = False
    composite: bool = False
    tied_upsampling: bool = False

    def __post_init__(self):
        _check_choices(self, "generator")
        if not 0 <= self.dropout < 1:
            raise ConfigurationError(f"dropout must be from 0 to below 1, received {self.dropout}")
        if not 0 < self.heatmap_sigma < math.inf:
            raise ConfigurationError(
                f"heatmap_sigma must be positive and finite, received {self.heatmap_sigma}"
            )
        if self.warped_levels < 0:
            raise ConfigurationError(
                f"warped_levels must not be negative, received {self.warped_levels}"
            )


@dataclass(frozen=True)
class DiscriminatorConfig:
    """The discriminator's architecture.

    Attributes:
        kind: `concatenated` (the paper's), `siamese` or `warp`, which also see the source image
            and the poses, or `image`, which sees one image alone. The original's names `call`
            (concatenated) and `sim` (siamese) are accepted, too.
        filters: filters of the first convolutions. `image` uses the first two numbers.
        normalization: `sample` or `channel`; see the generator. `image` has no normalisation.
    """

    kind: str = "concatenated"
    filters: tuple[int, ...] = (64, 128, 256, 512)
    normalization: str = "sample"

    def __post_init__(self):
        object.__setattr__(self, "kind", present_word("discriminator.kind", self.kind))
        _check_choices(self, "discriminator")
        if len(self.filters) < 2:
            raise ConfigurationError(
                "discriminator.filters needs the filters of two convolutions or more, received "
                f"{self.filters}"
            )


@dataclass(frozen=True)
class LossConfig:
    """The terms of the losses and their weights.

    Attributes:
        content_features: features of the content loss: `pixels` or a convolution of VGG19, such as
            `block1_conv2`.
        content_window: window size of the nearest-neighbour loss; None for a mean L1 distance.
        content_weight: weight of the content loss; lambda in the paper.
        pixel_weight: weight of a mean L1 distance on pixels in addition to the content loss; 0 in
            the paper. The nearest-neighbour loss ignores shifts within its window; this term does
            not.
        person_weight: weight of a mean L1 distance on the pixels of the person
            (`geometry.attention_map`); 0 in the paper.
        head_weight: factor for the pixels of head and hands in the terms of `person_weight` and
            `drawn_weight`.
        structure_weight: weight of 1 - SSIM (Gaussian window); 0 in the paper.
        drawn_weight: weight of the drawn image's mean share in the result; for generators that
            compose. Pixels of the person are weighted as in the term of `person_weight`, but at
            least by 1; all others are weighted by 1. The generator then copies where it can, since
            copies are sharper.
        adversarial: type of the adversarial loss: `logistic`, `least_squares` or `hinge`.
        adversarial_weight: weight of the generator's adversarial term; 1 in the paper.
        total_variation_weight: weight of the total variation; 0 in the paper.
        vgg_preprocessing: `caffe`, or `original` with the original's error; see `VGG19Features`.
    """

    content_features: str = "pixels"
    content_window: int | None = None
    content_weight: float = 100.0
    pixel_weight: float = 0.0
    person_weight: float = 0.0
    head_weight: float = 1.0
    structure_weight: float = 0.0
    drawn_weight: float = 0.0
    adversarial: str = "logistic"
    adversarial_weight: float = 1.0
    total_variation_weight: float = 0.0
    vgg_preprocessing: str = "caffe"

    def __post_init__(self):
        _check_choices(self, "loss")
        weights = [field.name for field in dataclasses.fields(self) if field.type is float]
        for name in weights:
            if not 0 <= getattr(self, name) < math.inf:
                raise ConfigurationError(
                    f"{name} must be finite and not negative, received {getattr(self, name)}"
                )


@dataclass(frozen=True)
class TrainingConfig:
    """The length of a training and its steps.

    Attributes:
        batch_size: pairs per step; with `separate_batches`, for each network.
        epochs: total number of epochs, including those before the run is resumed.
        steps_per_epoch: steps per epoch; an epoch is not a pass over all pairs, of which there are
            often hundreds of thousands.
        learning_rate: learning rate of both Adam optimisers.
        warm_up: number of steps over which the learning rate rises from 0.
        schedule: course of the learning rate after `warm_up`: `constant`, or `cosine`, which falls
            to 0 at the end of the last epoch.
        average: decay of the running average of the generator's weights; 0 for no average, unless
            `start_share` is above 0. If there is an average, it is tested, saved for use and
            exported instead of the weights.
        start_share: share that the starting weights have in the running average when the training
            ends, for fine-tuning on few images. A value above 0 replaces the decay `average`.
        beta_1: decay of the first moment in both optimisers.
        beta_2: decay of the second moment in both optimisers.
        separate_batches: update the discriminator on other pairs than the generator, as in the
            original; costs a second generator pass.
        flip: train on mirrored pairs, too.
        balance_people: show every person equally often, whatever the number of images.
        augment: change light, colours and joints of the pairs at random; see
            `data.pair_augmentation`.
        augment_judged: change real and generated images in the same way before the discriminator
            sees them; see `losses.judged_images`. For datasets of few people.
        precision: `float32`; `mixed_bfloat16` or `mixed_float16` compute in half precision and
            keep weights, norms, coordinates and losses in float32.
        accumulate: number of batches whose gradients are averaged into one update. This equals a
            batch that many times as large, in the memory of one batch, except that the generator's
            gradients of all but the last batch use the discriminator before its update.
        recompute: compute features again for the gradient instead of keeping them: less memory,
            more time.
        steps_per_execution: training steps per graph call.
        seed: seed of weights, dropout and the order of pairs.
    """

    batch_size: int = 4
    epochs: int = 90
    steps_per_epoch: int = 1000
    learning_rate: float = 2e-4
    warm_up: int = 0
    schedule: str = "constant"
    average: float = 0.0
    start_share: float = 0.0
    beta_1: float = 0.5
    beta_2: float = 0.999
    separate_batches: bool = True
    flip: bool = False
    balance_people: bool = False
    augment: bool = False
    augment_judged: bool = False
    precision: str = "float32"
    accumulate: int = 1
    recompute: bool = False
    steps_per_execution: int = 1
    seed: int = 0

    def __post_init__(self):
        for name in (
            *("batch_size", "epochs", "steps_per_epoch", "learning_rate"),
            *("accumulate", "steps_per_execution"),
        ):
            if not 0 < getattr(self, name) < math.inf:
                raise ConfigurationError(
                    f"{name} must be positive and finite, received {getattr(self, name)}"
                )
        for name in ("beta_1", "beta_2", "average", "start_share"):
            if not 0 <= getattr(self, name) < 1:
                raise ConfigurationError(
                    f"{name} must be from 0 to below 1, received {getattr(self, name)}"
                )
        _check_choices(self, "training")
        if self.warm_up < 0:
            raise ConfigurationError(f"warm_up must not be negative, received {self.warm_up}")
        if self.steps_per_epoch % self.steps_per_execution:
            raise ConfigurationError(
                "steps_per_epoch must be a multiple of steps_per_execution, received "
                f"{self.steps_per_epoch} and {self.steps_per_execution}"
            )
        if not 0 <= self.seed < _SEEDS:
            raise ConfigurationError(f"seed must be from 0 to {_SEEDS - 1}, received {self.seed}")


@dataclass(frozen=True)
class ExperimentConfig:
    """Everything that defines a run, except its dataset.

    Attributes:
        preset: name of the preset that the configuration is based on.
        image_size: (height, width) of the images, in pixels.
        skeleton: name of the joint layout.
        generator: the generator's architecture.
        discriminator: the discriminator's architecture.
        loss: the terms of the losses and their weights.
        training: length and optimisers.
    """

    preset: str
    image_size: tuple[int, int]
    skeleton: str
    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    discriminator: DiscriminatorConfig = field(default_factory=DiscriminatorConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def __post_init__(self):
        get_skeleton(self.skeleton)
        if self.loss.drawn_weight and not self.generator.composite:
            raise ConfigurationError(
                f"loss.drawn_weight needs generator.composite, received {self.loss.drawn_weight} "
                "without it: set loss.drawn_weight=0 or generator.composite=true"
            )

    def replace(self, **changes: Any) -> "ExperimentConfig":
        """Return a copy with changes; `generator__skip="none"` changes a field of a part."""
        parts: dict[str, Any] = {}
        for name, value in changes.items():
            part, _, inner = name.partition("__")
            if inner:
                parts[part] = dataclasses.replace(
                    parts.get(part, getattr(self, part)), **{inner: value}
                )
            else:
                parts[part] = value
        return dataclasses.replace(self, **parts)

    def with_networks_of(self, trained: "ExperimentConfig") -> "ExperimentConfig":
        """Return a copy with the networks of another experiment, to train them further.

        The joint layout is also copied. If the other generator does not compose, `drawn_weight`
        becomes 0.
        """
        return self.replace(
            skeleton=trained.skeleton,
            generator=trained.generator,
            discriminator=trained.discriminator,
            loss__drawn_weight=self.loss.drawn_weight if trained.generator.composite else 0.0,
        )

    def scaled(self, width: float) -> "ExperimentConfig":
        """Return a copy with the filters of every network multiplied by `width`.

        Raises:
            ConfigurationError: `width` is not positive and finite.
        """
        if not 0 < width < math.inf:
            raise ConfigurationError(f"width must be positive and finite, received {width}")

        def scale(filters):
            return tuple(max(1, round(count * width)) for count in filters)

        return self.replace(
            generator__encoder_filters=scale(self.generator.encoder_filters),
            generator__decoder_filters=scale(self.generator.decoder_filters),
            discriminator__filters=scale(self.discriminator.filters),
        )

    def to_json(self) -> str:
        """Return the configuration as JSON text."""
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str, origin: str = "configuration") -> "ExperimentConfig":
        """Return the configuration from the text of `to_json`.

        Raises:
            ConfigurationError: the text is not JSON, or a field is unknown, missing, of another
                type or out of range; the message names `origin` and the field.
        """
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConfigurationError(f"{origin} is not JSON: {error}") from error
        return _from_values(cls, values, origin)


def _from_values(kind: Any, values: Any, origin: str) -> Any:
    if not isinstance(values, dict):
        raise ConfigurationError(f"{origin}: expected a JSON object, received {values!r:.60}")
    fields = {f.name: f for f in dataclasses.fields(kind)}
    unknown = sorted(set(values) - set(fields))
    if unknown:
        raise ConfigurationError(
            f"{origin}: unknown field {unknown[0]!r}; known fields: {', '.join(fields)}"
        )
    for name, described in fields.items():
        required = described.default is described.default_factory is dataclasses.MISSING
        if required and name not in values:
            raise ConfigurationError(f"{origin}: the field {name!r} is missing")
    arguments = {}
    for name, value in values.items():
        declared = fields[name].type
        place = f"{origin}: {name}"
        if dataclasses.is_dataclass(declared):
            arguments[name] = _from_values(declared, value, place)
        else:
            arguments[name] = checked(declared, value, place)
    try:
        return kind(**arguments)
    except ConfigurationError as error:
        raise ConfigurationError(f"{origin}: {error}") from error
