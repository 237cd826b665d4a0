"""The generator's decoder (paper section 3.1)."""

import functools

import keras
from keras import ops

from deformable_gan.layers.upsampling_block import UpsamplingBlock

DROPOUT_BLOCKS = 3
_LOGITS_DEVIATION = 0.01


@keras.saving.register_keras_serializable(package="deformable_gan")
class Decoder(keras.layers.Layer):
    """A sequence of blocks that double the size; each result is concatenated with the next skip.

    The finest level is followed by ReLU, a 3x3 convolution and tanh. With `logits`, the convolution
    has that many additional outputs, which weight the candidates (see `Composite`) and start near
    zero.

    Call arguments:
        skips: one feature map per level, finest first: float [B, h_l, w_l, C_l].
        training: whether dropout is on.
        recompute: whether blocks without dropout are computed again for the gradient, which saves
            the memory of their results.

    Returns:
        float32 [B, H, W, 3] in [-1, 1]; with `logits`, a pair of this image and float32
        [B, H, W, logits].

    Args:
        filters: the filters of each block, deepest first; one entry fewer than levels.
        normalization: the normalisation of every block.
        dropout: the dropout rate of the first three blocks.
        seed: the seed of the dropout.
        tied_upsampling: start from kernels that draw no checkerboard; see `DoublingConvolution`.
        logits: the number of outputs besides the image.
    """

    def __init__(
        self,
        filters: tuple[int, ...],
        normalization: str = "sample",
        dropout: float = 0.5,
        seed: int = 0,
        tied_upsampling: bool = False,
        logits: int = 0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = tuple(filters)
        self.normalization = normalization
        self.dropout = dropout
        self.seed = seed
        self.tied_upsampling = tied_upsampling
        self.logits = logits
        self.blocks = [
            UpsamplingBlock(
                block_filters,
                normalization,
                dropout if index < DROPOUT_BLOCKS else 0.0,
                seed + index,
                tied_upsampling,
                name=f"block_{index}",
            )
            for index, block_filters in enumerate(filters)
        ]
        self.activate = keras.layers.ReLU(name="activate")
        # Stored weights contain the names of this layer and this attribute: do not rename them.
        self.leave = keras.layers.Conv2D(
            3 + logits,
            3,
            padding="same",
            kernel_initializer=_image_and_logits if logits else "glorot_uniform",
            name="leave",
        )

    def build(self, skips_shape):
        """Create the weights."""
        skip_channels = [shape[-1] for shape in reversed(skips_shape)]
        channels = skip_channels[0]
        for block, next_skip in zip(self.blocks, skip_channels[1:], strict=True):
            block.build((None, None, None, channels))
            channels = block.filters + next_skip
        self.leave.build((None, None, None, channels))

    def call(self, skips, training=False, recompute=False):
        """Return the decoded image; see the class."""
        features, *finer_skips = reversed(skips)
        for block, skip in zip(self.blocks, finer_skips, strict=True):
            run = functools.partial(block, size=skip.shape[1:3], training=training)  # type: ignore[misc]  # Keras layers are callable
            # A second computation of dropout would draw other random numbers. The blocks with
            # dropout are small, so they are kept.
            if recompute and not block.dropout:
                run = keras.remat(run)
            features = ops.concatenate([run(features), skip], axis=-1)
        outputs = ops.cast(self.leave(self.activate(features)), "float32")
        if not self.logits:
            return ops.tanh(outputs)
        image, logits = ops.split(outputs, [3], axis=-1)
        return ops.tanh(image), logits

    def compute_output_shape(self, skips_shape):
        """Return [B, H, W, 3], and [B, H, W, logits] if there are logits."""
        image = (*skips_shape[0][:3], 3)
        return (image, (*image[:3], self.logits)) if self.logits else image

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "filters": self.filters,
            "normalization": self.normalization,
            "dropout": self.dropout,
            "seed": self.seed,
            "tied_upsampling": self.tied_upsampling,
            "logits": self.logits,
        }


def _image_and_logits(shape, dtype=None):
    """Initialise the last kernel: Glorot for the three image outputs, near zero for the logits."""
    image = keras.initializers.GlorotUniform()((*shape[:-1], 3), dtype=dtype)
    logits = keras.initializers.RandomNormal(stddev=_LOGITS_DEVIATION)
    return ops.concatenate([image, logits((*shape[:-1], shape[-1] - 3), dtype=dtype)], axis=-1)
