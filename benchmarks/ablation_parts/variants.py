"""What is compared with what."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from deformable_gan.config import ExperimentConfig
from deformable_gan.errors import ConfigurationError
from deformable_gan.presets import get_preset

PAPER, SKIP, DISCRIMINATOR = "rows of the paper's table", "the skip", "the discriminator"
BEYOND, LEVER = "beyond the paper", "what is added to `composite`"

# In what all variants deviate from the paper's presets: pictures of half the size, and little
# time, spent on learning rather than on keeping from learning too much.
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
    """One way to train, which differs in one thing from another one.

    Attributes:
        name: its name.
        what: what it is, for a table.
        group: the kind of comparison it belongs to.
        preset: the row of the paper that it is, or that it is changed from.
        changes: of that row; see `ExperimentConfig.replace`.
        against: names of the variants it is compared with.
    """

    name: str
    what: str
    group: str
    preset: str = "market-dsc"
    changes: Mapping[str, object] = field(default_factory=dict)
    against: tuple[str, ...] = ("dsc",)

    @property
    def features(self) -> str | None:
        """The convolution of VGG19 that its loss looks at; None if it looks at pixels."""
        layer = get_preset(self.preset).config.loss.content_features
        return None if layer == "pixels" else layer

    def config(self, width: float, **changes) -> ExperimentConfig:
        """Return its configuration.

        Args:
            width: what the paper's numbers of filters are multiplied by.
            **changes: of all variants alike; see `ExperimentConfig.replace`.
        """
        config = get_preset(self.preset).config.replace(preset=f"ablation-{self.name}", **_REDUCED)
        return config.replace(**self.changes).replace(**changes).scaled(width)


def _lever(name: str, what: str, **changes) -> Variant:
    """Return a variant that changes one more thing in `composite`."""
    changes = {"generator__composite": True, "generator__background": True, **changes}
    return Variant(name, what, LEVER, changes=changes, against=("composite",))


VARIANTS = (
    Variant(
        *("baseline", "no warp: one encoder sees everything; L1", PAPER),
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
        *("nearest", "as dsc, nearest sampling, as the original", SKIP),
        changes={"generator__interpolation": "nearest"},
    ),
    Variant(
        *("one-warp", "as dsc, one transform of torso and knees for all (`full`)", SKIP),
        changes={"generator__skip": "full"},
    ),
    Variant(
        *("stn", "as dsc, a transform learned from both poses", SKIP),
        changes={"generator__skip": "stn"},
    ),
    Variant(
        *("sim", "as dsc, siamese discriminator", DISCRIMINATOR),
        changes={"discriminator__kind": "sim"},
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
    _lever("structure", "1 - SSIM in the loss, weight 10", loss__structure_weight=10.0),
    _lever(
        *("person", "L1 on the person in the loss, weight 30, head and hands threefold"),
        loss__person_weight=30.0,
        loss__head_weight=3.0,
    ),
    _lever("drawn", "the drawn image costs on the person, weight 3", loss__drawn_weight=3.0),
    _lever(
        *("cosine", "100 steps of warm-up, cosine to zero"),
        training__warm_up=100,
        training__schedule="cosine",
    ),
    _lever("average", "running average of the weights, decay .999", training__average=0.999),
    _lever("tied", "kernels that start without a checkerboard", generator__tied_upsampling=True),
    _lever("augment", "light, colours and joints vary", training__augment=True),
    _lever(
        *("judged", "images change before the discriminator judges them"),
        training__augment_judged=True,
    ),
)


def choose_variants(names: str | None, composing: bool = False) -> tuple[Variant, ...]:
    """Return the variants of those names, separated by commas, in their usual order.

    Args:
        names: None for all of a study.
        composing: which study: variants beyond the paper, beside `dsc`, or the paper's.

    Raises:
        ConfigurationError: there is no such variant.
    """
    beyond = (BEYOND, LEVER)
    if names is None:
        return tuple(
            variant
            for variant in VARIANTS
            if (variant.group in beyond) == composing or (composing and variant.name == "dsc")
        )
    wanted = set(names.split(","))
    known = [variant.name for variant in VARIANTS]
    if unknown := sorted(wanted - set(known)):
        raise ConfigurationError(
            f"unknown variant {unknown[0]!r}: expected some of {','.join(known)}"
        )
    return tuple(variant for variant in VARIANTS if variant.name in wanted)
