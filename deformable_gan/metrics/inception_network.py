"""The Inception network of the Inception Score and of FID, published in December 2015."""

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

# Names in that graph. The input is a float image of any size with values from 0 to 255; the graph
# itself scales it bilinearly to 299 x 299 pixels.
_INPUT, _POOL, _LOGITS = "ExpandDims:0", "pool_3:0", "softmax/logits/MatMul"

# The number of images that run at once. Each takes some 30 MB inside the network.
_TOGETHER = 16


class InceptionNetwork:
    """TensorFlow's own Inception graph, as the authors of both scores used it.

    This is not a port with other weights or another resizing. The graph itself runs, in its own
    session because its operations are older than eager execution.

    Args:
        graph_def: the serialised graph, `classify_image_graph_def.pb`.

    Attributes:
        feature_size: the number of pooled features.
        digest: SHA-256 of the graph.

    Raises:
        WeightsError: the graph is not the Inception graph.
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
                # After the pooling layer the graph supports a batch size of 1 only.
                weights = logits.inputs[1]
                self.feature_size = int(weights.shape[0])
                features = tf.reshape(pool, [-1, self.feature_size])
                # Without the bias, as in the code of both scores' authors and in published scores.
                probabilities = tf.nn.softmax(tf.matmul(features, weights))
                self._outputs = features, probabilities
            self._session = tf.compat.v1.Session(graph=graph)
        # protobuf's error has no common base class with TensorFlow's errors.
        except Exception as error:
            raise WeightsError(
                f"this is not the Inception graph of 2015 ({GRAPH}): "
                f"{' '.join(str(error).split())[:200]}"
            ) from error

    @classmethod
    def load(cls, path: str | Path | None = None) -> "InceptionNetwork":
        """Find and load the published graph.

        Args:
            path: `inception-2015-12-05.tgz`, or the `classify_image_graph_def.pb` in it. None looks
                among earlier downloads, then downloads the file.

        Raises:
            WeightsError: the file cannot be found, downloaded or read.
        """
        file = INCEPTION.find(path)
        try:
            if tarfile.is_tarfile(file):
                with tarfile.open(file) as archive:
                    member = archive.extractfile(GRAPH)
                    if member is None:
                        raise LookupError(f"{GRAPH} in it is not a file")
                    graph_def = member.read()
            else:
                graph_def = file.read_bytes()
            return cls(graph_def)
        except (OSError, EOFError, LookupError, tarfile.TarError, WeightsError) as error:
            raise WeightsError(
                f"{file} cannot be used: {error}. Name the published file {INCEPTION.name} with "
                f"{INCEPTION.option}"
            ) from error

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the features and the class probabilities of images.

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
