"""The networks of the web page, as ONNX models of one picture."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from deformable_gan.errors import RunError
from deformable_gan.exporting.onnx_model import convert_onnx, run_onnx
from deformable_gan.exporting.samples import sample_pairs
from deformable_gan.exporting.serving import input_signature, make_serve, make_serve_all
from deformable_gan.models.generator import Generator
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.movenet_network import LiteRTNetwork
from deformable_gan.pose.skeleton import COCO17

_OPERATORS = 18
# How far MoveNet's joints may lie from its own, as shares of the picture, on average. Of int8
# weights and activations the runtimes round differently.
_MOST_SHIFT, _MOST_SHIFT_INT8 = 1e-3, 2e-2


def write_network(generator: Generator, path: Path) -> None:
    """Write a generator that makes one picture at a time.

    Its outputs are those of `make_serve`, and of a composite generator those of `make_serve_parts`.

    Args:
        generator: one that `serving.check_exportable` accepts.
        path: the file.

    Raises:
        RunError: ONNX lacks an operation of the generator.
    """
    import onnx

    serve = (make_serve_all if generator.composite else make_serve)(generator, 1)
    onnx.save(convert_onnx(serve, input_signature(generator, 1)), str(path))


def run_onnx_singly(path: Path, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """Run a model that takes one picture at a time; see `run_onnx`."""
    count = len(inputs["source_image"])
    singles = ({name: value[i : i + 1] for name, value in inputs.items()} for i in range(count))
    return np.concatenate([run_onnx(path, single) for single in singles])


def write_movenet(movenet: MoveNet, path: Path) -> dict[str, object]:
    """Write MoveNet's network, and compare its joints with its own.

    Args:
        movenet: of a SavedModel or a `.tflite` file.
        path: the file.

    Returns:
        What the page needs to run it: `input` and `output`, their names; `type`, of the input;
        `size`, the side of the square that it looks at.

    Raises:
        RunError: ONNX lacks one of its operations, or its joints are others.
    """
    import onnx

    size, network = movenet.network.input_size, movenet.network
    if isinstance(network, LiteRTNetwork):
        model = _converted_file(network.path)
    else:
        signature = [tf.TensorSpec((1, size, size, 3), tf.int32, name="image")]

        @tf.function(input_signature=signature, autograph=False)
        def find(image):
            return {"joints": network(image)}

        model = convert_onnx(find, signature)
    onnx.save(model, str(path))
    given, made = model.graph.input[0], model.graph.output[0]
    kind = onnx.helper.tensor_dtype_to_np_dtype(given.type.tensor_type.elem_type)
    about = {"input": given.name, "output": made.name, "type": kind.name, "size": size}
    _compare(path, movenet, about)
    return about


def _converted_file(path: Path):
    import tf2onnx

    try:
        model, _ = tf2onnx.convert.from_tflite(str(path), opset=_OPERATORS)
    except Exception as error:  # of any type, of what the converter does not know
        reason = str(error).split("\n", 1)[0][:200]
        raise RunError(f"{path} cannot be converted to ONNX: {reason}") from error
    return model


def _compare(path: Path, movenet: MoveNet, about: dict) -> None:
    import onnxruntime

    size = about["size"]
    images = sample_pairs(3, (size, size), COCO17)["source_image"]
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    shifts = []
    for image in images[:, None]:
        own = np.asarray(movenet.network(tf.constant(image, tf.int32)))
        made = session.run([about["output"]], {about["input"]: image.astype(about["type"])})[0]
        shifts.append(np.abs(made.reshape(own.shape) - own)[..., :2].mean())
    shift = float(np.mean(shifts))
    most = _MOST_SHIFT_INT8 if isinstance(movenet.network, LiteRTNetwork) else _MOST_SHIFT
    if not shift <= most:
        raise RunError(
            f"MoveNet's joints differ by {shift:.2g} of the picture after conversion to ONNX, more "
            f"than {most:g}: use its SavedModel's folder"
        )
