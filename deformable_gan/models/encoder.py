"""The generator's encoders (paper section 3.1)."""

import keras

from deformable_gan.layers.downsampling_block import DownsamplingBlock


@keras.saving.register_keras_serializable(package="deformable_gan")
class Encoder(keras.layers.Layer):
    """A 3x3 convolution and blocks that each halve the size; the result contains every level.

    Call arguments:
        inputs: float [B, H, W, C].
        recompute: whether each block is computed again for the gradient, which saves the memory of
            its result.

    Returns:
        A list of len(filters) feature maps, finest first: [B, H, W, filters[0]],
        [B, H // 2, W // 2, filters[1]], …

    Args:
        filters: the filters of each level.
        normalization: the normalisation of every block but the deepest, which has none.
    """

    def __init__(self, filters: tuple[int, ...], normalization: str = "sample", **kwargs):
        super().__init__(**kwargs)
        self.filters = tuple(filters)
        self.normalization = normalization
        # Stored weights contain the names of this layer and this attribute: do not rename them.
        self.enter = keras.layers.Conv2D(filters[0], 3, padding="same", name="enter")
        self.blocks = [
            DownsamplingBlock(
                level_filters,
                normalization if level < len(filters) - 1 else None,
                name=f"block_{level}",
            )
            for level, level_filters in enumerate(filters[1:], start=1)
        ]

    def build(self, input_shape):
        """Create the weights."""
        self.enter.build((None, None, None, input_shape[-1]))
        for block, channels in zip(self.blocks, self.filters, strict=False):
            block.build((None, None, None, channels))

    def call(self, inputs, recompute=False):
        """Return every level's features; see the class."""
        levels = [self.enter(inputs)]
        for block in self.blocks:
            levels.append((keras.remat(block) if recompute else block)(levels[-1]))
        return levels

    def compute_output_shape(self, input_shape):
        """Return the shape of every level."""
        shapes = [(*input_shape[:3], self.filters[0])]
        for block in self.blocks:
            shapes.append(block.compute_output_shape(shapes[-1]))
        return shapes

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "filters": self.filters,
            "normalization": self.normalization,
        }
