"""The paper's discriminator, which concatenates all inputs and returns a logit per patch."""

import keras
from keras import ops

from deformable_gan.models.discriminators.conditional_discriminator import (
    ConditionalDiscriminator,
    flatten_logits,
)
from deformable_gan.models.discriminators.patch_trunk import PatchTrunk


@keras.saving.register_keras_serializable(package="deformable_gan")
class PatchDiscriminator(ConditionalDiscriminator):
    """The concatenating discriminator, which the original names `call`.

    Call arguments:
        inputs: see `deformable_gan.models.discriminators`.

    Returns:
        float32 [B, P], a logit per patch (128x64: P = 3; 256x256: P = 49).

    The arguments are those of `ConditionalDiscriminator`.
    """

    def __init__(self, image_size: tuple[int, int], *args, **kwargs):
        super().__init__(image_size, *args, **kwargs)
        # Checkpoints contain the name of this layer: do not rename it.
        self.enter = keras.layers.Conv2D(self.filters[0], 4, strides=2, name="enter")
        self.trunk = PatchTrunk((*self.filters[1:], 1), self.normalization, name="trunk")

    def build(self, input_shape=None):
        """Create the weights; shapes are known from the arguments."""
        if self.built:  # type: ignore[has-type]  # set by Keras
            return
        self.enter.build((None, *self.image_size, self.source_channels + self.target_channels))
        self.trunk.build((None, None, None, self.filters[0]))
        self.built = True

    def call(self, inputs, training=False):
        """Return the logits; see the class."""
        views = [self.source_view(inputs), self.target_view(inputs)]
        return flatten_logits(self.trunk(self.enter(ops.concatenate(views, axis=-1))))
