"""The generator as a function of uint8 images and joints, for users without this package."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from deformable_gan.inference import check_inputs
from deformable_gan.models.generator import Generator
from deformable_gan.models.pixels import images_to_floats, to_uint8

Serve = Callable[..., dict[str, tf.Tensor]]


def make_serve(generator: Generator, batch: int | None = None) -> Serve:
    """Return the function that exports are made from, as a `tf.function`.

    Args:
        generator: a generator that `check_exportable` accepts.
        batch: the batch size; None for any.

    Returns:
        A function of

        - source_image: uint8 [B, H, W, 3];
        - source_keypoints, target_keypoints: float32 [B, J, 3] of (y, x, confidence) in pixels,
          confidence 0 for a missing joint;
        - background: uint8 [B, H, W, 3], the target's background, for a generator that needs one;

        that returns

        - image: uint8 [B, H, W, 3];
        - image_float: float32 [B, H, W, 3] in [-1, 1], before rounding.
    """
    return _serving(generator, batch, lambda inputs: _with_bytes(generator(inputs, training=False)))


def make_serve_parts(generator: Generator) -> Serve:
    """Return a function that computes the parts of a composite generator's images.

    Args:
        generator: a composite generator that `check_exportable` accepts.

    Returns:
        A `tf.function` of the same arguments as that of `make_serve`. It returns the results of
        `Generator.compose`, except for the image.
    """

    def serve(inputs):
        parts = generator.compose(inputs)
        del parts["image"]
        return parts

    return _serving(generator, None, serve)


def make_serve_all(generator: Generator, batch: int | None = None) -> Serve:
    """Return a function that computes a composite generator's images and their parts.

    Args:
        generator: a composite generator that `check_exportable` accepts.
        batch: the batch size; None for any.

    Returns:
        A `tf.function` of the same arguments as that of `make_serve`. It returns the results of
        that function and of `make_serve_parts`; the network runs once.
    """

    def serve(inputs):
        parts = generator.compose(inputs)
        return {**_with_bytes(parts.pop("image")), **parts}

    return _serving(generator, batch, serve)


def check_exportable(generator: Generator) -> None:
    """Check that a generator needs only an image, two poses and perhaps a background.

    Raises:
        ConfigurationError: the generator needs more.
    """
    check_inputs(generator, ["background"])


def _serving(generator: Generator, batch: int | None, function: Callable) -> Serve:
    """Return a `tf.function` that passes `function` its inputs by name, with images as floats."""

    def run(*values):
        names = [spec.name for spec in signature]
        return function(images_to_floats(dict(zip(names, values, strict=True))))

    def serve(source_image, source_keypoints, target_keypoints):
        return run(source_image, source_keypoints, target_keypoints)

    def serve_with_background(source_image, source_keypoints, target_keypoints, background):
        return run(source_image, source_keypoints, target_keypoints, background)

    signature = input_signature(generator, batch)
    named = serve_with_background if generator.background else serve
    return tf.function(named, input_signature=signature, autograph=False)


def _with_bytes(image: tf.Tensor) -> dict[str, tf.Tensor]:
    return {"image": to_uint8(image), "image_float": image}


def input_signature(generator: Generator, batch: int | None = None) -> list[tf.TensorSpec]:
    """Return the signature of `make_serve`'s function."""
    return [
        tf.TensorSpec(
            (batch, *shape[1:]), tf.float32 if name.endswith("_keypoints") else tf.uint8, name=name
        )
        for name, shape in generator.input_shapes().items()
    ]


def images_of_generator(
    generator: Generator, inputs: dict[str, np.ndarray], serve: Serve | None = None
) -> np.ndarray:
    """Return the images that the generator itself generates.

    Args:
        generator: the model.
        inputs: the arguments of `make_serve`'s function.
        serve: the result of `make_serve`; None to make it.

    Returns:
        float32 [N, H, W, 3] in [-1, 1].
    """
    return (serve or make_serve(generator))(**inputs)["image_float"].numpy()
