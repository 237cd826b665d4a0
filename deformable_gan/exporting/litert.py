"""The LiteRT formats (formerly TensorFlow Lite), for phones, browsers and microcontrollers."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import tensorflow as tf

from deformable_gan.errors import RunError
from deformable_gan.exporting.drift import Tolerance
from deformable_gan.exporting.export_format import ExportFormat
from deformable_gan.exporting.export_request import ExportRequest
from deformable_gan.exporting.serving import make_serve
from deformable_gan.models.generator import Generator


class LiteRTFormat(ExportFormat):
    """A LiteRT model with weights in float32.

    Attributes:
        weights: how weights are stored: float16, int8, or None for float32.
    """

    title = "LiteRT, float32"
    file = "model.tflite"
    files = ("*.tflite",)
    tolerance = Tolerance(largest=1e-3)
    # The generator finds the nearest pixel in float64, which LiteRT does not have.
    nearest = Tolerance(mean=1e-4)
    extra = "litert"
    packages = ("ai_edge_litert",)
    weights: ClassVar[tf.DType | None] = None

    def write(self, request: ExportRequest) -> None:
        """Write the file."""
        write_litert(request.generator, request.folder / self.file, self.weights)

    def run(self, request: ExportRequest, inputs: dict[str, np.ndarray]) -> np.ndarray:
        """Run the file."""
        return run_litert(request.folder / self.file, inputs)


class Float16Format(LiteRTFormat):
    """A LiteRT model with weights in float16: single image values may differ by any amount."""

    title = "LiteRT, float16"
    file = "model_float16.tflite"
    tolerance = nearest = Tolerance(mean=2e-3)
    weights = tf.float16


class Int8Format(LiteRTFormat):
    """A LiteRT model with weights in int8: single image values may differ by any amount."""

    title = "LiteRT, int8"
    file = "model_int8.tflite"
    tolerance = nearest = Tolerance(mean=3e-2)
    weights = tf.int8


def write_litert(generator: Generator, path: Path, weights: tf.DType | None = None) -> None:
    """Write a generator as a LiteRT model of one signature, `serving_default`.

    The model takes one image at a time, since LiteRT's fast kernels need fixed shapes.

    Args:
        generator: a generator that `serving.check_exportable` accepts.
        path: the file.
        weights: how the weights are stored: float16, int8, or None for float32. The computation is
            in float32; with int8 weights, parts of it are in int8.

    Raises:
        RunError: LiteRT lacks an operation of the generator.
    """
    with operations_of_litert(generator):
        serve = make_serve(generator, batch=1)
        function = serve.get_concrete_function()  # type: ignore[attr-defined]  # a tf.function
    path.write_bytes(convert_litert(function, generator.variables, weights))


def convert_litert(
    function: Callable, variables: Iterable, weights: tf.DType | None = None
) -> bytes:
    """Return a function as a LiteRT model of one signature, `serving_default`.

    Args:
        function: a concrete function of fixed shapes.
        variables: the Keras variables that it reads.
        weights: how the weights are stored: float16, int8, or None for float32.

    Raises:
        RunError: LiteRT lacks one of its operations.
    """
    module = tf.Module()
    module.variables_kept = [variable.value for variable in variables]
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], module)
    if weights is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if weights == tf.float16:
        converter.target_spec.supported_types = [tf.float16]
    try:
        return converter.convert()
    except Exception as error:  # the converter's own type is private
        reason = str(error).split("\n", 1)[0][:200]
        raise RunError(f"the model cannot be converted to LiteRT: {reason}") from error


def run_litert(path: Path, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """Run a LiteRT model.

    Args:
        path: the file.
        inputs: the arguments of `make_serve`'s function.

    Returns:
        float32 [N, H, W, 3] in [-1, 1].
    """
    from ai_edge_litert.interpreter import Interpreter

    run = Interpreter(str(path)).get_signature_runner("serving_default")
    count = len(inputs["source_image"])
    return np.concatenate(
        [
            run(**{name: value[index : index + 1] for name, value in inputs.items()})["image_float"]
            for index in range(count)
        ]
    )


@contextlib.contextmanager
def operations_of_litert(generator: Generator) -> Iterator[None]:
    """In this context, a traced generator uses operations and types that suit LiteRT.

    It uses only those that LiteRT has, and fast ones where there is a choice.
    """
    replaced: list[tuple[Any, str, Any]] = [
        (block.convolve, "convolution", _convolve_doubling) for block in generator.decoder.blocks
    ]
    if generator.skip != "none":
        pose_warp = generator.pose_warp
        skip = pose_warp.skip
        replaced += [(pose_warp, "precision", "float32")]
        replaced += [(skip, "nonzero", _nonzero), (skip, "largest", _largest)]
    kept = [getattr(owner, name) for owner, name, _ in replaced]
    for owner, name, value in replaced:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for (owner, name, _), value in zip(replaced, kept, strict=True):
            setattr(owner, name, value)


def _nonzero(tensor: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """Return what `keras.ops.nonzero` returns, without unpacking int64 or empty tensors."""
    places = tf.split(tf.cast(tf.where(tensor), tf.int32), tensor.shape.rank, axis=1)
    return tuple(tf.reshape(place, (-1,)) for place in places)


def _largest(first: tf.Tensor | None, second: tf.Tensor, zeros_compete: tf.Tensor) -> tf.Tensor:
    """Return what `deformable_skip.largest_by_selection` returns, computed by maxima."""
    least = tf.where(zeros_compete, 0.0, second.dtype.min)
    best = second if first is None else tf.maximum(first, second)
    return tf.maximum(best, least)


def _convolve_doubling(inputs: tf.Tensor, kernel) -> tf.Tensor:
    """Return a `DoublingConvolution`, computed as a convolution of stride 1.

    LiteRT computes a transposed convolution row by row, which takes twice the time.

    Args:
        inputs: float [B, h, w, C].
        kernel: float [4, 4, F, C].

    Returns:
        float [B, 2 h, 2 w, F].
    """
    height, width = inputs.shape[1:3]
    filters = kernel.shape[2]
    # Output row 2 i + r sees two input rows: i - 1 and i through the kernel rows 3 and 1 for r = 0,
    # i and i + 1 through the kernel rows 2 and 0 for r = 1. Columns follow the same rule.
    taps = [[3, 1], [2, 0]]
    kernels = [
        tf.gather(tf.gather(kernel, rows, axis=0), columns, axis=1)
        for rows in taps
        for columns in taps
    ]
    kernel = tf.transpose(tf.concat(kernels, axis=2), (0, 1, 3, 2))
    padded = tf.pad(inputs, [[0, 0], [1, 1], [1, 1], [0, 0]])
    blocks = tf.split(tf.nn.conv2d(padded, kernel, 1, "VALID"), 4, axis=-1)
    rows = []
    for r in (0, 1):
        pair = [blocks[2 * r + s][:, r : r + height, s : s + width] for s in (0, 1)]
        rows.append(tf.reshape(tf.stack(pair, axis=3), (-1, height, 2 * width * filters)))
    return tf.reshape(tf.stack(rows, axis=2), (-1, 2 * height, 2 * width, filters))
