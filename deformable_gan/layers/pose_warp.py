"""The warp from one pose to another, at any level of a network (paper section 3.2)."""

import keras
from keras import ops

from deformable_gan.errors import ConfigurationError
from deformable_gan.geometry.affine import scale_transforms
from deformable_gan.geometry.background_mask import background_mask
from deformable_gan.geometry.original_masks import original_region_masks
from deformable_gan.geometry.region_masks import region_masks
from deformable_gan.geometry.region_transforms import BODIES, region_transforms
from deformable_gan.geometry.uniform_transform import uniform_transform
from deformable_gan.geometry.warp import warp
from deformable_gan.layers.deformable_skip import DeformableSkip
from deformable_gan.layers.keypoint_localization import KeypointLocalization
from deformable_gan.layers.pose_field import PoseField
from deformable_gan.pose.skeleton import get_skeleton

KINDS = ("mask", "full", "stn")
ESTIMATORS = ("total", "ordinary")


@keras.saving.register_keras_serializable(package="deformable_gan")
class PoseWarp(keras.layers.Layer):
    """A layer that moves feature maps of the source image to the target pose.

    - `mask`: the deformable skip: body regions (the paper has ten), each with its own transform and
      region mask.
    - `full`: one affine transform for the whole body, no masks (the "full" row of the ablation).
    - `stn`: one transform learned from the key points (`KeypointLocalization`).

    Networks use it through `field`, since the transforms are the same at every level::

        field = pose_warp.field(source_keypoints, target_keypoints)
        warped = [field.warp(features, level) for level, features in enumerate(levels)]

    Call arguments:
        features: float [B, h, w, C].
        transforms: float32 [B, R, 8] at full image size.
        source_keypoints: float32 [B, J, 3].
        target_keypoints: float32 [B, J, 3].
        stride: the distance of neighbouring feature pixels, in image pixels.
        offset: the position of feature pixel 0 in the image, in pixels.
        logits: float [B, h, w, R], with `soft` aggregation only; see `DeformableSkip`.

    Returns:
        float [B, h, w, C].

    `nearest` interpolation reproduces the original's sampling as a whole and ignores stride and
    offset: translations are divided by the integer H // h, and region masks are read at every
    H/h-th pixel from the first, without a half-pixel shift.

    Args:
        kind: `mask`, `full` or `stn`.
        image_size: (H, W) of the images the key points lie on.
        skeleton: the joints' layout, by name.
        aggregation: how regions are combined: `max`, `avg` or `soft`; for `mask` only.
        interpolation: `bilinear` or `nearest`.
        estimator: `total` or `ordinary` least squares for the over-determined transforms.
        body: `flat` as in the paper, or `solid`; see `region_transforms`. For `mask` only.
        still_background: for still cameras, leave features unchanged outside of both person masks
            (see `geometry.background_mask`). Not in the paper, where the body's transform moves the
            background, too.
        method: see `DeformableSkip`.

    Attributes:
        precision: the type in which `nearest` computes transforms and region masks: float64, as in
            the original, unless an export sets float32 for a format without float64. Then one pixel
            in about a thousand is read from a neighbouring position.

    Raises:
        ConfigurationError: an argument is not one of the values named, or the layout is unknown.
    """

    def __init__(
        self,
        kind: str,
        image_size: tuple[int, int],
        skeleton: str,
        aggregation: str = "max",
        interpolation: str = "bilinear",
        estimator: str = "total",
        body: str = "flat",
        still_background: bool = False,
        method: str = "dense",
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        for argument, value, allowed in (
            ("kind", kind, KINDS),
            ("estimator", estimator, ESTIMATORS),
            ("body", body, BODIES),
        ):
            if value not in allowed:
                raise ConfigurationError(f"{argument} must be one of {allowed}, received {value!r}")
        self.kind = kind
        self.image_size = tuple(image_size)
        self.skeleton = skeleton
        self.aggregation = aggregation
        self.interpolation = interpolation
        self.estimator = estimator
        self.body = body
        self.still_background = still_background
        # Rounding coordinates magnifies small errors: in float32, one pixel in about a thousand is
        # rounded to another neighbour than in the original, which computed in float64.
        self.precision = "float64" if interpolation == "nearest" else "float32"
        self._layout = get_skeleton(skeleton)
        self.skip = DeformableSkip(
            aggregation, interpolation, method, first_covers_all=kind == "mask", name="skip"
        )
        if kind == "stn":
            self.localization = KeypointLocalization(image_size, name="localization")

    @property
    def method(self) -> str:
        """How the regions are warped, `dense` or `sparse`; may be set before tracing."""
        return self.skip.method

    @method.setter
    def method(self, method: str) -> None:
        self.skip.method = method

    def build(self, *shapes):
        """Create the localisation network's weights, if there is one."""
        if self.kind == "stn" and not self.localization.built:
            keypoints_shape = (None, len(self._layout), 3)
            self.localization.build(keypoints_shape, keypoints_shape)
        self.built = True

    def transforms(self, source_keypoints, target_keypoints):
        """Return the transforms of two poses, float32 [B, R, 8], target -> source pixel."""
        if self.kind == "stn":
            return self.localization(source_keypoints, target_keypoints)
        poses = source_keypoints, target_keypoints, self._layout
        if self.kind == "mask":
            transforms = region_transforms(*poses, self.estimator, self.precision, self.body)
        else:
            transforms = uniform_transform(*poses, self.estimator, self.precision)
        return ops.cast(transforms, "float32")

    @property
    def has_regions(self) -> bool:
        """Whether `transforms` returns what `region_transforms` returns in float32."""
        return self.kind == "mask" and self.precision == "float32"

    def field(self, source_keypoints, target_keypoints) -> PoseField:
        """Return the warp from the source pose to the target pose, for every level."""
        return PoseField(self, source_keypoints, target_keypoints)

    def call(
        self,
        features,
        transforms,
        source_keypoints,
        target_keypoints,
        stride,
        offset,
        logits=None,
    ):
        """Return the warped features; see the class."""
        size = features.shape[1:3]
        if self.interpolation == "nearest":
            stride = [whole // part for whole, part in zip(self.image_size, size, strict=True)]
            offset = (0.0, 0.0)
        else:
            stride, offset = (stride, stride), (offset, offset)
        level_transforms = scale_transforms(transforms, stride, offset)
        if self.kind == "mask":
            masks = self.masks(target_keypoints, size, stride, offset)
            warped = self.skip(features, level_transforms, masks, logits)
        else:
            warped = warp(features, level_transforms, self.interpolation)[:, 0]
        if not self.still_background:
            return warped
        background = background_mask(
            source_keypoints, target_keypoints, size, self._layout, stride, offset
        )
        return ops.where(ops.expand_dims(background, axis=-1) > 0, features, warped)

    def masks(self, target_keypoints, size, stride, offset):
        """Return the region masks at a level, float32 [B, R, h, w]; see `region_masks`."""
        if self.interpolation != "nearest":
            return region_masks(target_keypoints, size, self._layout, stride, offset)
        masks = original_region_masks(
            target_keypoints, self.image_size, self._layout, self.precision
        )
        for axis, (whole, part) in enumerate(zip(self.image_size, size, strict=True), start=2):
            masks = ops.take(masks, ops.arange(part) * whole // part, axis=axis)
        return masks

    def compute_output_shape(self, features_shape, *_):
        """Return the shape of the features."""
        return features_shape

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "kind": self.kind,
            "image_size": self.image_size,
            "skeleton": self.skeleton,
            "aggregation": self.aggregation,
            "interpolation": self.interpolation,
            "estimator": self.estimator,
            "body": self.body,
            "still_background": self.still_background,
            "method": self.method,
        }
