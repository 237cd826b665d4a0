"""The table of small golden instances that every test of this folder loops over.

A new layer, loss, metric or model joins by one line in `LAYERS`, `MODELS`, `LOSSES` or `METRICS`;
`test_registration.py` reports missing ones.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import keras
import numpy as np
import pytest

from deformable_gan.layers.affine_warp import AffineWarp
from deformable_gan.layers.composite import Composite
from deformable_gan.layers.deformable_skip import DeformableSkip
from deformable_gan.layers.doubling_convolution import DoublingConvolution
from deformable_gan.layers.downsampling_block import DownsamplingBlock
from deformable_gan.layers.halving_convolution import HalvingConvolution
from deformable_gan.layers.instance_normalization import InstanceNormalization
from deformable_gan.layers.keypoint_localization import KeypointLocalization
from deformable_gan.layers.pose_image import PoseImage
from deformable_gan.layers.pose_warp import PoseWarp
from deformable_gan.layers.upsampling_block import UpsamplingBlock
from deformable_gan.losses.adversarial_loss import AdversarialLoss
from deformable_gan.losses.nearest_neighbor_loss import NearestNeighborLoss
from deformable_gan.losses.pose_consistency_loss import PoseConsistencyLoss
from deformable_gan.losses.structural_similarity_loss import StructuralSimilarityLoss
from deformable_gan.losses.total_variation_loss import TotalVariationLoss
from deformable_gan.models.decoder import Decoder
from deformable_gan.models.discriminators.image_discriminator import ImageDiscriminator
from deformable_gan.models.discriminators.patch_discriminator import PatchDiscriminator
from deformable_gan.models.discriminators.patch_trunk import PatchTrunk
from deformable_gan.models.discriminators.siamese_discriminator import SiameseDiscriminator
from deformable_gan.models.discriminators.warp_discriminator import WarpDiscriminator
from deformable_gan.models.encoder import Encoder
from deformable_gan.models.generator import Generator
from deformable_gan.models.vgg19_features import VGG19Features

BATCH = 2


@dataclass(frozen=True)
class Map:
    """An input [BATCH, *shape] of random numbers in [-1, 1], or of zeros and ones with `mask`."""

    shape: tuple[int, ...]
    mask: bool = False

    def draw(self, rng) -> np.ndarray:
        values = rng.uniform(-1, 1, (BATCH, *self.shape)).astype(np.float32)
        return (values > 0).astype(np.float32) if self.mask else values


@dataclass(frozen=True)
class Joints:
    """An input of key points inside an image, one of them missing."""

    size: tuple[int, int]
    count: int = 17

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.count, 3)

    def draw(self, rng) -> np.ndarray:
        keypoints = rng.uniform(0, 1, (BATCH, *self.shape)) * (*self.size, 1)
        keypoints[1, 3] = (-1, -1, 0)
        return keypoints.astype(np.float32)


@dataclass(frozen=True)
class Transforms:
    """An input of affine transforms not far from the identity."""

    count: int

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.count, 8)

    def draw(self, rng) -> np.ndarray:
        noise = rng.normal(0, 1, (BATCH, *self.shape)) * (0.2, 0.2, 2, 0.2, 0.2, 2, 0, 0)
        return (noise + np.array((1, 0, 0, 0, 1, 0, 0, 0))).astype(np.float32)


@dataclass(frozen=True)
class Golden:
    """A small instance and its inputs.

    Attributes:
        name: the name of the line.
        make: makes the instance; takes a Keras `dtype` where the class does.
        inputs: a tuple of positional inputs, a list for one argument that
            is a list, or a dictionary for one that is a dictionary.
        options: further arguments of the call, the same every time.
        xla: whether XLA can compile it.
        rounds: whether it samples at rounded coordinates, so that another order of operations
            may pick another pixel.
        tolerance: the allowed difference of single values between eager mode and XLA.
    """

    name: str
    make: Callable[..., Any]
    inputs: Any
    options: dict[str, Any] = field(default_factory=dict)
    xla: bool = True
    rounds: bool = False
    tolerance: float = 2e-5

    def draw(self, seed: int = 0):
        """Return the inputs as arrays."""
        rng = np.random.default_rng(seed)
        return keras.tree.map_structure(lambda one: one.draw(rng), self.inputs)

    def symbolic(self):
        """Return the inputs as placeholders of a functional model."""
        return keras.tree.map_structure(
            lambda one: keras.Input(one.shape, dtype="float32"), self.inputs
        )

    def call(self, instance, inputs, **options):
        """Call the instance."""
        arguments = inputs if isinstance(inputs, tuple) else (inputs,)
        return instance(*arguments, **self.options, **options)


def _line(kind, *arguments, inputs, options=None, xla=True, tolerance=2e-5, called="", **keywords):
    name = kind.__name__ + (f"-{called}" if called else "")
    rounds = keywords.get("interpolation") == "nearest"
    make = partial(kind, *arguments, **keywords)
    return Golden(name, make, inputs, options or {}, xla, rounds, tolerance)


_SMALL = (36, 34)
_SIX = {"encoder_filters": (4, 4, 6, 6, 8, 8), "decoder_filters": (8, 8, 6, 6, 4)}
_FOUR = {"encoder_filters": (4, 4, 6, 6), "decoder_filters": (6, 6, 4)}
_CHANNEL = {"normalization": "channel"}


def _skip(**keywords):
    inputs = (Map((12, 7, 3)), Transforms(4), Map((4, 12, 7), mask=True))
    return _line(DeformableSkip, inputs=inputs, xla=keywords.get("method") != "sparse", **keywords)


def _pose_warp(kind, size=_SMALL, level=1, regions=1, **keywords):
    features = Map((size[0] >> level, size[1] >> level, 3))
    return _line(
        PoseWarp,
        kind,
        size,
        "coco17",
        inputs=(features, Transforms(regions), Joints(size), Joints(size)),
        options={"stride": 2**level, "offset": (2**level - 1) / 2},
        xla=keywords.get("method") != "sparse",
        **keywords,
    )


def _composite(size=_SMALL, background=False, **keywords):
    image, joints = Map((*size, 3)), Joints(size)
    logits = Map((*size, 13 if background else 12))
    inputs = (logits, image, image, joints, joints, *([image] if background else []))
    # Transforms between random joints enlarge about ten times: terms of several hundred pixels
    # cancel, which leaves rounding errors of 3e-5 pixels. The images are noise, whose values change
    # by up to 2 from one pixel to the next.
    keywords |= {"background": background, "tolerance": 6e-5}
    return _line(Composite, size, "coco17", inputs=inputs, **keywords)


def _views(size, joints=17, background=False, mask=False, image="source_image"):
    """Return the inputs of a generator or, with `image="image"`, of a discriminator."""
    views = {image: Map((*size, 3)), "source_image": Map((*size, 3))}
    views |= {f"{which}_keypoints": Joints(size, joints) for which in ("source", "target")}
    views |= {"background": Map((*size, 3))} if background else {}
    return views | ({"source_mask": Map((*size, 1))} if mask else {})


def _generator(size, skeleton="coco17", **keywords):
    joints = 17 if skeleton == "coco17" else 18
    inputs = _views(size, joints, keywords.get("background", False), keywords.get("mask", False))
    levels = _SIX if min(size) >= 64 else _FOUR
    return _line(Generator, size, skeleton, inputs=inputs, **levels, **keywords)


def _discriminator(kind, size=_SMALL, background=False, mask=False, **keywords):
    inputs = _views(size, background=background, mask=mask, image="image")
    keywords |= {"background": True} if background else {}
    keywords |= {"mask": True} if mask else {}
    return _line(kind, size, inputs=inputs, filters=(4, 6, 6, 8), **keywords)


def _toy_estimator():
    """Return a model from images to 17 heat maps of half the size, always with the same weights."""
    return keras.Sequential(
        [
            keras.Input((12, 10, 3)),
            keras.layers.Conv2D(
                17,
                3,
                strides=2,
                padding="same",
                kernel_initializer=keras.initializers.RandomNormal(stddev=0.1, seed=0),
            ),
        ]
    )


LAYERS = [
    _line(AffineWarp, inputs=(Map((9, 12, 3)), Transforms(2))),
    _line(
        AffineWarp,
        interpolation="nearest",
        inputs=(Map((9, 12, 3)), Transforms(2)),
        called="nearest",
    ),
    _skip(called="max-dense"),
    _skip(called="max-sparse", method="sparse"),
    _skip(called="avg-dense", aggregation="avg"),
    _skip(called="avg-sparse-nearest", aggregation="avg", method="sparse", interpolation="nearest"),
    _pose_warp("mask", regions=10, called="mask"),
    _pose_warp("mask", regions=10, called="mask-sparse", method="sparse", aggregation="avg"),
    _pose_warp("mask", regions=10, called="mask-nearest", interpolation="nearest"),
    _pose_warp(
        "mask", regions=10, called="mask-still", still_background=True, estimator="ordinary"
    ),
    _pose_warp("full", called="full"),
    _pose_warp("stn", called="stn"),
    _composite(),
    _composite(background=True, estimator="ordinary", called="background"),
    _line(PoseImage, (20, 12), "coco17", "heatmaps", 3.0, inputs=(Joints((20, 12)),)),
    _line(
        PoseImage,
        (20, 12),
        "openpose18",
        representation="stick_figure",
        inputs=(Joints((20, 12), 18),),
        called="stick-figure",
    ),
    _line(KeypointLocalization, (20, 12), 5, inputs=(Joints((20, 12)), Joints((20, 12)))),
    _line(InstanceNormalization, inputs=(Map((5, 6, 4)),), called="sample"),
    _line(InstanceNormalization, "channel", 1e-5, inputs=(Map((5, 6, 4)),), called="channel"),
    _line(HalvingConvolution, 6, inputs=(Map((9, 8, 4)),)),
    _line(HalvingConvolution, 6, inputs=(Map((30, 20, 4)),), called="large"),
    _line(DoublingConvolution, 6, inputs=(Map((4, 3, 4)),), options={"size": (9, 6)}),
    _line(
        DoublingConvolution,
        6,
        inputs=(Map((14, 10, 4)),),
        options={"size": (28, 20)},
        called="large",
    ),
    _line(DownsamplingBlock, 6, inputs=(Map((9, 8, 4)),)),
    _line(DownsamplingBlock, 6, None, inputs=(Map((8, 9, 4)),), called="plain"),
    _line(UpsamplingBlock, 6, inputs=(Map((4, 3, 4)),), options={"size": (9, 6)}),
    _line(
        UpsamplingBlock,
        6,
        "channel",
        0.5,
        7,
        inputs=(Map((4, 3, 4)),),
        options={"size": (8, 7)},
        called="dropout",
    ),
    _line(Encoder, (4, 5, 6), "channel", inputs=(Map((13, 8, 3)),)),
    _line(
        Decoder, (5, 4), "channel", 0.5, 3, inputs=[Map((13, 8, 4)), Map((6, 4, 5)), Map((3, 2, 6))]
    ),
    _line(PatchTrunk, (6, 1), "channel", inputs=(Map((13, 9, 4)),)),
]
GENERATORS = [
    _generator((16, 18), skip="none", called="none"),
    _generator((16, 18), skip="full", warped_levels=2, called="full"),
    _generator((16, 18), skip="stn", **_CHANNEL, called="stn"),
    _generator(
        _SMALL,
        called="mask",
        warped_levels=1,
        aggregation="avg",
        still_background=True,
        source_pose=False,
    ),
    _generator((128, 72), "openpose18", called="mask-nearest", interpolation="nearest"),
    _generator(
        (16, 18),
        called="stick-figure-background",
        warped_levels=2,
        pose_representation="stick_figure",
        background=True,
    ),
    _generator((16, 18), skip="full", called="source-mask", warped_levels=1, mask=True),
    _generator(_SMALL, called="composite", warped_levels=1, composite=True),
    _generator(
        _SMALL,
        called="composite-background",
        warped_levels=1,
        still_background=True,
        composite=True,
        background=True,
        tied_upsampling=True,
    ),
    _generator(_SMALL, skip="none", called="composite-none", composite=True),
]
OTHER_MODELS = [
    _discriminator(PatchDiscriminator),
    _discriminator(PatchDiscriminator, background=True, called="background", **_CHANNEL),
    _discriminator(SiameseDiscriminator),
    _discriminator(WarpDiscriminator, mask=True),
    _discriminator(WarpDiscriminator, skip="stn", called="stn"),
    _line(ImageDiscriminator, (20, 18), (4, 6), (8, 5), inputs=_views((20, 18), image="image")),
    _line(VGG19Features, "block1_conv2", "original", 3, inputs=(Map((6, 7, 3)),)),
]
MODELS = [*GENERATORS, *OTHER_MODELS]
LOSSES = [
    _line(AdversarialLoss, "hinge", "generator", inputs=(Map((5,), mask=True), Map((5,)))),
    _line(NearestNeighborLoss, 5, inputs=(Map((9, 8, 3)), Map((9, 8, 3)))),
    _line(
        PoseConsistencyLoss,
        (12, 10),
        _toy_estimator(),
        2.0,
        inputs=(Joints((12, 10)), Map((12, 10, 3))),
    ),
    _line(StructuralSimilarityLoss, inputs=(Map((14, 12, 3)), Map((14, 12, 3)))),
    _line(TotalVariationLoss, inputs=(Map((6, 5, 3)), Map((6, 5, 3)))),
]
METRICS = []

GOLDEN = [*LAYERS, *MODELS, *LOSSES, *METRICS]


def _names(lines):
    return [line.name for line in lines]


@pytest.fixture(params=GOLDEN, ids=_names(GOLDEN))
def golden(request) -> Golden:
    """Every line of the table."""
    return request.param


@pytest.fixture(params=LAYERS + MODELS, ids=_names(LAYERS + MODELS))
def network(request) -> Golden:
    """Every line that is a layer or a model."""
    return request.param


@pytest.fixture(params=LAYERS + OTHER_MODELS, ids=_names(LAYERS + OTHER_MODELS))
def smaller_network(request) -> Golden:
    """Every line that is a layer or a model other than a generator."""
    return request.param


@pytest.fixture(params=(xla := [line for line in LAYERS + MODELS if line.xla]), ids=_names(xla))
def xla_network(request) -> Golden:
    """Every layer or model that XLA can compile, because no shape in it depends on the masks."""
    return request.param


@pytest.fixture(params=GENERATORS, ids=_names(GENERATORS))
def generator(request) -> Golden:
    """Every line that is a generator."""
    return request.param


@pytest.fixture(params=LOSSES, ids=_names(LOSSES))
def loss(request) -> Golden:
    """Every line that is a loss."""
    return request.param


@pytest.fixture
def golden_classes() -> set[type]:
    """The classes that have a line."""
    return {line.make.func for line in GOLDEN}


@pytest.fixture(autouse=True)
def same_weights():
    """Every test draws the same initial weights."""
    keras.utils.set_random_seed(0)
