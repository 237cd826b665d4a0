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
        generator: any.

    Returns:
        A function of source images (uint8 [B, H, W, 3]), source key points and target key points
        (float [B, J, 3] of (y, x, confidence) in pixels) that returns uint8 [B, H, W, 3]. Its
        fourth argument is the target's background (uint8 [B, H, W, 3]): a generator that wants one
        raises a `ConfigurationError` where it is not given.
    """
    types = {name: _input_type(name) for name in generator.input_shapes()}
    signature = {
        name: tf.TensorSpec(shape, types[name]) for name, shape in generator.input_shapes().items()
    }

    @tf.function(input_signature=[signature])
    def run(inputs):
        floats = {
            name: value if value.dtype.is_floating else tf.cast(value, tf.float32) / 127.5 - 1.0
            for name, value in inputs.items()
        }
        return to_uint8(generator(floats, training=False))

    def generate(source_image, source_keypoints, target_keypoints, background=None) -> np.ndarray:
        inputs = {
            "source_image": source_image,
            "source_keypoints": source_keypoints,
            "target_keypoints": target_keypoints,
        }
        if background is not None:
            inputs["background"] = background
        else:
            check_inputs(generator)
        return run(
            {name: tf.convert_to_tensor(inputs[name], kind) for name, kind in types.items()}
        ).numpy()

    return generate


def generate_batch(generate: Generate, batch: dict[str, tf.Tensor]) -> np.ndarray:
    """Run what `make_generate` returns on a batch of `data.pipeline`.

    Args:
        generate: the function.
        batch: with source_image, source_keypoints, target_keypoints and perhaps background.

    Returns:
        uint8 [B, H, W, 3].
    """
    background = [batch["background"]] if "background" in batch else []
    return generate(
        batch["source_image"], batch["source_keypoints"], batch["target_keypoints"], *background
    )


def check_inputs(generator: Generator) -> None:
    """Make sure that a generator needs no more than an image and two poses.

    Raises:
        ConfigurationError: it wants the target's background, too.
    """
    if generator.background:
        raise ConfigurationError(
            "this generator wants the target's background as an input, which photographs do not "
            "have: only generators without `background` can be used here"
        )


def to_uint8(image: tf.Tensor) -> tf.Tensor:
    """Round a float image in [-1, 1] to uint8."""
    return tf.cast(tf.round(tf.clip_by_value((image + 1.0) * 127.5, 0.0, 255.0)), tf.uint8)


def _input_type(name: str) -> tf.DType:
    return tf.float32 if name.endswith("_keypoints") else tf.uint8
