"""The generator as a function of what its users have: bytes and joints."""

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
        generator: one that `check_exportable` accepts.
        batch: for this batch size, or (None) for all.

    Returns:
        A function of

        - source_image: uint8 [B, H, W, 3];
        - source_keypoints, target_keypoints: float32 [B, J, 3] of (y, x, confidence) in pixels,
          confidence 0 for a missing joint;
        - background: uint8 [B, H, W, 3], the target's, for a generator that wants one;

        that returns

        - image: uint8 [B, H, W, 3];
        - image_float: float32 [B, H, W, 3] in [-1, 1], before rounding.
    """
    return _serving(generator, batch, lambda inputs: _with_bytes(generator(inputs, training=False)))


def make_serve_parts(generator: Generator) -> Serve:
    """Return the function of what a composite generator's images are mixed from.

    Args:
        generator: a composite one that `check_exportable` accepts.

    Returns:
        A `tf.function` of the same arguments as that of `make_serve`. It returns what
        `Generator.compose` does, but for the image.
    """

    def serve(inputs):
        parts = generator.compose(inputs)
        del parts["image"]
        return parts

    return _serving(generator, None, serve)


def make_serve_all(generator: Generator, batch: int | None = None) -> Serve:
    """Return the function of a composite generator's images and of what they are mixed from.

    Args:
        generator: a composite one that `check_exportable` accepts.
        batch: for this batch size, or (None) for all.

    Returns:
        A `tf.function` of the same arguments as that of `make_serve`. It returns what that does
        and what `make_serve_parts` does; the network runs once.
    """

    def serve(inputs):
        parts = generator.compose(inputs)
        return {**_with_bytes(parts.pop("image")), **parts}

    return _serving(generator, batch, serve)


def check_exportable(generator: Generator) -> None:
    """Make sure that a generator wants nothing but an image, two poses and maybe a background.

    Raises:
        ConfigurationError: it wants more.
    """
    check_inputs(generator, ["background"])


def _serving(generator: Generator, batch: int | None, function: Callable) -> Serve:
    """Return a `tf.function` of named inputs that calls a function of them all, in floats."""

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
    """Return what `make_serve`'s function takes."""
    return [
        tf.TensorSpec(
            (batch, *shape[1:]), tf.float32 if name.endswith("_keypoints") else tf.uint8, name=name
        )
        for name, shape in generator.input_shapes().items()
    ]


def own_pictures(
    generator: Generator, inputs: dict[str, np.ndarray], serve: Serve | None = None
) -> np.ndarray:
    """Return what the generator itself makes of some pictures and poses.

    Args:
        generator: the model.
        inputs: what `make_serve`'s function takes.
        serve: of `make_serve`, where it is at hand.

    Returns:
        float32 [N, H, W, 3] in [-1, 1].
    """
    return (serve or make_serve(generator))(**inputs)["image_float"].numpy()
