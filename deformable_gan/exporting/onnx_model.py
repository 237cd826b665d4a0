"""The ONNX format, for ONNX Runtime and other programs."""

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf

from deformable_gan.errors import RunError
from deformable_gan.exporting.drift import Tolerance
from deformable_gan.exporting.export_format import ExportFormat
from deformable_gan.exporting.export_request import ExportRequest
from deformable_gan.exporting.frozen_graph import frozen_graph
from deformable_gan.exporting.serving import Serve, input_signature, make_serve
from deformable_gan.models.generator import Generator

# The first version of ONNX's operators whose ScatterND supports the reduction `max`.
_OPERATORS = 18


class ONNXFormat(ExportFormat):
    """An ONNX model for any batch size."""

    title = "ONNX"
    file = "model.onnx"
    files = ("*.onnx",)
    tolerance = Tolerance(largest=1e-3)
    extra = "onnx"
    packages = ("onnx", "tf2onnx", "onnxruntime")

    def write(self, request: ExportRequest) -> None:
        """Write the file."""
        about = {key: str(value) for key, value in request.about.items()}
        write_onnx(request.generator, request.folder / self.file, about, request.serve)

    def run(self, request: ExportRequest, inputs: dict[str, np.ndarray]) -> np.ndarray:
        """Run the file."""
        return run_onnx(request.folder / self.file, inputs)


def write_onnx(
    generator: Generator, path: Path, about: dict[str, str], serve: Serve | None = None
) -> None:
    """Write a generator as an ONNX model, for any batch size.

    Args:
        generator: a generator that `serving.check_exportable` accepts.
        path: the file.
        about: the description of the model, stored in the file as its metadata.
        serve: the result of `make_serve`; None to make it.

    Raises:
        RunError: ONNX lacks an operation of the generator.
    """
    import onnx

    model = convert_onnx(serve or make_serve(generator), input_signature(generator))
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    onnx.helper.set_model_props(model, about)
    onnx.save(model, str(path))


def convert_onnx(function: Callable, signature: list[tf.TensorSpec]):
    """Return a `tf.function` as an ONNX model.

    Args:
        function: the function.
        signature: the signature of its arguments.

    Raises:
        RunError: ONNX lacks one of its operations.
    """
    import tf2onnx

    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    # tf2onnx calls deprecated functions of TensorFlow 1, each of which logs a warning.
    log = tf.get_logger()
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        concrete = function.get_concrete_function(*signature)  # type: ignore[attr-defined]  # of tf.function
        taken = {spec.name: f"{spec.name}:0" for spec in signature}
        outputs = concrete.structured_outputs
        made = dict(zip(sorted(outputs), concrete.outputs, strict=True))
        model, _ = tf2onnx.convert.from_graph_def(
            frozen_graph(concrete),
            input_names=list(taken.values()),
            output_names=[tensor.name for tensor in made.values()],
            tensors_to_rename={
                **{place: name for name, place in taken.items()},
                **{tensor.name: name for name, tensor in made.items()},
            },
            opset=_OPERATORS,
            custom_op_handlers={"UnsortedSegmentMax": (_segment_max, [])},
        )
    except (ValueError, RuntimeError, KeyError, AttributeError) as error:
        reason = str(error).split("\n", 1)[0][:200]
        raise RunError(f"the model cannot be converted to ONNX: {reason}") from error
    finally:
        log.setLevel(level)
    return model


def run_onnx(path: Path, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """Run an ONNX model.

    Args:
        path: the file.
        inputs: the arguments of `make_serve`'s function.

    Returns:
        float32 [N, H, W, 3] in [-1, 1].
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(["image_float"], inputs)[0]


def _segment_max(context, node, *_) -> None:
    """Convert TensorFlow's UnsortedSegmentMax to a scatter.

    tf2onnx's own conversion sorts and is slower than the rest of the network. It also fills empty
    segments with -inf, where TensorFlow has the lowest float.
    """
    from onnx import TensorProto, helper
    from tf2onnx.graph_builder import GraphBuilder

    values, segments, count = node.input
    builder = GraphBuilder(context)

    def wide(name: str) -> str:
        return context.make_node("Cast", [name], attr={"to": TensorProto.INT64}).output[0]

    lowest = float(np.finfo(np.float32).min)
    rows = builder.make_unsqueeze({"data": wide(count), "axes": [0]})
    shape = context.make_node("Shape", [values]).output[0]
    channels = builder.make_slice({"data": shape, "starts": [1], "ends": [2], "axes": [0]})
    size = context.make_node("Concat", [rows, channels], attr={"axis": 0}).output[0]
    fill = helper.make_tensor("value", TensorProto.FLOAT, dims=[1], vals=[lowest])
    empty = context.make_node("ConstantOfShape", [size], attr={"value": fill}).output[0]
    places = builder.make_unsqueeze({"data": wide(segments), "axes": [1]})
    output, dtype, output_shape = (
        node.output[0],
        context.get_dtype(node.output[0]),
        context.get_shape(node.output[0]),
    )
    context.remove_node(node.name)
    context.make_node(
        "ScatterND",
        [empty, places, values],
        attr={"reduction": "max"},
        outputs=[output],
        dtypes=[dtype],
        shapes=[output_shape],
    )
