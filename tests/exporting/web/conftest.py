"""A stand-in for MoveNet that sees a person of any size."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def sized_movenet_folder(tmp_path_factory):
    """A SavedModel that finds a figure around a red mark, with a size proportional to the mark's.

    Unlike `marker_movenet_folder`, it finds the same joints in every square.
    """
    import tensorflow as tf

    # (y, x) from the mark, in eighths of its side, in COCO's order.
    offsets = np.array(
        (
            *((-30, 0), (-33, 2), (-33, -2), (-32, 4), (-32, -4), (-20, 8), (-20, -8)),
            *((-8, 12), (-8, -12), (2, 14), (2, -14), (10, 6), (10, -6)),
            *((28, 6), (28, -6), (45, 6), (45, -6)),
        ),
        np.float32,
    )

    class Sized(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((1, 192, 192, 3), tf.int32, "input")])
        def serve(self, input):
            pixels = tf.cast(input[0], tf.float32)
            redness = pixels[..., 0] - tf.reduce_max(pixels[..., 1:], axis=-1)
            # The edge is soft, so that small changes of grey levels hardly move the joints.
            marked = tf.clip_by_value((redness - 60.0) / 100.0, 0.0, 1.0)
            count = tf.reduce_sum(marked)
            axis = tf.range(192.0)
            grid = tf.stack(tf.meshgrid(axis, axis, indexing="ij"), -1)
            centre = tf.reduce_sum(grid * marked[..., None], [0, 1]) / tf.maximum(count, 1.0)
            places = (centre + offsets * tf.sqrt(count) / 8.0 + 0.5) / 192.0
            confidence = tf.fill([17, 1], tf.where(count > 1.0, 0.9, 0.05))
            return {"output_0": tf.concat([places, confidence], axis=1)[None, None]}

    module, path = Sized(), tmp_path_factory.mktemp("movenet") / "sized"
    tf.saved_model.save(module, str(path), signatures=module.serve)
    return path
