"""The generator as a function of what its users have: bytes and joints."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from deformable_gan.models.generator import Generator
from deformable_gan.models.pixels import images_to_floats, to_uint8

Serve = Callable[..., dict[str, tf.Tensor]]


def make_serve(generator: Generator, batch: int | None = None) -> Serve:
    """Return the function that exports are made from, as a `tf.function`.

    Args:
        generator: one that wants nothing but an image and two poses.
        batch: for this batch size, or (None) for all.

    Returns:
        A function of

        - source_image: uint8 [B, H, W, 3];
        - source_keypoints, target_keypoints: float32 [B, J, 3] of (y, x, confidence) in pixels,
          confidence 0 for a missing joint;

        that returns

        - image: uint8 [B, H, W, 3];
        - image_float: float32 [B, H, W, 3] in [-1, 1], before rounding.
    """

    @tf.function(input_signature=input_signature(generator, batch), autograph=False)
    def serve(source_image, source_keypoints, target_keypoints):
        inputs = {
            "source_image": source_image,
            "source_keypoints": source_keypoints,
            "target_keypoints": target_keypoints,
        }
        image = generator(images_to_floats(inputs), training=False)
        return {"image": to_uint8(image), "image_float": image}

    return serve


def input_signature(generator: Generator, batch: int | None = None) -> list[tf.TensorSpec]:
    """Return what `make_serve`'s function takes."""
    return [
        tf.TensorSpec(
            (batch, *shape[1:]), tf.uint8 if name == "source_image" else tf.float32, name=name
        )
        for name, shape in generator.input_shapes().items()
    ]


def own_pictures(generator: Generator, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """Return what the generator itself makes of some pictures and poses.

    Args:
        generator: the model.
        inputs: what `make_serve`'s function takes.

    Returns:
        float32 [N, H, W, 3] in [-1, 1].
    """
    return make_serve(generator)(**inputs)["image_float"].numpy()
