"""The block that the generator's decoder is made of."""

import keras

from deformable_gan.layers.doubling_convolution import DoublingConvolution
from deformable_gan.layers.instance_normalization import InstanceNormalization


@keras.saving.register_keras_serializable(package="deformable_gan")
class UpsamplingBlock(keras.layers.Layer):
    """ReLU, 4x4 transposed convolution of stride 2 without bias, normalisation, dropout.

    It reverses the change of size of a `DownsamplingBlock`; see `DoublingConvolution`.

    Call arguments:
        inputs: float [B, h, w, C].
        size: (height, width) of the output; each 2n or 2n + 1.
        training: whether dropout is on.

    Returns:
        float [B, height, width, filters].

    Args:
        filters: the convolution's filters.
        normalization: `sample`, `channel` (see `InstanceNormalization`) or None for none.
        dropout: the share of values dropped in training; 0 for none.
        seed: the seed of the dropout.
        tied_upsampling: start from a kernel that draws no checkerboard; see `DoublingConvolution`.
    """

    def __init__(
        self,
        filters: int,
        normalization: str | None = "sample",
        dropout: float = 0.0,
        seed: int | None = None,
        tied_upsampling: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = filters
        self.normalization = normalization
        self.dropout = dropout
        self.seed = seed
        self.tied_upsampling = tied_upsampling
        self.activate = keras.layers.ReLU(name="activate")
        self.convolve = DoublingConvolution(filters, tied_upsampling, name="convolve")
        self.normalize = (
            InstanceNormalization(normalization, name="normalize") if normalization else None
        )
        self.drop = keras.layers.Dropout(dropout, seed=seed, name="drop") if dropout else None

    def build(self, input_shape):
        """Create the weights."""
        self.convolve.build((None, None, None, input_shape[-1]))
        if self.normalize:
            self.normalize.build((None, None, None, self.filters))

    def call(self, inputs, size, training=False):
        """Apply the block; see the class."""
        outputs = self.convolve(self.activate(inputs), size=size)
        if self.normalize:
            outputs = self.normalize(outputs)
        return self.drop(outputs, training=training) if self.drop else outputs

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "filters": self.filters,
            "normalization": self.normalization,
            "dropout": self.dropout,
            "seed": self.seed,
            "tied_upsampling": self.tied_upsampling,
        }
