"""The transposed convolution that doubles the size of a feature map."""

import functools

import keras
from keras import ops

from deformable_gan.layers.matrix_windows import overlap, part, small, times_transposed

#: Input pixels up to which a product of matrices is faster: in general, and in bfloat16 on
#: TensorFlow.
_SMALL, _SMALL_HALF = 256, 1024


@keras.saving.register_keras_serializable(package="deformable_gan")
class DoublingConvolution(keras.layers.Layer):
    """A 4x4 transposed convolution of stride 2 without bias.

    It reverses the change of size of a `HalvingConvolution`. It turns n rows into 2n + 2, drops the
    first and keeps the requested number: 2n (the original's cropping by one on both sides) or
    2n + 1. The same holds for columns. The smallest maps use one matrix product, as in
    `HalvingConvolution`.

    Call arguments:
        inputs: float [B, h, w, C].
        size: (height, width) of the output; each 2n or 2n + 1.

    Returns:
        float [B, height, width, filters].

    Args:
        filters: channels of the output.
        tied: start from a kernel whose rows and columns are equal in pairs. The layer then starts
            as a convolution of the map enlarged by repeating pixels, without the checkerboard that
            independent taps produce on flat areas (Aitken et al. 2017 do the same for sub-pixel
            convolutions). Training may make equal rows and columns differ.
    """

    #: Convolves where the result is twice as large; training replaces it where that is faster.
    convolution = staticmethod(functools.partial(ops.conv_transpose, strides=2, padding="same"))

    def __init__(self, filters: int, tied: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.tied = tied
        self.kernel_initializer = keras.initializers.GlorotUniform()

    def build(self, input_shape):
        """Create the kernel, [4, 4, filters, C]."""
        self.kernel = self.add_weight(
            name="kernel",
            shape=(4, 4, self.filters, input_shape[-1]),
            initializer=self._tied_kernel if self.tied else self.kernel_initializer,
        )

    def _tied_kernel(self, shape, dtype=None):
        """Return a kernel of 2 x 2 independent taps, each repeated in both directions."""
        kernel = self.kernel_initializer((4, 4, *shape[2:]), dtype=dtype)[::2, ::2]
        return ops.repeat(ops.repeat(kernel, 2, axis=0), 2, axis=1)

    def call(self, inputs, size):
        """Return the convolution; see the class."""
        height, width = inputs.shape[1:3]
        if height * width <= small(self.compute_dtype, _SMALL, _SMALL_HALF):
            outputs = self._product(inputs)
        elif tuple(size) == (2 * height, 2 * width):
            return self.convolution(inputs, self.kernel)
        else:
            outputs = ops.conv_transpose(inputs, self.kernel, strides=2, padding="valid")
        return part(outputs, (1, 1), tuple(size))

    def _product(self, inputs):
        """Return all 2h + 2 rows and 2w + 2 columns."""
        height, width, channels = inputs.shape[1:]
        kernel = ops.reshape(self.kernel, (16 * self.filters, channels))
        windows = times_transposed(ops.reshape(inputs, (-1, channels)), kernel)
        # Kernel row 2a + r of input row i goes to output row 2 (i + a) + r. Columns follow
        # the same rule.
        # At most five axes are used, because LiteRT cannot slice and pad more.
        windows = ops.reshape(windows, (-1, height, width, 2, 8 * self.filters))
        rows = overlap(*ops.unstack(windows, 2, axis=3))
        rows = ops.reshape(rows, (-1, width, 2, 2, 2 * self.filters))
        columns = overlap(*ops.unstack(rows, 2, axis=3))
        outputs = ops.transpose(columns, (0, 2, 1, 3))
        return ops.reshape(outputs, (-1, 2 * height + 2, 2 * width + 2, self.filters))

    def get_config(self):
        """Return the constructor's arguments."""
        return {**super().get_config(), "filters": self.filters, "tied": self.tied}
