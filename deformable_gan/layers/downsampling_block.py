"""The block that encoders and discriminators are made of."""

import keras

from deformable_gan.layers.halving_convolution import HalvingConvolution
from deformable_gan.layers.instance_normalization import InstanceNormalization


@keras.saving.register_keras_serializable(package="deformable_gan")
class DownsamplingBlock(keras.layers.Layer):
    """LeakyReLU(0.2), 4x4 convolution of stride 2 with padding 1 and no bias, normalisation.

    An odd height or width n becomes (n - 1) / 2.

    Call arguments:
        inputs: float [B, h, w, C].

    Returns:
        float [B, h // 2, w // 2, filters].

    Args:
        filters: the convolution's filters.
        normalization: `sample`, `channel` (see `InstanceNormalization`) or None for none.
    """

    def __init__(self, filters: int, normalization: str | None = "sample", **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.normalization = normalization
        self.activate = keras.layers.LeakyReLU(0.2, name="activate")
        self.convolve = HalvingConvolution(filters, name="convolve")
        self.normalize = (
            InstanceNormalization(normalization, name="normalize") if normalization else None
        )

    def build(self, input_shape):
        """Create the weights."""
        self.convolve.build((None, None, None, input_shape[-1]))
        if self.normalize:
            self.normalize.build((None, None, None, self.filters))

    def call(self, inputs):
        """Apply the block; see the class."""
        outputs = self.convolve(self.activate(inputs))
        return self.normalize(outputs) if self.normalize else outputs

    def compute_output_shape(self, input_shape):
        """Return [B, h // 2, w // 2, filters]."""
        batch, height, width, _ = input_shape
        return (batch, height // 2, width // 2, self.filters)

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "filters": self.filters,
            "normalization": self.normalization,
        }
