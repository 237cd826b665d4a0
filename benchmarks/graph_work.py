"""The convolutions and matrix products of a training step, and their FLOPs, from its graph."""

import collections
from collections.abc import Iterator
from dataclasses import dataclass

FORWARD, OF_INPUT, OF_FILTER = "Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"
CONVOLUTIONS = (FORWARD, OF_INPUT, OF_FILTER)
PRODUCTS = ("MatMul", "BatchMatMulV2", "BatchMatMul")


@dataclass(frozen=True)
class Work:
    """One convolution or matrix product.

    Attributes:
        kind: the operation's type in TensorFlow.
        image: of a convolution and of its gradients, the shape [B, H, W, C] of the convolution's
            input; of a product, the shape of the first factor.
        kernel: shape of a convolution's kernel [h, w, C, filters], or of a product's second factor.
        result: of a convolution and of its gradients, the shape [B, h, w, filters] of the
            convolution's output; of a product, its shape.
        strides: the convolution's stride in both directions; 0 for a product.
        padding: the convolution's padding; "" for a product.
        dtype: the dtype of the factors.
    """

    kind: str
    image: tuple[int, ...]
    kernel: tuple[int, ...]
    result: tuple[int, ...]
    strides: int
    padding: str
    dtype: str

    @property
    def flops(self) -> float:
        """The number of multiplications and additions."""
        batch, *_, columns = self.result
        if self.kind in CONVOLUTIONS:
            height, width, channels, filters = self.kernel
            rows, wide = self.result[1:3]
            return 2.0 * batch * rows * wide * filters * height * width * channels
        total = 2.0 * columns * self.image[-1]
        for size in self.result[:-1]:
            total *= size
        return total

    def describe(self) -> str:
        """Return a short description: the shapes and, of a convolution, the stride."""
        if self.kind not in CONVOLUTIONS:
            return f"{_times(self.image)} by {_times(self.kernel)}"
        return (
            f"{_times(self.kernel[:2])} stride {self.strides}, {_times(self.image)} and "
            f"{_times(self.result)}"
        )


def graph_operations(function) -> Iterator:
    """Yield the operations of a concrete function and of the functions in its graph's library.

    Operations such as conditions and checkpointed blocks call the functions of the library. The
    operations of such a function are yielded once, however often it is called.
    """
    yield from function.graph.get_operations()
    for name in function.graph._functions:
        inner = getattr(function.graph._functions[name], "graph", None)
        if inner is not None:
            yield from inner.get_operations()


def work_of(operation) -> Work | None:
    """Return the `Work` of a convolution or matrix product; None for other operations.

    Raises:
        ValueError: a shape is not known when the graph is made.
    """
    kind = operation.type
    shapes = [tensor.shape for tensor in operation.inputs]
    if kind in PRODUCTS:
        first, second = (tuple(shape.as_list()) for shape in shapes[:2])
        result = tuple(operation.outputs[0].shape.as_list())
        if operation.get_attr("transpose_a" if kind == "MatMul" else "adj_x"):
            first = (*first[:-2], first[-1], first[-2])
        if operation.get_attr("transpose_b" if kind == "MatMul" else "adj_y"):
            second = (*second[:-2], second[-1], second[-2])
        return _checked(Work(kind, first, second, result, 0, "", operation.inputs[0].dtype.name))
    if kind not in CONVOLUTIONS:
        return None
    output = operation.outputs[0].shape
    if kind == FORWARD:
        image, kernel, result = shapes[0], shapes[1], output
    elif kind == OF_INPUT:
        image, kernel, result = output, shapes[1], shapes[2]
    else:
        image, kernel, result = shapes[0], output, shapes[2]
    return _checked(
        Work(
            kind,
            *(tuple(shape.as_list()) for shape in (image, kernel, result)),
            operation.get_attr("strides")[1],
            operation.get_attr("padding").decode(),
            operation.outputs[0].dtype.name,
        )
    )


def count_work(function) -> collections.Counter:
    """Return how often each `Work` occurs in a concrete function."""
    found = (work_of(operation) for operation in graph_operations(function))
    return collections.Counter(work for work in found if work is not None)


def total_gflop(works: collections.Counter) -> float:
    """Return the GFLOP of convolutions and matrix products."""
    return sum(work.flops * count for work, count in works.items()) / 1e9


def _checked(work: Work) -> Work:
    if None in (*work.image, *work.kernel, *work.result):
        raise ValueError(f"{work}: a size is not known; trace with a batch of fixed size")
    return work


def _times(sizes) -> str:
    return "x".join(map(str, sizes))
