"""Transposed convolutions as convolutions, which ONNX Runtime computes several times as fast."""

import numpy as np

# Of the even and the odd rows of the output: which rows of the kernel see the two rows of the
# input, and how many rows of zeros are needed before and after the input.
_PHASES = (([3, 1], (1, 0)), ([2, 0], (0, 1)))


def replace_transposed_convolutions(model) -> int:
    """Replace transposed convolutions of 4x4 that double the size by convolutions of 2x2.

    Output row 2j sees input rows j - 1 and j through the kernel's rows 3 and 1, and output row
    2j + 1 sees input rows j and j + 1 through rows 2 and 0; columns likewise. Each of the four
    combinations is a convolution of 2x2, and their results are interleaved. The products are the
    same ones, summed in another order.

    Args:
        model: an `onnx.ModelProto`; changed in place. Transposed convolutions of another kind, or
            with a bias or computed weights, stay.

    Returns:
        How many were replaced.
    """
    from onnx import helper, numpy_helper

    weights = {one.name: one for one in model.graph.initializer}
    nodes, count = [], 0
    for node in model.graph.node:
        if not _is_doubling(node, weights):
            nodes.append(node)
            continue
        count += 1
        source, name = node.input
        kernel = numpy_helper.to_array(weights[name])  # [input channels, output channels, 4, 4]
        parts = []
        for rows, (above, below) in _PHASES:
            for columns, (left, right) in _PHASES:
                part = f"{node.output[0]}_part{len(parts)}"
                small = kernel[:, :, rows][..., columns].transpose(1, 0, 2, 3)
                model.graph.initializer.append(
                    numpy_helper.from_array(np.ascontiguousarray(small), f"{part}_weights")
                )
                pads = [above, left, below, right]
                inputs = [source, f"{part}_weights"]
                nodes.append(
                    helper.make_node("Conv", inputs, [part], part, kernel_shape=[2, 2], pads=pads)
                )
                parts.append(part)
        joined = f"{node.output[0]}_parts"
        nodes.append(helper.make_node("Concat", parts, [joined], joined, axis=1))
        nodes.append(
            helper.make_node("DepthToSpace", [joined], list(node.output), node.name, blocksize=2)
        )
    used = {name for node in nodes for name in node.input}
    kept = [one for one in model.graph.initializer if one.name in used]
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(kept)
    return count


def _is_doubling(node, weights) -> bool:
    from onnx import helper

    if node.op_type != "ConvTranspose" or len(node.input) != 2 or node.input[1] not in weights:
        return False
    given = {one.name: helper.get_attribute_value(one) for one in node.attribute}
    return (
        list(weights[node.input[1]].dims[2:]) == [4, 4]
        and list(given.get("strides", ())) == [2, 2]
        and list(given.get("pads", ())) == [1, 1, 1, 1]
        and list(given.get("dilations", [1, 1])) == [1, 1]
        and given.get("group", 1) == 1
        and given.get("auto_pad", b"NOTSET") == b"NOTSET"
        and not {"output_shape", "output_padding"} & set(given)
    )
