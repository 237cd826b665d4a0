"""Frozen graphs for converters compute each value once, and give the same results as before."""

import numpy as np
import tensorflow as tf

from deformable_gan.exporting.frozen_graph import frozen_graph


def test_equal_operations_are_one_and_the_result_stays():
    weight = tf.Variable([[2.0, 1.0], [0.5, 3.0]])

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, name="given")])
    def run(given):
        parts = [tf.exp(given[:, :1] + 1.0) for _ in range(3)]
        return {"made": tf.matmul(tf.concat([parts[0] + parts[1], parts[2]], 1), weight)}

    concrete = run.get_concrete_function()
    graph = frozen_graph(concrete)
    kinds = [node.op for node in graph.node]
    assert kinds.count("Exp") == kinds.count("StridedSlice") == 1
    assert "ReadVariableOp" not in kinds
    given = np.array([[0.0, 1.0], [-1.0, 2.0]], np.float32)
    with tf.Graph().as_default() as frozen, tf.compat.v1.Session(graph=frozen) as session:
        tf.import_graph_def(graph, name="")
        made = session.run(concrete.structured_outputs["made"].name, {"given:0": given})
    power = np.exp(given[:, :1] + 1.0)
    expected = np.concatenate([2 * power, power], 1) @ np.array([[2.0, 1.0], [0.5, 3.0]])
    np.testing.assert_allclose(made, expected, rtol=1e-6)


def test_random_operations_stay_apart():
    @tf.function(input_signature=[tf.TensorSpec([3], tf.float32, name="given")])
    def run(given):
        return given + tf.random.uniform([3]) + tf.random.uniform([3])

    graph = frozen_graph(run.get_concrete_function())
    assert [node.op for node in graph.node].count("RandomUniform") == 2
