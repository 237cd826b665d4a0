"""The operations of a graph that a GPU would not compute, from TensorFlow's table of kernels.

TensorFlow for Linux contains the kernels for GPUs and, even on machines without a GPU, a table of
the types that they accept and the results that they leave in the host's memory.
"""

import tensorflow as tf
from tensorflow.python.framework import kernels

# These operations compute nothing.
_PASSIVE = {
    *("Placeholder", "Const", "Identity", "IdentityN", "NoOp", "Shape", "ShapeN", "VarHandleOp"),
    *("StopGradient", "PreventGradient", "Arg", "ReadVariableOp"),
}
# Tensors with at most this many numbers do not count: copying them to the GPU takes little time.
_FEW = 4096


def computed_on_host(graph) -> list[str]:
    """Return the operations that make many integers or booleans on the host, by type and name."""
    found = []
    for operation in operations(graph):
        if operation.type in _PASSIVE or not any(_is_large(one) for one in operation.outputs):
            continue
        if not _has_gpu_kernel(operation):
            found.append(f"{operation.type} {operation.name}")
    return found


def operations(graph):
    """Yield the operations of a graph and of the functions it calls."""
    yield from graph.get_operations()
    for function in graph._functions.values():
        inner = getattr(function, "graph", None)
        if inner is not None:
            yield from inner.get_operations()


def _is_large(tensor) -> bool:
    whole = tensor.dtype in (tf.int32, tf.int64, tf.bool)
    count = tensor.shape.num_elements()
    unknown = count is None and tensor.shape.rank != 0
    return whole and (unknown or (count or 0) > _FEW)


def _has_gpu_kernel(operation) -> bool:
    """Return whether a GPU kernel takes the operation's types and keeps its results on the GPU."""
    definition = operation.op_def
    for kernel in kernels.get_registered_kernels_for_op(operation.type).kernel:
        if kernel.device_type != "GPU":
            continue
        fits = all(
            operation.get_attr(rule.name).as_datatype_enum in rule.allowed_values.list.type
            for rule in kernel.constraint
            if isinstance(operation.get_attr(rule.name), tf.DType)
        )
        outputs = {argument.name for argument in definition.output_arg}
        if fits and not outputs & set(kernel.host_memory_arg):
            return True
    return False
