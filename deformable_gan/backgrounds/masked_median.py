"""The median of several images with holes."""

from collections.abc import Iterator, Sequence

import numpy as np

# The size of one image's stripe. The images are processed stripe by stripe, so that the data fits
# into the processor's cache.
_STRIPE_BYTES = 1 << 16


def masked_median(
    images: Sequence[np.ndarray], holes: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the median of the images, pixel by pixel, without the pixels in their holes.

    Args:
        images: N images, uint8 [H, W, C].
        holes: N masks, bool [H, W], true for the pixels that do not count.

    Returns:
        The median of each channel, uint8 [H, W, C], and the number of values that count, int32
        [H, W]. For an even number of values, the median is the mean of the two in the middle,
        rounded down. Where no value counts, the median is 0.
    """
    shape = images[0].shape
    count = len(images) - np.sum(holes, axis=0, dtype=np.int32)
    median = np.empty(shape, np.uint8)
    rows = max(1, _STRIPE_BYTES // (shape[1] * shape[2]))
    network = list(_sorting_network(len(images)))
    for top in range(0, shape[0], rows):
        stripe = slice(top, top + rows)
        values = np.array([image[stripe] for image in images])
        for value, hole in zip(values, holes, strict=True):
            value[hole[stripe]] = 255  # sorted after the values that count
        spare = np.empty_like(values[0])
        for low, high in network:
            np.minimum(values[low], values[high], out=spare)
            np.maximum(values[low], values[high], out=values[high])
            values[low] = spare
        last = np.maximum(count[stripe] - 1, 0)
        middle = [
            np.take_along_axis(values, position[None, ..., None], axis=0)[0].astype(np.uint16)
            for position in (last // 2, (last + 1) // 2)
        ]
        median[stripe] = (middle[0] + middle[1]) // 2
    median[count == 0] = 0
    return median, count


def _sorting_network(length: int) -> Iterator[tuple[int, int]]:
    """Yield the pairs that Batcher's odd-even merge sort compares, in order.

    Sorting whole images by comparing two at a time takes a few operations on large arrays;
    `np.sort` along the first axis takes ten times as long.
    """
    step = 1
    while step < length:
        reach = step
        while reach >= 1:
            for start in range(reach % step, length - reach, 2 * reach):
                for low in range(start, min(start + reach, length - reach)):
                    if low // (2 * step) == (low + reach) // (2 * step):
                        yield low, low + reach
            reach //= 2
        step *= 2
