"""The original's `warp` discriminator, which warps the source's features to the target pose."""

import keras
from keras import ops

from deformable_gan.layers.pose_warp import PoseWarp
from deformable_gan.models.discriminators.conditional_discriminator import (
    ConditionalDiscriminator,
    flatten_logits,
)
from deformable_gan.models.discriminators.patch_trunk import PatchTrunk


@keras.saving.register_keras_serializable(package="deformable_gan")
class WarpDiscriminator(ConditionalDiscriminator):
    """A discriminator that warps the source's features to the target pose.

    Separate first convolutions process the source view and the target view. The warped source
    features and the target features are concatenated.

    Call arguments:
        inputs: see `deformable_gan.models.discriminators`.

    Returns:
        float32 [B, P], a logit per patch.

    Args:
        image_size: (H, W).
        skip: the kind of warp: `mask`, `full` or `stn`; see `PoseWarp`.
        aggregation: how regions are combined: `max` or `avg`; for `mask` only.
        interpolation: `bilinear`, or `nearest` as in the original.
        **kwargs: the other arguments of `ConditionalDiscriminator`.
    """

    def __init__(
        self,
        image_size: tuple[int, int],
        skip: str = "mask",
        aggregation: str = "max",
        interpolation: str = "bilinear",
        **kwargs,
    ):
        super().__init__(image_size, **kwargs)
        self.pose_warp = PoseWarp(
            skip, image_size, self.skeleton, aggregation, interpolation, name="pose_warp"
        )
        self.enter_source = keras.layers.Conv2D(self.filters[0], 4, strides=2, name="enter_source")
        self.enter_target = keras.layers.Conv2D(self.filters[0], 4, strides=2, name="enter_target")
        self.trunk = PatchTrunk((*self.filters[1:], 1), self.normalization, name="trunk")

    def build(self, input_shape=None):
        """Create the weights; shapes are known from the arguments."""
        if self.built:  # type: ignore[has-type]  # set by Keras
            return
        self.enter_source.build((None, *self.image_size, self.source_channels))
        self.enter_target.build((None, *self.image_size, self.target_channels))
        self.pose_warp.build()
        self.trunk.build((None, None, None, 2 * self.filters[0]))
        self.built = True

    @property
    def warp_method(self) -> str:
        """How regions are warped; see `DeformableSkip`."""
        return self.pose_warp.method

    @warp_method.setter
    def warp_method(self, method: str) -> None:
        self.pose_warp.method = method

    def call(self, inputs, training=False):
        """Return the logits; see the class."""
        target_keypoints = ops.cast(inputs["target_keypoints"], "float32")
        source_keypoints = ops.cast(inputs["source_keypoints"], "float32")
        field = self.pose_warp.field(source_keypoints, target_keypoints)
        # A 4x4 convolution of stride 2 without padding reads pixels 2j … 2j + 3.
        source = field.warp_at(self.enter_source(self.source_view(inputs)), stride=2, offset=1.5)
        target = self.enter_target(self.target_view(inputs))
        return flatten_logits(self.trunk(ops.concatenate([target, source], axis=-1)))

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "skip": self.pose_warp.kind,
            "aggregation": self.pose_warp.aggregation,
            "interpolation": self.pose_warp.interpolation,
        }
