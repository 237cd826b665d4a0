"""The work in a graph equals a count by hand, and operations are assigned to their groups."""

import sys
from pathlib import Path

import pytest
import tensorflow as tf

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from graph_work import count_work, total_gflop
from step_profile import group_of


def test_a_convolution_and_its_gradients_are_the_same_work_each():
    image, kernel = tf.zeros([2, 8, 6, 3]), tf.zeros([4, 4, 3, 5])

    @tf.function(jit_compile=False)
    def gradients(image, kernel):
        with tf.GradientTape() as tape:
            tape.watch([image, kernel])
            result = tf.nn.conv2d(image, kernel, 2, "SAME")
        return tape.gradient(result, [image, kernel], output_gradients=tf.sin(result))

    works = count_work(gradients.get_concrete_function(image, kernel))
    # Two flops for each of 2 x 4 x 3 x 5 results and 4 x 4 x 3 taps.
    each = 2 * (2 * 4 * 3 * 5) * (4 * 4 * 3)
    assert sorted(work.flops for work in works) == [each] * 3
    assert total_gflop(works) == pytest.approx(3 * each / 1e9)
    assert {work.result for work in works} == {(2, 4, 3, 5)}


@pytest.mark.parametrize("transposed", [False, True])
def test_a_product(transposed):
    first = tf.zeros([7, 4] if transposed else [4, 7])

    @tf.function(jit_compile=False)
    def product(first, second):
        return tf.matmul(first, second, transpose_a=transposed)

    ((work, count),) = count_work(product.get_concrete_function(first, tf.zeros([7, 3]))).items()
    assert (work.image, work.kernel, work.result) == ((4, 7), (7, 3), (4, 3))
    assert (work.flops, count) == (2 * 4 * 7 * 3, 1)


@pytest.mark.parametrize(
    ("name", "kind", "group"),
    [
        ("a/BiasAdd", "_MklNativeFusedConv2D", "convolutions"),
        ("a/convolution", "_MklNativePadWithConv2D", "convolutions"),
        ("a", "_MklNativeConv2DBackpropFilterWithBias", "convolutions"),
        ("a/MatMul", "_MklMatMul", "products"),
        ("a/transpose", "_MklTranspose", "layout"),
        ("a/normalize_1/mul", "Mul", "norms"),
        ("a/mul", "Mul", "elementwise"),
        ("optimizer", "ResourceApplyAdam", "optimiser"),
    ],
)
def test_operations_find_their_groups(name, kind, group):
    assert group_of(name, kind) == group
