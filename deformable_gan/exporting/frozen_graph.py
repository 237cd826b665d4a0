"""A function's graph with its variables as constants and equal operations merged."""

import tensorflow as tf
from tensorflow.python.framework import convert_to_constants, op_def_registry

#: A constant of more bytes than this counts as a variable's value and is not compared.
_LARGE = 1 << 12
# Operations that are never merged, even if their inputs and attributes are equal.
_SINGLE = frozenset({"Placeholder", "NoOp", "If", "While", "StatelessIf", "StatelessWhile"})


def frozen_graph(function) -> tf.compat.v1.GraphDef:
    """Return the graph of a function, for converters.

    TensorFlow's public function, `convert_variables_to_constants_v2`, is not used: it also builds
    the graph again in Python, which takes half a minute for a generator, and it leaves thousands of
    equal constants, on each of which converters spend time.

    Args:
        function: a concrete function.

    Returns:
        The graph. Its inputs and outputs have the same names as the function's.
    """
    data = convert_to_constants._FunctionConverterDataInEager(
        func=function, lower_control_flow=False, aggressive_inlining=True
    )
    graph, _ = convert_to_constants._replace_variables_by_constants(converter_data=data)
    kept = {tensor.op.name for tensor in (*function.inputs, *function.outputs)}
    return merge_equal(graph, kept)


def merge_equal(graph: tf.compat.v1.GraphDef, kept: set[str]) -> tf.compat.v1.GraphDef:
    """Return a graph in which operations with equal inputs and attributes are merged into one.

    Args:
        graph: the original graph, which is not changed.
        kept: names of operations that are not merged into others.
    """
    pure = [
        (node, _attributes(node))
        for node in graph.node
        if not (node.op in _SINGLE or _is_stateful(node.op) or _has_control(node))
    ]
    renamed: dict[str, str] = {}
    found = True
    while found:
        found = False
        first: dict[tuple, str] = {}
        for node, attributes in pure:
            if node.name in renamed:
                continue
            key = (node.op, *(_renamed(one, renamed) for one in node.input), attributes)
            same = first.setdefault(key, node.name)
            if same != node.name and node.name not in kept:
                renamed[node.name] = same
                found = True
    smaller = tf.compat.v1.GraphDef(versions=graph.versions, library=graph.library)
    for node in graph.node:
        if node.name not in renamed:
            copy = smaller.node.add()
            copy.CopyFrom(node)
            copy.input[:] = [_renamed(one, renamed) for one in node.input]
    return smaller


def _attributes(node) -> tuple:
    """Return what an operation's result depends on besides its inputs, as a comparable value."""
    if node.op == "Const" and node.ByteSize() > _LARGE:
        return (node.name,)
    attributes = sorted(name for name in node.attr if not name.startswith("_"))
    values = (node.attr[name].SerializeToString(deterministic=True) for name in attributes)
    return (node.device, *zip(attributes, values, strict=True))


def _is_stateful(kind: str) -> bool:
    described = op_def_registry.get(kind)
    return described is None or described.is_stateful


def _has_control(node) -> bool:
    return any(one.startswith("^") for one in node.input)


def _renamed(one: str, renamed: dict[str, str]) -> str:
    control = "^" if one.startswith("^") else ""
    name, separator, output = one.removeprefix("^").partition(":")
    while name in renamed:
        name = renamed[name]
    return f"{control}{name}{separator}{output}"
