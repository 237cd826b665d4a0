"""Running a generator on ordinary images."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from deformable_gan.errors import ConfigurationError
from deformable_gan.models.generator import Generator

Generate = Callable[..., np.ndarray]


def make_generate(generator: Generator) -> Generate:
    """Return a function that runs the generator in one graph for every batch size.

    Args:
        generator: without a background input.

    Returns:
        A function of source images (uint8 [B, H, W, 3]), source key points and target key points
        (float [B, J, 3] of (y, x, confidence) in pixels) that returns uint8 [B, H, W, 3].

    Raises:
        ConfigurationError: the generator wants a background.
    """
    check_inputs(generator)
    shapes = generator.input_shapes()

    @tf.function(
        input_signature=[
            tf.TensorSpec(shapes["source_image"], tf.uint8),
            tf.TensorSpec(shapes["source_keypoints"], tf.float32),
            tf.TensorSpec(shapes["target_keypoints"], tf.float32),
        ]
    )
    def run(source_image, source_keypoints, target_keypoints):
        image = generator(
            {
                "source_image": tf.cast(source_image, tf.float32) / 127.5 - 1.0,
                "source_keypoints": source_keypoints,
                "target_keypoints": target_keypoints,
            },
            training=False,
        )
        return to_uint8(image)

    def generate(source_image, source_keypoints, target_keypoints) -> np.ndarray:
        return run(
            tf.convert_to_tensor(source_image, tf.uint8),
            tf.convert_to_tensor(source_keypoints, tf.float32),
            tf.convert_to_tensor(target_keypoints, tf.float32),
        ).numpy()

    return generate


def check_inputs(generator: Generator) -> None:
    """Make sure that a generator needs no more than an image and two poses.

    Raises:
        ConfigurationError: it wants the target's background, too.
    """
    if generator.background:
        raise ConfigurationError(
            "this generator wants the target's background as an input, which datasets and "
            "photographs do not have: only generators without `background` can be used here"
        )


def to_uint8(image: tf.Tensor) -> tf.Tensor:
    """Round a float image in [-1, 1] to uint8."""
    return tf.cast(tf.round(tf.clip_by_value((image + 1.0) * 127.5, 0.0, 255.0)), tf.uint8)
