"""Pieces of convolutions that are computed as products of matrices.

They are written so that their gradients, too, copy whole blocks: on a CPU the gradient of indexing
with a range is many times slower than that of `ops.slice`.
"""

import keras
from keras import ops


def small(dtype: str, pixels: int, pixels_in_half: int) -> int:
    """Return how many pixels count as few: more in bfloat16 on TensorFlow.

    On CPUs the gradients of strided convolutions gain little speed from bfloat16, while
    products of matrices gain the full speed-up.
    """
    half = dtype == "bfloat16" and keras.backend.backend() == "tensorflow"
    return pixels_in_half if half else pixels


def part(inputs, starts: tuple[int, ...], sizes: tuple[int, ...]):
    """Return a block of a tensor.

    Args:
        inputs: [B, …].
        starts: the first index along each axis after the batch axis; further axes stay whole.
        sizes: the number of elements along each of these axes.

    Returns:
        [B, *sizes, …].
    """
    batch = inputs.shape[0] if inputs.shape[0] is not None else ops.shape(inputs)[0]
    rest = inputs.shape[1 + len(starts) :]
    return ops.slice(inputs, (0, *starts, *(0 for _ in rest)), (batch, *sizes, *rest))


def overlap(first, second):
    """Add tensors [n, k, …], the second shifted by one along k: [n, k + 1, …]."""
    rest = [[0, 0]] * (len(first.shape) - 2)
    return ops.pad(first, [[0, 0], [0, 1], *rest]) + ops.pad(second, [[0, 0], [1, 0], *rest])


def windows_of(padded, height: int, width: int):
    """Return the 4x4 windows that lie two pixels apart.

    Args:
        padded: float [B, at least 2 height + 2, at least 2 width + 2, C].
        height: number of rows of windows.
        width: number of windows in a row.

    Returns:
        float [B, height, width, 16 C], in the order of a kernel [4, 4, C, …].
    """
    channels = padded.shape[-1]
    # A window is two neighbouring pairs of rows by two neighbouring pairs of columns.
    pairs = part(padded, (0, 0), (2 * height + 2, 2 * width + 2))
    pairs = ops.reshape(pairs, (-1, height + 1, 2, width + 1, 2 * channels))
    rows = ops.concatenate(
        [part(pairs, (start,), (height,)) for start in (0, 1)],
        axis=2,
    )
    windows = ops.concatenate(
        [part(rows, (0, 0, start), (height, 4, width)) for start in (0, 1)],
        axis=-1,
    )
    windows = ops.transpose(windows, (0, 1, 3, 2, 4))
    return ops.reshape(windows, (-1, height, width, 16 * channels))


def times_transposed(rows, kernel):
    """Return rows [N, C] times the transpose of a kernel [K, C]: [N, K].

    Automatic differentiation would compute the transpose of the kernel's gradient and transpose it
    back, which for millions of numbers takes a third of the product's time.
    """

    @ops.custom_gradient
    def product(rows, kernel):
        def gradient(*arguments, upstream=None):
            slope = arguments[0] if upstream is None else upstream
            return ops.matmul(slope, kernel), ops.matmul(ops.transpose(slope), rows)

        return ops.matmul(rows, ops.transpose(kernel)), gradient

    return product(rows, kernel)
