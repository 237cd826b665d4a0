"""The convolutions that the original's discriminators share."""

import keras

from deformable_gan.layers.downsampling_block import DownsamplingBlock


@keras.saving.register_keras_serializable(package="deformable_gan")
class PatchTrunk(keras.layers.Layer):
    """A sequence of blocks that each halve the size, one for each entry of `filters`.

    Call arguments:
        inputs: float [B, h, w, C].

    Returns:
        float [B, h >> n, w >> n, filters[-1]] for n blocks.

    Args:
        filters: the filters of each block.
        normalization: the normalisation of every block with more than one filter. A block with one
            filter returns patch logits, which are not normalised.
    """

    def __init__(self, filters: tuple[int, ...], normalization: str = "sample", **kwargs):
        super().__init__(**kwargs)
        self.filters = tuple(filters)
        self.normalization = normalization
        self.blocks = [
            DownsamplingBlock(
                block_filters,
                normalization if block_filters > 1 else None,
                name=f"block_{index}",
            )
            for index, block_filters in enumerate(filters, start=1)
        ]

    def build(self, input_shape):
        """Create the weights."""
        channels = input_shape[-1]
        for block in self.blocks:
            block.build((None, None, None, channels))
            channels = block.filters

    def call(self, inputs):
        """Apply the blocks; see the class."""
        for block in self.blocks:
            inputs = block(inputs)
        return inputs

    def compute_output_shape(self, input_shape):
        """Return [B, h >> n, w >> n, filters[-1]] for n blocks."""
        for block in self.blocks:
            input_shape = block.compute_output_shape(input_shape)
        return input_shape

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "filters": self.filters,
            "normalization": self.normalization,
        }
