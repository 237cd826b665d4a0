"""MoveNet's network, loaded from either of the formats in which it is published."""

import os
import threading
from pathlib import Path

import numpy as np
import tensorflow as tf

from deformable_gan.errors import PoseError

_OUTPUT_SHAPE = (1, 1, 17, 3)
# TensorFlow's error for a damaged SavedModel depends on which file is damaged, and where.
_UNREADABLE = (OSError, ValueError, TypeError, LookupError, RuntimeError, tf.errors.OpError)


class SavedModelNetwork:
    """A MoveNet in a SavedModel folder, as TF-Hub serves it.

    Args:
        path: the folder.

    Attributes:
        format: the format's name.
        input_size: side of the square input, in pixels.

    Raises:
        PoseError: the folder cannot be loaded or is not MoveNet.
    """

    format = "SavedModel"

    def __init__(self, path: Path):
        try:
            self._model = tf.saved_model.load(str(path))
        except _UNREADABLE as error:
            reason = " ".join(str(error).split())[:200]
            raise PoseError(
                f"{path} cannot be loaded as a SavedModel ({reason}): give MoveNet's folder; if "
                "this is its folder, the download may be incomplete: download MoveNet again"
            ) from error
        self._signature = getattr(self._model, "signatures", {}).get("serving_default")
        specs = self._signature.structured_input_signature[1] if self._signature else {}
        shapes = [tuple(spec.shape) for spec in specs.values()]
        self.input_size = _square_size(path, shapes)
        (self._input,) = specs
        (self._output,) = self._signature.structured_outputs  # type: ignore[union-attr]  # not None here
        self._dtype = specs[self._input].dtype

    def __call__(self, batch: tf.Tensor) -> tf.Tensor:
        """Map int32 [1, N, N, 3] to float32 [1, 1, 17, 3] within TensorFlow's graph."""
        return self._signature(**{self._input: tf.cast(batch, self._dtype)})[self._output]  # type: ignore[misc]  # not None here


class LiteRTNetwork:
    """A MoveNet in a `.tflite` file, run by LiteRT (the package `ai-edge-litert`).

    Args:
        path: the file.

    Attributes:
        format: the format's name.
        input_size: side of the square input, in pixels.
        path: the argument.

    Raises:
        PoseError: LiteRT is not installed, or the file cannot be loaded or is not MoveNet.
    """

    format = "LiteRT"

    def __init__(self, path: Path):
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError:
            raise PoseError(
                f"{path} needs LiteRT, which is not installed: pip install "
                "'deformable-gan[litert]', or give a SavedModel folder"
            ) from None
        try:
            self._interpreter = Interpreter(str(path), num_threads=min(4, os.cpu_count() or 1))
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise PoseError(
                f"{path} cannot be loaded as a LiteRT model ({error}): give MoveNet's .tflite "
                "file; if this is the file, download it again"
            ) from error
        self.path = path
        inputs = self._interpreter.get_input_details()
        self.input_size = _square_size(path, [tuple(one["shape"]) for one in inputs])
        self._input = inputs[0]
        self._one_at_a_time = threading.Lock()  # an interpreter has only one set of buffers
        self._output = self._interpreter.get_output_details()[0]["index"]

    def __call__(self, batch: tf.Tensor) -> tf.Tensor:
        """Map int32 [1, N, N, 3] to float32 [1, 1, 17, 3], outside TensorFlow's graph."""
        answer = tf.numpy_function(self._run, [batch], tf.float32)
        answer.set_shape(_OUTPUT_SHAPE)
        return answer

    def _run(self, batch: np.ndarray) -> np.ndarray:
        with self._one_at_a_time:
            self._interpreter.set_tensor(self._input["index"], batch.astype(self._input["dtype"]))
            self._interpreter.invoke()
            return self._interpreter.get_tensor(self._output)


def _square_size(path: Path, shapes: list[tuple]) -> int:
    if len(shapes) != 1 or len(shapes[0]) != 4:
        raise PoseError(
            f"{path} is not a single-person MoveNet: expected one input of shape [1, N, N, 3], "
            f"received {shapes}"
        )
    batch, height, width, channels = shapes[0]
    if (batch, channels) != (1, 3) or height != width or height is None:
        raise PoseError(
            f"{path} is not a single-person MoveNet: expected an input of shape [1, N, N, 3], "
            f"received {list(shapes[0])}"
        )
    return int(height)
