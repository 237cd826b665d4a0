"""The generator, which renders the person of an image in a target pose."""

import dataclasses
from pathlib import Path
from typing import Any

import keras
from keras import ops

from deformable_gan.config import ExperimentConfig
from deformable_gan.errors import ConfigurationError
from deformable_gan.layers.composite import Composite
from deformable_gan.layers.pose_field import PoseField
from deformable_gan.layers.pose_image import PoseImage
from deformable_gan.layers.pose_warp import PoseWarp
from deformable_gan.models.decoder import Decoder
from deformable_gan.models.encoder import Encoder
from deformable_gan.pose.skeleton import get_skeleton
from deformable_gan.saving.saved_generator import SavedGenerator

SKIPS = ("none", "full", "mask", "stn")


@keras.saving.register_keras_serializable(package="deformable_gan")
class Generator(keras.Model):
    """A U-Net whose skips move appearance to the target pose (paper section 3.1, figure 2).

    With `skip="none"`, the baseline, a single encoder sees all inputs. Otherwise, an appearance
    encoder sees the source image and pose, and a pose encoder sees the target pose. A `PoseWarp`
    warps the appearance features of the finest levels. At every level, the appearance features are
    concatenated with the pose features.

    With `composite=True`, each pixel of the result is a mixture of what the decoder draws, pixels
    copied from the source and, with `background=True`, pixels of the background; see `Composite`.
    `compose` returns the parts of the mixture.

    Call arguments:
        inputs: a dictionary of

            - source_image: float [B, H, W, 3] in [-1, 1].
            - source_keypoints, target_keypoints: float32 [B, J, 3] of (y, x, confidence) in pixels.
            - background: float [B, H, W, 3] in [-1, 1], only with `background=True`.
            - source_mask: float [B, H, W, 1], 1 on the person, else -1; only with `mask=True`.
        training: whether dropout is on.

    Returns:
        float32 [B, H, W, 3] in [-1, 1].

    Args:
        image_size: (H, W), each at least 2 ** (len(encoder_filters) - 1).
        skeleton: the joints' layout, by name.
        encoder_filters: the filters of each level, finest first.
        decoder_filters: the filters of each block, deepest first; one entry fewer than
            `encoder_filters`.
        skip: `none`, `full`, `mask` (region masks) or `stn`; see `PoseWarp`.
        warped_levels: how many of the finest levels are warped.
        aggregation: how regions are combined: `max`, `avg` or `soft`; see `DeformableSkip`.
        interpolation: the warp's interpolation: `bilinear`, or `nearest` as in the original.
        estimator: how over-determined transforms are estimated: `total` or `ordinary` least
            squares.
        body: `flat` as in the paper, or `solid`: a torso with depth and a round head; see
            `region_transforms`.
        still_background: whether features outside the person in both poses stay unwarped; see
            `PoseWarp`.
        normalization: `sample` (the original's) or `channel`; see `InstanceNormalization`.
        dropout: the dropout rate of the decoder's first three blocks.
        source_pose: whether the appearance encoder sees the source pose.
        pose_representation: `heatmaps` or `stick_figure`.
        heatmap_sigma: the standard deviation of heat maps, in pixels.
        background: whether the pose encoder sees the target's background. With `composite`, the
            appearance encoder also sees it.
        mask: whether the appearance encoder sees the person mask. Not in the paper.
        composite: whether the result is a mixture of copied and drawn pixels. Not in the paper.
        tied_upsampling: whether the decoder starts from kernels that draw no checkerboard; see
            `DoublingConvolution`. Not in the paper.
        seed: the seed of the dropout.

    Raises:
        ConfigurationError: the arguments do not fit together.
    """

    def __init__(
        self,
        image_size: tuple[int, int],
        skeleton: str = "coco17",
        encoder_filters: tuple[int, ...] = (64, 128, 256, 512, 512, 512),
        decoder_filters: tuple[int, ...] = (512, 512, 512, 256, 128),
        skip: str = "mask",
        warped_levels: int = 4,
        aggregation: str = "max",
        interpolation: str = "bilinear",
        estimator: str = "total",
        body: str = "flat",
        still_background: bool = False,
        normalization: str = "sample",
        dropout: float = 0.5,
        source_pose: bool = True,
        pose_representation: str = "heatmaps",
        heatmap_sigma: float = 6.0,
        background: bool = False,
        mask: bool = False,
        composite: bool = False,
        tied_upsampling: bool = False,
        seed: int = 0,
        name: str = "generator",
        **kwargs,
    ):
        # Key points must not be rounded to half precision; convolutions cast for themselves.
        super().__init__(name=name, autocast=False, **kwargs)
        self._arguments = {
            "image_size": tuple(image_size),
            "skeleton": skeleton,
            "encoder_filters": tuple(encoder_filters),
            "decoder_filters": tuple(decoder_filters),
            "skip": skip,
            "warped_levels": warped_levels,
            "aggregation": aggregation,
            "interpolation": interpolation,
            "estimator": estimator,
            "body": body,
            "still_background": still_background,
            "normalization": normalization,
            "dropout": dropout,
            "source_pose": source_pose,
            "pose_representation": pose_representation,
            "heatmap_sigma": heatmap_sigma,
            "background": background,
            "mask": mask,
            "composite": composite,
            "tied_upsampling": tied_upsampling,
            "seed": seed,
        }
        _check(image_size, encoder_filters, decoder_filters, skip)
        self.image_size = (image_size[0], image_size[1])
        self.skip = skip
        self.warped_levels = warped_levels
        self.source_pose = source_pose
        self.background = background
        self.mask = mask
        self.composite: Any = None
        if composite:
            self.composite = Composite(
                image_size, skeleton, estimator, body, background, name="composite"
            )
        self.pose_image = PoseImage(
            image_size, skeleton, pose_representation, heatmap_sigma, name="pose_image"
        )
        #: For `soft`, a convolution per warped level from pose features to logits of the regions.
        self.arrange = []
        if skip == "none":
            self.encoder = Encoder(encoder_filters, normalization, name="encoder")
        else:
            self.appearance_encoder = Encoder(
                encoder_filters, normalization, name="appearance_encoder"
            )
            self.pose_encoder = Encoder(encoder_filters, normalization, name="pose_encoder")
            self.pose_warp = PoseWarp(
                skip,
                image_size,
                skeleton,
                aggregation,
                interpolation,
                estimator,
                body,
                still_background,
                name="pose_warp",
            )
            if aggregation == "soft" and skip == "mask":
                regions = len(get_skeleton(skeleton).regions)
                self.arrange = [
                    keras.layers.Conv2D(regions, 1, name=f"arrange_{level}")
                    for level in range(min(warped_levels, len(encoder_filters)))
                ]
        self.decoder = Decoder(
            decoder_filters,
            normalization,
            dropout,
            seed,
            tied_upsampling,
            len(self.composite.candidates) if composite else 0,
            name="decoder",
        )
        #: Gradient checkpointing: less memory, more time, the same result. Set it before tracing.
        self.recompute = False

    @property
    def warp_method(self) -> str | None:
        """How regions are warped, `dense` or `sparse` (see `DeformableSkip`); None without warps.

        May be set at any time before the model is traced; the result does not depend on it.
        """
        return None if self.skip == "none" else self.pose_warp.method

    @warp_method.setter
    def warp_method(self, method: str | None) -> None:
        if self.skip != "none" and method is not None:
            self.pose_warp.method = method

    def input_shapes(self) -> dict[str, tuple]:
        """Return the shape of each input by name; the batch axis is None."""
        keypoints = (None, len(self.pose_image._layout), 3)
        image = (None, *self.image_size, 3)
        shapes = {
            "source_image": image,
            "source_keypoints": keypoints,
            "target_keypoints": keypoints,
        }
        if self.background:
            shapes["background"] = image
        if self.mask:
            shapes["source_mask"] = (*image[:3], 1)
        return shapes

    def build(self, input_shape=None):
        """Create the weights; shapes are known from the arguments."""
        if self.built:  # type: ignore[has-type]  # set by Keras
            return
        pose = self.pose_image.channels
        appearance = 3 + (pose if self.source_pose else 0) + (1 if self.mask else 0)
        if self.composite and self.background:
            appearance += 3
        target = pose + (3 if self.background else 0)
        shape = (None, *self.image_size)
        if self.skip == "none":
            self.encoder.build((*shape, appearance + target))
            levels = self.encoder.compute_output_shape((*shape, appearance + target))
        else:
            self.appearance_encoder.build((*shape, appearance))
            self.pose_encoder.build((*shape, target))
            self.pose_warp.build()
            levels = self.pose_encoder.compute_output_shape((*shape, target))
            for arrange, level in zip(self.arrange, levels, strict=False):
                arrange.build(level)
            levels = [(*level[:3], 2 * level[3]) for level in levels]
        self.decoder.build(levels)
        self.built = True

    def call(self, inputs, training=False, appearance=None):
        """Return the generated images; see the class.

        `appearance` is the result of the method `appearance` for these inputs; None to compute it.
        """
        field = self._field(inputs)
        decoded = self.decoder(
            self._skips(inputs, field, appearance), training=training, recompute=self.recompute
        )
        if not self.composite:
            return decoded
        drawn, logits = decoded
        source, background = inputs["source_image"], self._background(inputs)
        poses = _keypoints(inputs)
        transforms = self._region_transforms(field)
        return self.composite(logits, drawn, source, *poses, background, transforms)

    def require_composite(self) -> None:
        """Check that this generator composes its images.

        Raises:
            ConfigurationError: this generator does not compose.
        """
        if not self.composite:
            raise ConfigurationError(
                "this generator draws whole images and cannot mix them with copied pixels: use a "
                "generator that was trained with composite=True"
            )

    def appearance(self, inputs):
        """Return the appearance encoder's features, which do not depend on the target pose.

        Args:
            inputs: as for a call; no target key points are needed.

        Returns:
            A list of feature maps, finest first, for the argument `appearance` of a call and of
            `compose`.

        Raises:
            ConfigurationError: `skip` is "none", so a single encoder sees source and target.
        """
        if self.skip == "none":
            raise ConfigurationError(
                "a generator with skip='none' has a single encoder, which also sees the target "
                "pose: call it for every pose"
            )
        planes = ops.concatenate(self._source_planes(inputs), axis=-1)
        return self.appearance_encoder(planes, recompute=self.recompute)

    def compose(self, inputs, training=False, appearance=None, mixed=True):
        """Return the parts of a composed image, from which it can be mixed at any size.

        Args:
            inputs: as for a call.
            training: whether dropout is on.
            appearance: the result of the method `appearance` for these inputs; None to compute it.
            mixed: whether to return the mixture as well.

        Returns:
            A dictionary of

            - weights: float32 [B, H, W, K], the weights of the candidates in the order of
              `composite.candidates`; positive, with sum 1.
            - drawn: float32 [B, H, W, 3] in [-1, 1].
            - transforms: float32 [B, R, 8], the transform of each region from target pixels to
              source pixels.
            - image: float32 [B, H, W, 3], the mixture at this size, which a call returns; only with
              `mixed`.

        Raises:
            ConfigurationError: this generator does not compose its images.
        """
        self.require_composite()
        field = self._field(inputs)
        drawn, logits = self.decoder(
            self._skips(inputs, field, appearance), training=training, recompute=self.recompute
        )
        source, background = inputs["source_image"], self._background(inputs)
        poses, transforms = _keypoints(inputs), self._region_transforms(field)
        parts = self.composite.weigh(logits, source, *poses, background, mixed, transforms)
        if mixed:
            regions = parts.pop("regions")
            image = self.composite.mix(parts["weights"], regions, drawn, source, background)
            parts["image"] = image
        return {**parts, "drawn": drawn}

    def _background(self, inputs):
        return inputs["background"] if self.background else None

    def _source_planes(self, inputs) -> list:
        planes = [ops.cast(inputs["source_image"], self.compute_dtype)]
        if self.source_pose:
            planes.append(self.pose_image(ops.cast(inputs["source_keypoints"], "float32")))
        if self.mask:
            planes.append(ops.cast(inputs["source_mask"], self.compute_dtype))
        if self.composite and self.background:
            # Where the source differs from the background, it shows the person, with clothes and
            # hair.
            planes.append(ops.cast(inputs["background"], self.compute_dtype))
        return planes

    def _field(self, inputs) -> PoseField | None:
        """Return the warp between the poses; None with the skip `none`."""
        return None if self.skip == "none" else self.pose_warp.field(*_keypoints(inputs))

    def _region_transforms(self, field: PoseField | None):
        """Return the regions' transforms if a field has them as `Composite` computes them."""
        return field.transforms if field is not None and self.pose_warp.has_regions else None

    def _skips(self, inputs, field: PoseField | None, appearance=None):
        """Return the feature map of each level for the decoder, finest first."""
        target = [self.pose_image(_keypoints(inputs)[1])]
        if self.background:
            target.append(ops.cast(inputs["background"], self.compute_dtype))
        if self.skip == "none":
            planes = ops.concatenate(self._source_planes(inputs) + target, axis=-1)
            return self.encoder(planes, recompute=self.recompute)
        return self._deformable_skips(
            self.appearance(inputs) if appearance is None else appearance,
            self.pose_encoder(ops.concatenate(target, axis=-1), recompute=self.recompute),
            field,
        )

    def _deformable_skips(self, appearance, pose, field):
        skips = []
        for level, (features, pose_features) in enumerate(zip(appearance, pose, strict=True)):
            if level < self.warped_levels:
                logits = self.arrange[level](pose_features) if self.arrange else None
                features = field.warp(features, level, logits)
            skips.append(ops.concatenate([features, pose_features], axis=-1))
        return skips

    def compute_output_shape(self, input_shape):
        """Return [B, H, W, 3]."""
        return (input_shape["source_image"][0], *self.image_size, 3)

    def get_config(self):
        """Return the constructor's arguments."""
        return {**super().get_config(), **self._arguments}

    @classmethod
    def of_experiment(cls, config: ExperimentConfig) -> "Generator":
        """Return the generator of a configuration with random initial weights."""
        generator = cls(
            image_size=config.image_size,
            skeleton=config.skeleton,
            seed=config.training.seed,
            **dataclasses.asdict(config.generator),
        )
        generator.build()
        return generator

    @classmethod
    def from_preset(cls, preset: str | Path) -> "Generator":
        """Return a trained generator.

        Args:
            preset: the name of a model that ships with the package (`people`); the folder of an
                export that holds the format `keras`; or a handle, `hf://USER/NAME` or
                `kaggle://USER/MODEL/keras/VARIATION`.

        Raises:
            HubError: the preset cannot be downloaded, or the download is damaged or not a preset.
            RunError: the folder does not hold a preset, or it is damaged.
        """
        saved = SavedGenerator.find(preset, runs=False)
        generator = cls.of_experiment(saved.read_config())
        saved.restore(generator)
        return generator


def _keypoints(inputs):
    """Return the source's and the target's key points in float32, which geometry needs."""
    return tuple(ops.cast(inputs[f"{of}_keypoints"], "float32") for of in ("source", "target"))


def _check(image_size, encoder_filters, decoder_filters, skip):
    if skip not in SKIPS:
        raise ConfigurationError(f"skip must be one of {SKIPS}, received {skip!r}")
    if len(decoder_filters) != len(encoder_filters) - 1:
        raise ConfigurationError(
            "decoder_filters must have one entry fewer than encoder_filters: received "
            f"{len(decoder_filters)} and {len(encoder_filters)}"
        )
    smallest = 2 ** (len(encoder_filters) - 1)
    if min(image_size) < smallest:
        raise ConfigurationError(
            f"image_size must be at least {smallest}x{smallest} for {len(encoder_filters)} "
            f"encoder levels, received {image_size[0]}x{image_size[1]}: use larger images or fewer "
            "levels"
        )
