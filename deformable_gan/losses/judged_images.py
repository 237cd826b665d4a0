"""Random changes of images before a discriminator judges them (Zhao et al. 2020)."""

from keras import ops

#: How many random numbers the changes of an image need.
NUMBERS = 5

_BRIGHTNESS = 0.4  # of the values' half range, up or down
_SATURATION = 1.0  # factors from 1 - x to 1 + x
_CONTRAST = 0.5
_CUT_OUT = 0.4  # of the image's height and width


def change_judged_images(images, numbers):
    """Change brightness, saturation and contrast of images, and cut a rectangle out of each.

    Not in the paper. With few people, a discriminator memorises its real images. Changing real and
    generated images in the same way before it sees them prevents this. The changes are
    differentiable, so the generator learns through them ("differentiable augmentation"). They move
    nothing, so the images still match the poses they are judged with.

    Args:
        images: float [B, H, W, C] in [-1, 1].
        numbers: float32 [B, 5] from 0 to 1, which determine the changes.

    Returns:
        float [B, H, W, C].
    """
    height, width = images.shape[1:3]
    numbers = ops.cast(numbers, images.dtype)[:, :, None, None, None]
    images = images + (2 * numbers[:, 0] - 1) * _BRIGHTNESS
    grey = ops.mean(images, axis=-1, keepdims=True)
    images = grey + (images - grey) * (1 + (2 * numbers[:, 1] - 1) * _SATURATION)
    mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
    images = mean + (images - mean) * (1 + (2 * numbers[:, 2] - 1) * _CONTRAST)
    rows = (ops.arange(height, dtype=images.dtype)[None, :, None, None] + 0.5) / height
    columns = (ops.arange(width, dtype=images.dtype)[None, None, :, None] + 0.5) / width
    inside = ops.logical_and(
        ops.abs(rows - numbers[:, 3]) < _CUT_OUT / 2,
        ops.abs(columns - numbers[:, 4]) < _CUT_OUT / 2,
    )
    return ops.where(inside, ops.zeros_like(images), images)
