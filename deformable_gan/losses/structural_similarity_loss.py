"""Structural similarity as a loss."""

import keras
import numpy as np
from keras import ops

# The constants of Wang et al. (2004), as in the metric.
_SIGMA, _RADIUS = 1.5, 5
_K1, _K2 = 0.01, 0.03


@keras.saving.register_keras_serializable(package="deformable_gan")
class StructuralSimilarityLoss(keras.losses.Loss):
    """1 - SSIM of images in [-1, 1], with the Gaussian window of `metrics.structural_similarity`.

    Not in the paper. A mean distance is smallest for the blurred average of all plausible images;
    SSIM also requires the local contrast of the target.

    Args:
        name: the loss's name.
        **kwargs: other arguments of `keras.losses.Loss`.
    """

    def __init__(self, name: str = "structure", **kwargs):
        super().__init__(name=name, **kwargs)

    def call(self, y_true, y_pred):
        """Return 1 - SSIM at every place where the window lies inside the image.

        Args:
            y_true: float [B, H, W, C] in [-1, 1], H and W at least 11.
            y_pred: float [B, H, W, C].

        Returns:
            float [B, H - 10, W - 10], the mean over the channels.

        Raises:
            ValueError: the images are smaller than the window.
        """
        height, width, channels = y_true.shape[1:]
        rows, columns = (_smoothing(length, y_true.dtype) for length in (height, width))
        # SSIM also compares means, so values start at 0, as in the metric; their range is 2.
        y_true, y_pred = y_true + 1.0, y_pred + 1.0
        planes = [y_true, y_pred, y_true * y_true, y_pred * y_pred, y_true * y_pred]
        # A product with a banded matrix is the fastest way to filter small images on a CPU.
        smooth = ops.einsum("ih,bhwc->biwc", rows, ops.concatenate(planes, axis=-1))
        smooth = ops.einsum("jw,biwc->bijc", columns, smooth)
        mean_true, mean_pred, square_true, square_pred, product = (
            smooth[..., index * channels : (index + 1) * channels] for index in range(5)
        )
        c1, c2 = (2 * _K1) ** 2, (2 * _K2) ** 2
        means = mean_true * mean_pred
        squares = mean_true * mean_true + mean_pred * mean_pred
        similarity = (2 * means + c1) * (2 * (product - means) + c2)
        similarity = similarity / ((squares + c1) * (square_true + square_pred - squares + c2))
        return 1.0 - ops.mean(similarity, axis=-1)


def _smoothing(length: int, dtype):
    """Return the matrix [length - 10, length] that smooths a line and cuts off its margins."""
    if length <= 2 * _RADIUS:
        raise ValueError(
            f"structural similarity needs images of at least {2 * _RADIUS + 1} pixels in height "
            f"and width, received {length}: use larger images, or set loss.structure_weight to 0"
        )
    weights = np.exp(-0.5 * (np.arange(-_RADIUS, _RADIUS + 1) / _SIGMA) ** 2)
    weights /= weights.sum()
    matrix = np.zeros((length - 2 * _RADIUS, length))
    for row in range(len(matrix)):
        matrix[row, row : row + len(weights)] = weights
    return ops.convert_to_tensor(matrix, dtype)
