"""SSIM (Wang et al., 2004), in the protocols of several papers."""

from collections.abc import Callable

import cv2
import numpy as np

#: Side of the uniform window in the scripts of later papers (see docs/evaluation.md).
LARGE_WINDOW = 51

_SIGMA, _RADIUS = 1.5, 5
#: Side of the Gaussian window; images must be at least as large.
WINDOW = 2 * _RADIUS + 1
_K1, _K2 = 0.01, 0.03


def structural_similarity(
    reference: np.ndarray,
    image: np.ndarray,
    data_range: float | np.ndarray = 255.0,
    uniform_window: int | None = None,
) -> np.ndarray:
    """Return the structural similarity of images.

    Local moments are weighted by a Gaussian window of 11 x 11 pixels with sigma 1.5. The similarity
    is averaged over the channels and over all positions where the window lies inside the image.
    This is scikit-image's `structural_similarity` with `channel_axis=-1, gaussian_weights=True,
    sigma=1.5, use_sample_covariance=False`. All computations are in float64. The moments are
    computed once and used for all ranges.

    Args:
        reference: uint8 or float [B, H, W, C], as NumPy array or tensor; H and W at least as
            large as the window.
        image: an array of the same shape and type.
        data_range: the assumed range of the values: a number, or an array [..., B] whose leading
            axes hold several ranges for each image.
        uniform_window: None for the Gaussian window. A number is the side, which must be odd, of a
            square window with equal weights; covariances are then sample covariances. This is
            scikit-image's `structural_similarity` with `channel_axis=-1,
            win_size=uniform_window`.

    Returns:
        float64 [..., B]. NaN where the range is 0 and a window is flat in both images.

    Raises:
        ValueError: the images differ in shape or are smaller than the window.
    """
    reference, image = np.asarray(reference), np.asarray(image)
    radius = _RADIUS if uniform_window is None else uniform_window // 2
    if reference.shape != image.shape or min(image.shape[1:3]) < 2 * radius + 1:
        raise ValueError(
            "structural_similarity needs two arrays of the same shape [B, H, W, C] with at least "
            f"{2 * radius + 1} pixels in height and width, received {reference.shape} and "
            f"{image.shape}"
        )
    count = len(image)
    ranges = np.broadcast_to(np.asarray(data_range, float), (*np.shape(data_range)[:-1], count))
    similarities = np.empty(ranges.shape)
    smooth, correction = _window(uniform_window)
    for index in range(count):
        moments = _moments(reference[index], image[index], smooth, radius, correction)
        for place in np.ndindex(ranges.shape[:-1]):
            similarities[(*place, index)] = _mean_similarity(moments, ranges[(*place, index)])
    return similarities


def generated_range(image: np.ndarray) -> np.ndarray:
    """Return maximum - minimum of each generated image, the original's `data_range`.

    Args:
        image: uint8 [B, H, W, C].

    Returns:
        float64 [B].
    """
    image = np.asarray(image)
    axes = tuple(range(1, image.ndim))
    return np.subtract(image.max(axes), image.min(axes), dtype=np.float64)


def _window(uniform_window: int | None) -> tuple[Callable[[np.ndarray], np.ndarray], float]:
    """Return a function that smooths planes, and the correction factor of covariances."""
    if uniform_window is not None:
        size = (uniform_window, uniform_window)
        pixels = uniform_window**2
        return lambda planes: cv2.blur(planes, size), pixels / (pixels - 1)
    weights = np.exp(-0.5 * (np.arange(-_RADIUS, _RADIUS + 1) / _SIGMA) ** 2)
    weights /= weights.sum()
    return lambda planes: cv2.sepFilter2D(planes, -1, weights, weights), 1.0


def _moments(
    x: np.ndarray,
    y: np.ndarray,
    smooth: Callable[[np.ndarray], np.ndarray],
    radius: int,
    correction: float,
) -> tuple[np.ndarray, ...]:
    """Return 2 mx my, mx²+my², 2 cxy and vx+vy, from means m, covariances c and variances v.

    Each is float64 [C, H', W'], without the margin in which the window leaves the image.
    """
    height, width, channels = x.shape
    # All planes are stacked into one tall image and filtered at once. Near the border of two planes
    # their values mix, but these results lie in the margin, which is cut off.
    planes = np.empty((5, channels, height, width))
    planes[0], planes[1] = x.transpose(2, 0, 1), y.transpose(2, 0, 1)
    np.multiply(planes[0], planes[0], out=planes[2])
    np.multiply(planes[1], planes[1], out=planes[3])
    np.multiply(planes[0], planes[1], out=planes[4])
    smoothed = smooth(planes.reshape(-1, width)).reshape(planes.shape)
    mx, my, xx, yy, xy = smoothed[:, :, radius : height - radius, radius : width - radius]
    product, squares = mx * my, mx**2 + my**2
    covariance, variances = (xy - product) * correction, (xx + yy - squares) * correction
    return 2 * product, squares, 2 * covariance, variances


def _mean_similarity(moments: tuple[np.ndarray, ...], data_range: float) -> float:
    product, squares, covariance, variances = moments
    c1, c2 = (_K1 * data_range) ** 2, (_K2 * data_range) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        similarity = (product + c1) * (covariance + c2) / ((squares + c1) * (variances + c2))
    return float(similarity.mean())
