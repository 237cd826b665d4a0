import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="needs the extra onnx")
onnxruntime = pytest.importorskip("onnxruntime", reason="needs the extra onnx")

from deformable_gan.exporting.web.upsampling import replace_transposed_convolutions  # noqa: E402


def model_with(kernel, **attributes):
    from onnx import TensorProto, helper, numpy_helper

    node = helper.make_node("ConvTranspose", ["x", "w"], ["y"], "up", **attributes)
    graph = helper.make_graph(
        [node],
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, kernel.shape[0], 5, 7])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(kernel, "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def run(model, x):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session.run(None, {"x": x})[0]


def test_the_result_is_that_of_onnx_runtimes_transposed_convolution():
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(6, 4, 4, 4)).astype(np.float32)
    x = rng.normal(size=(1, 6, 5, 7)).astype(np.float32)
    model = model_with(kernel, strides=[2, 2], pads=[1, 1, 1, 1], kernel_shape=[4, 4])
    expected = run(model, x)
    assert expected.shape == (1, 4, 10, 14)
    assert replace_transposed_convolutions(model) == 1
    assert "ConvTranspose" not in {node.op_type for node in model.graph.node}
    onnx.checker.check_model(model)
    np.testing.assert_allclose(run(model, x), expected, atol=2e-5)


@pytest.mark.parametrize(
    ("size", "attributes"),
    [
        (3, {"strides": [2, 2], "pads": [1, 1, 1, 1]}),
        (4, {"strides": [1, 1], "pads": [1, 1, 1, 1]}),
        (4, {"strides": [2, 2]}),
        (4, {"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1]}),
    ],
)
def test_other_transposed_convolutions_stay(size, attributes):
    model = model_with(np.ones((2, 3, size, size), np.float32), **attributes)
    before = model.SerializeToString()
    assert replace_transposed_convolutions(model) == 0
    assert model.SerializeToString() == before
