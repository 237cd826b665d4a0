"""The variants of the ablation and their comparisons."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from deformable_gan.config import ExperimentConfig
from deformable_gan.errors import ConfigurationError
from deformable_gan.presets import get_preset

PAPER, SKIP, DISCRIMINATOR = "rows of the paper's table", "the skip", "the discriminator"
BEYOND, LEVER = "beyond the paper", "what is added to `composite`"

# Deviations of all variants from the paper's presets: heat maps for images of half the size, and
# settings for short trainings, without dropout.
_REDUCED = {
    "generator__interpolation": "bilinear",
    "generator__heatmap_sigma": 3.0,
    "generator__dropout": 0.0,
    "training__batch_size": 8,
    "training__separate_batches": False,
    "training__flip": True,
    "training__learning_rate": 8e-4,
}


@dataclass(frozen=True)
class Variant:
    """A configuration that differs from another one in a single respect.

    Attributes:
        name: the name.
        what: the description in tables.
        group: the group of comparisons that it belongs to.
        preset: the preset, a row of the paper's table, that it equals or is based on.
        changes: changes of that preset; see `ExperimentConfig.replace`.
        against: names of the variants that it is compared with.
    """

    name: str
    what: str
    group: str
    preset: str = "market-dsc"
    changes: Mapping[str, object] = field(default_factory=dict)
    against: tuple[str, ...] = ("dsc",)

    @property
    def features(self) -> str | None:
        """The convolution of VGG19 in the loss; None if the loss compares pixels."""
        layer = get_preset(self.preset).config.loss.content_features
        return None if layer == "pixels" else layer

    def config(self, width: float, **changes) -> ExperimentConfig:
        """Return the configuration.

        Args:
            width: factor for the paper's numbers of filters.
            **changes: further changes, the same for all variants; see `ExperimentConfig.replace`.
        """
        config = get_preset(self.preset).config.replace(preset=f"ablation-{self.name}", **_REDUCED)
        return config.replace(**self.changes).replace(**changes).scaled(width)


def _lever(name: str, what: str, **changes) -> Variant:
    """Return a variant that changes one setting of `composite`."""
    changes = {"generator__composite": True, "generator__background": True, **changes}
    return Variant(name, what, LEVER, changes=changes, against=("composite",))


VARIANTS = (
    Variant(
        *("baseline", "no warp: a single encoder for all inputs; L1", PAPER),
        preset="market-baseline",
        against=(),
    ),
    Variant(
        *("dsc", "deformable skips: ten regions, maximum, bilinear; L1", PAPER),
        against=("baseline",),
    ),
    Variant(
        *("feature-matching", "as dsc, L1 on VGG19 features of `block2_conv1`", PAPER),
        preset="market-feature-matching",
    ),
    Variant(
        *("full", "as dsc, nearest-neighbour loss on VGG19 features, n = 3", PAPER),
        preset="market-full",
        against=("dsc", "feature-matching"),
    ),
    Variant(
        *("avg", "as dsc, average over the regions", SKIP),
        changes={"generator__aggregation": "avg"},
    ),
    Variant(
        *("nearest", "as dsc, nearest sampling, as in the original", SKIP),
        changes={"generator__interpolation": "nearest"},
    ),
    Variant(
        *("one-warp", "as dsc, one transform, fitted to torso and knees (`full`)", SKIP),
        changes={"generator__skip": "full"},
    ),
    Variant(
        *("stn", "as dsc, one transform predicted from both poses", SKIP),
        changes={"generator__skip": "stn"},
    ),
    Variant(
        *("siamese", "as dsc, siamese discriminator", DISCRIMINATOR),
        changes={"discriminator__kind": "siamese"},
    ),
    Variant(
        *("warp", "as dsc, discriminator that warps the source", DISCRIMINATOR),
        changes={"discriminator__kind": "warp"},
    ),
    Variant(
        *("soft", "as dsc, regions weighted by a softmax of logits from the pose", BEYOND),
        changes={"generator__aggregation": "soft"},
    ),
    Variant(
        *("composite-plain", "as dsc, the image is a mixture, without a background", BEYOND),
        changes={"generator__composite": True},
        against=("dsc", "soft"),
    ),
    Variant(
        *("composite", "as composite-plain, with the filled-in background and its matte", BEYOND),
        changes={"generator__composite": True, "generator__background": True},
        against=("dsc", "composite-plain"),
    ),
    _lever("composite-soft", "regions in the skips by softmax", generator__aggregation="soft"),
    _lever("solid", "a torso with depth, a round head, slim limbs", generator__body="solid"),
    _lever("structure", "1 - SSIM in the loss, weight 10", loss__structure_weight=10.0),
    _lever(
        *("person", "L1 on the person in the loss, weight 30, head and hands threefold"),
        loss__person_weight=30.0,
        loss__head_weight=3.0,
    ),
    _lever("drawn", "the drawn image is penalised on the person, weight 3", loss__drawn_weight=3.0),
    _lever(
        *("cosine", "100 steps of warm-up, cosine to zero"),
        training__warm_up=100,
        training__schedule="cosine",
    ),
    _lever("average", "running average of the weights, decay .999", training__average=0.999),
    _lever("tied", "kernels that start without a checkerboard", generator__tied_upsampling=True),
    _lever("augment", "light, colours and joints are varied", training__augment=True),
    _lever(
        *("judged", "images are changed before the discriminator sees them"),
        training__augment_judged=True,
    ),
)


def choose_variants(names: str | None, composing: bool = False) -> tuple[Variant, ...]:
    """Return variants by name, in the order of `VARIANTS`.

    Args:
        names: names separated by commas; `sim`, the former name of `siamese`, is accepted, too.
            None for one of the two sets that `composing` chooses.
        composing: whether to return `dsc` and the variants beyond the paper instead of the paper's
            variants; it has no effect if `names` is given.

    Raises:
        ConfigurationError: a name is unknown.
    """
    beyond = (BEYOND, LEVER)
    if names is None:
        return tuple(
            variant
            for variant in VARIANTS
            if (variant.group in beyond) == composing or (composing and variant.name == "dsc")
        )
    wanted = {"siamese" if name == "sim" else name for name in names.split(",")}
    known = [variant.name for variant in VARIANTS]
    if unknown := sorted(wanted - set(known)):
        raise ConfigurationError(
            f"unknown variant {unknown[0]!r}: expected some of {','.join(known)}"
        )
    return tuple(variant for variant in VARIANTS if variant.name in wanted)
