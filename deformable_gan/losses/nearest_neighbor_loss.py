"""The nearest-neighbour loss (paper section 3.4, equations 6 to 8)."""

import keras
from keras import ops

from deformable_gan.errors import ConfigurationError
from deformable_gan.geometry.index_type import index_type


@keras.saving.register_keras_serializable(package="deformable_gan")
class NearestNeighborLoss(keras.losses.Loss):
    """The L1 distance of each generated feature vector to the nearest target vector in a window.

    A small misalignment of the generated and the real image costs nothing as long as the
    counterpart of each pixel lies in a window of n x n pixels of the target. Positions outside the
    image count as infinitely far away. The distance is summed over channels and averaged over
    pixels.

    The search keeps one running minimum under a stopped gradient, so memory does not grow with the
    window. The nearest vectors are then read once, and the gradient flows through their L1
    distance. This gradient is exact wherever the minimum is unique.

    Args:
        window: n, odd. The paper uses 3 for Market-1501 and 5 for DeepFashion.

    Raises:
        ConfigurationError: the window is even or not positive.
    """

    def __init__(self, window: int = 3, name: str = "nearest_neighbor", **kwargs):
        super().__init__(name=name, **kwargs)
        if window < 1 or window % 2 == 0:
            raise ConfigurationError(f"window must be an odd positive number, received {window}")
        self.window = window

    def call(self, y_true, y_pred):
        """Return the distance map.

        Args:
            y_true: float [B, h, w, C], features of the target image.
            y_pred: float [B, h, w, C], features of the generated image.

        Returns:
            float [B, h, w].
        """
        y_true = ops.stop_gradient(y_true)
        nearest = self._nearest(y_true, ops.stop_gradient(y_pred))
        return ops.sum(ops.abs(y_pred - nearest), axis=-1)

    def _nearest(self, target, generated):
        """Return the nearest target vectors, [B, h, w, C]."""
        height, width, channels = target.shape[1:]
        reach = self.window // 2
        padded = ops.pad(target, ((0, 0), (reach, reach), (reach, reach), (0, 0)))
        rows = ops.arange(height)[:, None]
        columns = ops.arange(width)[None, :]
        best_distance = best_offset = None
        for down in range(-reach, reach + 1):
            for right in range(-reach, reach + 1):
                top, left = reach + down, reach + right
                shifted = padded[:, top : top + height, left : left + width]
                distance = ops.sum(ops.abs(generated - shifted), axis=-1)
                inside = (
                    (rows + down >= 0)
                    & (rows + down < height)
                    & (columns + right >= 0)
                    & (columns + right < width)
                )
                far = ops.cast(float("inf"), distance.dtype)
                distance = ops.where(inside[None], distance, far)
                offset = down * width + right
                if best_distance is None:
                    best_distance = distance
                    best_offset = ops.full_like(distance, offset, dtype=index_type())
                else:
                    nearer = distance < best_distance
                    best_distance = ops.where(nearer, distance, best_distance)
                    best_offset = ops.where(nearer, offset, best_offset)
        # With non-finite features every comparison is false; the positions must still be valid.
        pixels = height * width
        offset = ops.reshape(best_offset, (-1, pixels))
        position = ops.clip(ops.arange(pixels, dtype=index_type()) + offset, 0, pixels - 1)
        item = ops.arange(ops.shape(target)[0], dtype=index_type())[:, None]
        position = ops.reshape(item * pixels + position, (-1,))
        winners = ops.take(ops.reshape(target, (-1, channels)), position, axis=0)
        return ops.reshape(winners, (-1, height, width, channels))

    def get_config(self):
        """Return the constructor's arguments."""
        return {**super().get_config(), "window": self.window}
