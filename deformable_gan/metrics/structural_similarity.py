"""SSIM (Wang et al., 2004)."""

import tensorflow as tf


def structural_similarity(reference: tf.Tensor, image: tf.Tensor) -> tf.Tensor:
    """Return the structural similarity of images, with a fixed range of 255.

    Gaussian window of sigma 1.5 and 11 pixels, averaged over the positions where the window lies
    inside the image and over channels: scikit-image's `structural_similarity` with
    `gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255`.

    Args:
        reference: uint8 or float [B, H, W, 3] in [0, 255].
        image: likewise.

    Returns:
        float32 [B].
    """
    return tf.image.ssim(
        tf.cast(reference, tf.float32),
        tf.cast(image, tf.float32),
        max_val=255.0,
        filter_size=11,
        filter_sigma=1.5,
    )
