"""The LiteRT formats (formerly TensorFlow Lite), for phones, browsers and microcontrollers."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import ClassVar

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
    """In this context, make a traced generator use only operations and types that LiteRT has."""
    if generator.skip == "none":
        yield
        return
    pose_warp = generator.pose_warp
    kept = pose_warp.precision, pose_warp.skip.nonzero
    pose_warp.precision, pose_warp.skip.nonzero = "float32", _nonzero
    try:
        yield
    finally:
        pose_warp.precision, pose_warp.skip.nonzero = kept


def _nonzero(tensor: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """Return what `keras.ops.nonzero` returns, without unpacking int64 or empty tensors."""
    places = tf.cast(tf.where(tensor), tf.int32)
    return tuple(places[:, axis] for axis in range(tensor.shape.rank))
