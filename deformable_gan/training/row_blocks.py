"""The gradients of strided convolutions' kernels, computed faster on CPUs for large maps."""

import keras
import tensorflow as tf

from deformable_gan.layers.doubling_convolution import DoublingConvolution
from deformable_gan.layers.halving_convolution import HalvingConvolution

#: The fewest pixels of the map of half the resolution for which blocks are faster, and the most
#: pixels of that map per block.
_LARGE, _BLOCK = 1024, 512
#: Bytes that are copied into blocks at a time.
_COPIED = 1 << 24
_STRIDED = {"strides": [1, 2, 2, 1], "padding": "SAME"}


def use_row_blocks(network: keras.Model) -> None:
    """Let a network's strided convolutions compute the gradients of their kernels in row blocks.

    On maps of 64x64 pixels and more with two images per batch, oneDNN's routine reaches only half
    of its speed. With the maps cut into blocks of rows, which count as images of a larger batch,
    the same sum takes half the time. Use this on CPUs without XLA only, and before the network is
    traced.

    Args:
        network: the network whose layers are changed.
    """
    for layer in network._flatten_layers():
        if isinstance(layer, HalvingConvolution):
            layer.convolution = convolve
        elif isinstance(layer, DoublingConvolution):
            layer.convolution = convolve_transposed


def convolve(inputs, kernel):
    """Convolve with stride 2 and padding "same".

    Args:
        inputs: float [B, 2h, 2w, C].
        kernel: float [4, 4, C, F].

    Returns:
        float [B, h, w, F].
    """
    return _convolve(inputs, tf.convert_to_tensor(kernel))


@tf.custom_gradient
def _convolve(inputs, kernel):
    def gradient(upstream):
        of_kernel = filter_gradient(inputs, upstream, kernel.shape)
        with _after(of_kernel):
            of_inputs = tf.raw_ops.Conv2DBackpropInput(
                input_sizes=tf.shape(inputs), filter=kernel, out_backprop=upstream, **_STRIDED
            )
        of_inputs.set_shape(inputs.shape)
        return of_inputs, of_kernel

    return tf.raw_ops.Conv2D(input=inputs, filter=kernel, **_STRIDED), gradient


def convolve_transposed(inputs, kernel):
    """Apply a transposed convolution with stride 2 and padding "same".

    Args:
        inputs: float [B, h, w, C].
        kernel: float [4, 4, F, C].

    Returns:
        float [B, 2h, 2w, F].
    """
    return _convolve_transposed(inputs, tf.convert_to_tensor(kernel))


@tf.custom_gradient
def _convolve_transposed(inputs, kernel):
    height, width = inputs.shape[1:3]

    def gradient(upstream):
        of_kernel = filter_gradient(upstream, inputs, kernel.shape)
        with _after(of_kernel):
            of_inputs = tf.raw_ops.Conv2D(input=upstream, filter=kernel, **_STRIDED)
        return of_inputs, of_kernel

    size = [tf.shape(inputs)[0], 2 * height, 2 * width, kernel.shape[2]]
    outputs = tf.raw_ops.Conv2DBackpropInput(
        input_sizes=tf.stack(size), filter=kernel, out_backprop=inputs, **_STRIDED
    )
    outputs.set_shape((inputs.shape[0], *size[1:]))
    return outputs, gradient


def filter_gradient(image, result, kernel_shape):
    """Return the gradient of the kernel of a convolution with stride 2.

    Args:
        image: float [B, 2h, 2w, C], the convolution's input.
        result: float [B, h, w, F], the gradient of the convolution's result.
        kernel_shape: [4, 4, C, F].

    Returns:
        float [4, 4, C, F].
    """
    height, width = result.shape[1:3]
    rows = _rows(height, width)
    if rows == height:
        return tf.raw_ops.Conv2DBackpropFilter(
            input=image, filter_sizes=list(kernel_shape), out_backprop=result, **_STRIDED
        )
    starts = list(range(0, height, rows))
    # If the batch size is not known, 4 images are assumed; this affects memory and time only.
    size = image.shape[0] or 4
    bytes_of_all = image.dtype.size * size * 4 * height * width * image.shape[3]
    each = max(1, len(starts) * _COPIED // bytes_of_all)
    total = None
    for first in range(0, len(starts), each):
        chosen = starts[first : first + each]
        # The parts are computed in turn, so that only the copies of one part are in memory.
        with tf.control_dependencies([] if total is None else [total]):
            images = tf.concat([_windows(image, 2 * one, 2 * rows) for one in chosen], axis=0)
            results = tf.concat([_rows_of(result, one, rows) for one in chosen], axis=0)
            part = tf.raw_ops.Conv2DBackpropFilter(
                input=images,
                filter_sizes=list(kernel_shape),
                out_backprop=results,
                strides=[1, 2, 2, 1],
                padding="VALID",
            )
            total = part if total is None else total + part
    return total


def _after(done):
    """Make the gradient of a layer's input wait for the kernel's gradient, which frees memory.

    Otherwise TensorFlow computes gradients of earlier layers before it frees the feature map, and
    both are in memory at the same time.
    """
    return tf.control_dependencies([done])


def _rows(height: int, width: int) -> int:
    """Return the number of rows per block; all rows if blocks are not faster."""
    if height * width < _LARGE:
        return height
    fitting = [
        rows for rows in range(1, height + 1) if height % rows == 0 and rows * width <= _BLOCK
    ]
    return max(fitting, default=height)


def _windows(image, start: int, count: int):
    """Return some rows of an image with the row above, the row below and a column on each side."""
    first, last = max(start - 1, 0), min(start + count + 1, image.shape[1])
    above, below = first - (start - 1), (start + count + 1) - last
    rows = _rows_of(image, first, last - first)
    return tf.pad(rows, [[0, 0], [above, below], [1, 1], [0, 0]])


def _rows_of(tensor, start: int, count: int):
    return tf.slice(tensor, [0, start, 0, 0], [-1, count, -1, -1])
