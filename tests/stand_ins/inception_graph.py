"""The Inception graph of 2015 with random weights, instead of the downloaded one."""

import numpy as np
import tensorflow as tf


class OldGraph:
    """A writer of graphs as in TensorFlow of 2015: GraphDef version 8 and its operations."""

    def __init__(self, seed=0, channel_divisor=1):
        self.definition = tf.compat.v1.GraphDef()
        self.definition.versions.producer = 8
        self.rng = np.random.default_rng(seed)
        self.divisor = channel_divisor

    def const(self, name, value):
        proto = tf.make_tensor_proto(value)
        node = self.definition.node.add(name=name, op="Const")
        node.attr["dtype"].type = proto.dtype
        node.attr["value"].tensor.CopyFrom(proto)
        return name

    def node(self, name, op, *inputs, **attributes):
        node = self.definition.node.add(name=name, op=op, input=inputs)
        for key, value in attributes.items():
            attribute = node.attr[key]
            if isinstance(value, tf.DType):
                attribute.type = value.as_datatype_enum
            elif isinstance(value, list):
                attribute.list.i.extend(value)
            else:
                setattr(
                    attribute, {bool: "b", float: "f", int: "i", bytes: "s"}[type(value)], value
                )
        return name

    def convolution(self, name, below, kernel, channels, stride=1, padding=b"SAME"):
        """Add convolution, batch normalisation and ReLU as a scope; `below` is (name, channels)."""
        source, depth = below
        channels //= self.divisor
        shape = (*kernel, depth, channels)
        scale = np.sqrt(2 / np.prod(shape[:3]))
        weights = (self.rng.standard_normal(shape) * scale).astype(np.float32)
        parameters = self.const(f"{name}/conv2d_params", weights)
        convolved = self.node(
            f"{name}/Conv2D",
            "Conv2D",
            *(source, parameters),
            T=tf.float32,
            strides=[1, stride, stride, 1],
            padding=padding,
        )
        normal = f"{name}/batchnorm"
        statistics = [
            self.const(f"{normal}/{part}", np.full(channels, value, np.float32))
            for part, value in zip(
                ("moving_mean", "moving_variance", "beta", "gamma"), (0, 1, 0.1, 1), strict=True
            )
        ]
        self.node(
            normal,
            "BatchNormWithGlobalNormalization",
            *(convolved, *statistics),
            T=tf.float32,
            variance_epsilon=0.001,
            scale_after_normalization=False,
        )
        return self.node(name, "Relu", normal, T=tf.float32), channels

    def pool(self, name, below, kind, size, stride, padding):
        source, channels = below
        sides = {"ksize": [1, size, size, 1], "strides": [1, stride, stride, 1]}
        return self.node(name, kind, source, T=tf.float32, padding=padding, **sides), channels

    def join(self, name, *branches):
        axis = self.const(f"{name}/join/concat_dim", np.int32(3))
        names = [branch for branch, _ in branches]
        self.node(f"{name}/join", "Concat", axis, *names, T=tf.float32, N=len(names))
        return f"{name}/join", sum(channels for _, channels in branches)


def _inception(graph):
    """Add Inception v3 of December 2015; the architecture is taken from torch-fidelity."""
    g, conv, pool = graph, graph.convolution, graph.pool
    valid, same = b"VALID", b"SAME"

    def chain(name, below, *steps):
        for number, (kernel, channels, *stride) in enumerate(steps):
            scope = f"{name}/conv" + (f"_{number}" if number else "")
            options = {"stride": 2, "padding": valid} if stride else {}
            below = conv(scope, below, kernel, channels, **options)
        return below

    one, three, row, column = (1, 1), (3, 3), (1, 7), (7, 1)
    x = conv("conv", ("Mul", 3), three, 32, 2, valid)
    x = conv("conv_1", x, three, 32, 1, valid)
    x = conv("conv_2", x, three, 64)
    x = pool("pool", x, "MaxPool", 3, 2, valid)
    x = conv("conv_3", x, one, 80, 1, valid)
    x = conv("conv_4", x, three, 192, 1, valid)
    x = pool("pool_1", x, "MaxPool", 3, 2, valid)
    for name, pooled in (("mixed", 32), ("mixed_1", 64), ("mixed_2", 64)):
        x = g.join(
            name,
            chain(name, x, (one, 64)),
            chain(f"{name}/tower", x, (one, 48), ((5, 5), 64)),
            chain(f"{name}/tower_1", x, (one, 64), (three, 96), (three, 96)),
            chain(f"{name}/tower_2", pool(f"{name}/pool", x, "AvgPool", 3, 1, same), (one, pooled)),
        )
    x = g.join(
        "mixed_3",
        chain("mixed_3", x, (three, 384, 2)),
        chain("mixed_3/tower", x, (one, 64), (three, 96), (three, 96, 2)),
        pool("mixed_3/pool", x, "MaxPool", 3, 2, valid),
    )
    for number, c in ((4, 128), (5, 160), (6, 160), (7, 192)):
        name = f"mixed_{number}"
        long = ((one, c), (column, c), (row, c), (column, c), (row, 192))
        x = g.join(
            name,
            chain(name, x, (one, 192)),
            chain(f"{name}/tower", x, (one, c), (row, c), (column, 192)),
            chain(f"{name}/tower_1", x, *long),
            chain(f"{name}/tower_2", pool(f"{name}/pool", x, "AvgPool", 3, 1, same), (one, 192)),
        )
    x = g.join(
        "mixed_8",
        chain("mixed_8/tower", x, (one, 192), (three, 320, 2)),
        chain("mixed_8/tower_1", x, (one, 192), (row, 192), (column, 192), (three, 192, 2)),
        pool("mixed_8/pool", x, "MaxPool", 3, 2, valid),
    )
    for name, kind in (("mixed_9", "AvgPool"), ("mixed_10", "MaxPool")):
        second = chain(f"{name}/tower", x, (one, 384))
        third = chain(f"{name}/tower_1", x, (one, 448), (three, 384))
        x = g.join(
            name,
            chain(name, x, (one, 320)),
            conv(f"{name}/tower/mixed/conv", second, (1, 3), 384),
            conv(f"{name}/tower/mixed/conv_1", second, (3, 1), 384),
            conv(f"{name}/tower_1/mixed/conv", third, (1, 3), 384),
            conv(f"{name}/tower_1/mixed/conv_1", third, (3, 1), 384),
            chain(f"{name}/tower_2", pool(f"{name}/pool", x, kind, 3, 1, same), (one, 192)),
        )
    return pool("pool_3", x, "AvgPool", 8, 1, valid)


def make_inception_graph(channel_divisor, seed=0):
    """Return the serialised graph; `channel_divisor` makes its convolutions narrower."""
    graph = OldGraph(seed, channel_divisor)
    f, single = tf.float32, {"T": tf.float32}
    graph.const("DecodeJpeg/contents", b"")
    graph.node("DecodeJpeg", "DecodeJpeg", "DecodeJpeg/contents", channels=3)
    graph.node("Cast", "Cast", "DecodeJpeg", SrcT=tf.uint8, DstT=f)
    graph.node("ExpandDims", "ExpandDims", "Cast", graph.const("ExpandDims/dim", np.int32(0)), T=f)
    size = graph.const("ResizeBilinear/size", np.array([299, 299], np.int32))
    graph.node("ResizeBilinear", "ResizeBilinear", "ExpandDims", size, T=f)
    graph.node("Sub", "Sub", "ResizeBilinear", graph.const("Sub/y", np.float32(128)), **single)
    graph.node("Mul", "Mul", "Sub", graph.const("Mul/y", np.float32(1 / 128)), **single)
    features, channels = _inception(graph)
    shape = graph.const("pool_3/_reshape/shape", np.array([1, channels], np.int32))
    graph.node("pool_3/_reshape", "Reshape", features, shape, T=f)
    weights = graph.rng.standard_normal((channels, 1008)) / np.sqrt(channels) * 3
    matrix = graph.const("softmax/weights", weights.astype(np.float32))
    graph.node("softmax/logits/MatMul", "MatMul", "pool_3/_reshape", matrix, **single)
    return graph.definition.SerializeToString()
