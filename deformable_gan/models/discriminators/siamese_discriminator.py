"""The siamese discriminator, which compares the features of the source and the judged image."""

import keras
from keras import ops

from deformable_gan.errors import ConfigurationError
from deformable_gan.models.discriminators.conditional_discriminator import (
    ConditionalDiscriminator,
)
from deformable_gan.models.discriminators.patch_trunk import PatchTrunk


@keras.saving.register_keras_serializable(package="deformable_gan")
class SiameseDiscriminator(ConditionalDiscriminator):
    """A network applied to (judged image, target pose) and to (source image, source pose).

    The two feature maps are concatenated, and LeakyReLU and a dense layer turn them into one logit.
    This is `sim` in the original.

    Call arguments:
        inputs: see `deformable_gan.models.discriminators`.

    Returns:
        float32 [B, 1].

    The arguments are those of `ConditionalDiscriminator`, with `source_pose=True`,
    `background=False` and `mask=False`, since both pairs go through the same convolutions.

    Raises:
        ConfigurationError: `source_pose`, `background` or `mask` differs from these values, so that
            the two pairs would have different channels; see also `ConditionalDiscriminator`.
    """

    verdict_blocks = 0

    def __init__(self, image_size: tuple[int, int], *args, **kwargs):
        super().__init__(image_size, *args, **kwargs)
        if not self.source_pose or self.background or self.mask:
            raise ConfigurationError(
                "the siamese discriminator needs source_pose=True, background=False and "
                "mask=False, since both images go through the same convolutions; received "
                f"source_pose={self.source_pose}, background={self.background}, "
                f"mask={self.mask}: set these values, or use another kind of discriminator"
            )
        # Checkpoints contain the name of this layer: do not rename it.
        self.enter = keras.layers.Conv2D(self.filters[0], 4, strides=2, name="enter")
        self.trunk = PatchTrunk(self.filters[1:], self.normalization, name="trunk")
        self.activate = keras.layers.LeakyReLU(0.2, name="activate")
        self.compare = keras.layers.Dense(1, name="compare")

    def build(self, input_shape=None):
        """Create the weights. `input_shape` is ignored: the constructor's arguments are enough."""
        if self.built:  # type: ignore[has-type]  # set by Keras
            return
        self.enter.build((None, *self.image_size, self.source_channels))
        entered = self.enter.compute_output_shape((None, *self.image_size, self.source_channels))
        self.trunk.build(entered)
        _, height, width, channels = self.trunk.compute_output_shape(entered)
        self.compare.build((None, height * width * 2 * channels))
        self.built = True

    def call(self, inputs, training=False):
        """Return the logits; see the class."""
        judged = self.trunk(self.enter(self.target_view(inputs)))
        source = self.trunk(self.enter(self.source_view(inputs)))
        features = self.activate(ops.concatenate([judged, source], axis=-1))
        flat = ops.reshape(
            features, (-1, features.shape[1] * features.shape[2] * features.shape[3])
        )
        return ops.cast(self.compare(flat), "float32")
