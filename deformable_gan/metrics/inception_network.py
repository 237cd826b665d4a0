"""The Inception network of the Inception Score and of FID: the one published in December 2015."""

import hashlib
import tarfile
from pathlib import Path

import numpy as np
import tensorflow as tf

from deformable_gan.errors import WeightsError
from deformable_gan.pretrained.weights_file import WeightsFile

#: The frozen graph that the scores were defined with. Its publisher names no checksum.
INCEPTION = WeightsFile(
    "the Inception network (89 MB)",
    "https://storage.googleapis.com/download.tensorflow.org/models/image/imagenet/"
    "inception-2015-12-05.tgz",
    "--inception-weights",
)
GRAPH = "classify_image_graph_def.pb"

# Names in that graph. The input is a float picture of values 0 to 255 and any size; the graph
# itself scales it bilinearly to 299 x 299 pixels.
_INPUT, _POOL, _LOGITS = "ExpandDims:0", "pool_3:0", "softmax/logits/MatMul"

# Images at once: each takes some 30 MB inside the network.
_TOGETHER = 16


class InceptionNetwork:
    """TensorFlow's own Inception graph, as both scores' authors used it.

    Not one of the ports with other weights or another resizing: the graph is run as it is, in a
    session of its own, since its operations are older than eager execution.

    Args:
        graph_def: the serialised graph, `classify_image_graph_def.pb`.

    Attributes:
        feature_size: of the pooled features.
        digest: SHA-256 of the graph.

    Raises:
        WeightsError: it is another graph.
    """

    def __init__(self, graph_def: bytes):
        self.digest = hashlib.sha256(graph_def).hexdigest()
        definition = tf.compat.v1.GraphDef()
        try:
            definition.ParseFromString(graph_def)
            with tf.Graph().as_default() as graph:
                self._images = tf.compat.v1.placeholder(tf.uint8, [None, None, None, 3])
                pool, logits = tf.graph_util.import_graph_def(
                    definition,
                    input_map={_INPUT: tf.cast(self._images, tf.float32)},
                    return_elements=[_POOL, _LOGITS],
                    name="",
                )
                # Behind the pooling the graph is made for one picture at a time.
                weights = logits.inputs[1]
                self.feature_size = int(weights.shape[0])
                features = tf.reshape(pool, [-1, self.feature_size])
                # Without the bias, as both authors' code and the published scores.
                probabilities = tf.nn.softmax(tf.matmul(features, weights))
                self._outputs = features, probabilities
            self._session = tf.compat.v1.Session(graph=graph)
        # protobuf's own error is no subclass of anything; the others are TensorFlow's.
        except Exception as error:
            raise WeightsError(
                f"this is not the Inception graph of 2015 ({GRAPH}): "
                f"{' '.join(str(error).split())[:200]}"
            ) from error

    @classmethod
    def load(cls, path: str | Path | None = None) -> "InceptionNetwork":
        """Find and load the published graph.

        Args:
            path: `inception-2015-12-05.tgz`, or the `classify_image_graph_def.pb` in it; None
                looks among earlier downloads, then downloads it.

        Raises:
            WeightsError: it cannot be had or read.
        """
        file = INCEPTION.find(path)
        try:
            if tarfile.is_tarfile(file):
                with tarfile.open(file) as archive:
                    graph_def = archive.extractfile(GRAPH).read()  # type: ignore[union-attr]  # a file, or LookupError
            else:
                graph_def = file.read_bytes()
            return cls(graph_def)
        except (OSError, EOFError, LookupError, tarfile.TarError, WeightsError) as error:
            raise WeightsError(f"{file} cannot be used: {error}") from error

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Look at images.

        Args:
            images: uint8 [B, H, W, 3].

        Returns:
            float32 [B, 2048], the features of the last pooling, for FID; and float32 [B, 1008],
            the classes' probabilities, for the Inception Score.
        """
        portions = [
            self._session.run(self._outputs, {self._images: images[start : start + _TOGETHER]})
            for start in range(0, len(images), _TOGETHER)
        ]
        features, probabilities = map(np.concatenate, zip(*portions, strict=True))
        return features, probabilities
