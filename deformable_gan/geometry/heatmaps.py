"""Gaussian heat maps: the pose as an input of the networks."""

from keras import ops

from deformable_gan.geometry.regions import present


def gaussian_heatmaps(keypoints, size, sigma: float = 6.0):
    """Draw exp(-d² / 2σ²) around every joint (paper section 3.1, equation 1).

    Convention: joints are (y, x, confidence) in pixels, pixel centres at integers.

    Args:
        keypoints: float [B, J, 3].
        size: (H, W) of the image.
        sigma: the standard deviation in pixels; the original uses 6 for all image sizes.

    Returns:
        float32 [B, H, W, J], one channel per joint; zero where the joint is missing.
    """
    presence = present(keypoints)
    keypoints = ops.where(presence[..., None], ops.cast(keypoints, "float32"), 0.0)
    # The Gaussian is separable: H + W exponentials per joint instead of H · W.
    rows = _profile(keypoints[..., 0], size[0], sigma) * ops.cast(presence[:, None], "float32")
    columns = _profile(keypoints[..., 1], size[1], sigma)
    return rows[:, :, None, :] * columns[:, None, :, :]


def _profile(position, length, sigma):
    distance = ops.arange(length, dtype="float32")[:, None] - position[:, None, :]
    return ops.exp(distance * distance * (-0.5 / sigma**2))
