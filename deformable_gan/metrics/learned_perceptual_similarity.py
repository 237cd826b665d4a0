"""LPIPS (Zhang et al., 2018): a distance of deep features, weighted to match human judgement."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from deformable_gan.checksums import file_digest
from deformable_gan.errors import WeightsError
from deformable_gan.pretrained.torch_file import read_torch_file
from deformable_gan.pretrained.weights_file import WeightsFile

#: AlexNet's features, trained on ImageNet, as torchvision publishes them.
ALEXNET = WeightsFile(
    "LPIPS's AlexNet (233 MB)",
    "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth",
    "--lpips-weights",
    sha256="7be5be79",
)
#: The weights of the features' channels, version 0.1, as LPIPS's authors publish them.
CHANNELS = WeightsFile(
    "LPIPS's weights of AlexNet's channels",
    "https://raw.githubusercontent.com/richzhang/PerceptualSimilarity/master/lpips/weights/v0.1/"
    "alex.pth",
    "--lpips-weights",
    sha256="df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",
)


class _Convolution(NamedTuple):
    number: int  # in torchvision's list of layers
    channels: int
    kernel: int
    stride: int
    padding: int
    pooled: bool  # whether its input is pooled first


_CONVOLUTIONS = (
    _Convolution(0, 64, 11, 4, 2, False),
    _Convolution(3, 192, 5, 1, 2, True),
    _Convolution(6, 384, 3, 1, 1, True),
    _Convolution(8, 256, 3, 1, 1, False),
    _Convolution(10, 256, 3, 1, 1, False),
)
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
_EPSILON = 1e-10


class LearnedPerceptualSimilarity:
    """LPIPS version 0.1 with AlexNet, the variant whose numbers papers report.

    It is implemented in TensorFlow. With the same weights, its numbers equal those of the package
    `lpips` (`LPIPS(net="alex")`) up to rounding.

    Args:
        alexnet: arrays by torchvision's names: `features.0.weight` [64, 3, 11, 11], ….
        channels: arrays by LPIPS's names: `lin0.model.1.weight` [1, 64, 1, 1], ….

    Attributes:
        digests: SHA-256 of the files by their names; empty unless `load` read them.

    Raises:
        WeightsError: an array is missing or has another shape.
    """

    #: The smallest height and width that leave a pixel after all pooling layers.
    least_size = 31

    def __init__(self, alexnet: dict[str, np.ndarray], channels: dict[str, np.ndarray]):
        self._weights = []
        depth = 3
        for level, layer in enumerate(_CONVOLUTIONS):
            shape = (layer.channels, depth, layer.kernel, layer.kernel)
            kernel = _array(alexnet, f"features.{layer.number}.weight", shape)
            bias = _array(alexnet, f"features.{layer.number}.bias", shape[:1])
            linear = _array(channels, f"lin{level}.model.1.weight", (1, layer.channels, 1, 1))
            arrays = kernel.transpose(2, 3, 1, 0), bias, linear.reshape(-1)
            self._weights.append(tuple(map(tf.constant, arrays)))
            depth = layer.channels
        self._traced = tf.function(
            self._distance,
            input_signature=[tf.TensorSpec((None, None, None, 3), tf.uint8)] * 2,
        )
        self.digests: dict[str, str] = {}

    @classmethod
    def load(cls, path: str | Path | None = None) -> "LearnedPerceptualSimilarity":
        """Find and load the published weights.

        Args:
            path: a folder with the two files under their published names. None looks among earlier
                downloads, then downloads the files.

        Raises:
            WeightsError: a file cannot be found, downloaded or read.
        """
        files = [weights.find(path) for weights in (CHANNELS, ALEXNET)]
        channels, alexnet = (read_torch_file(file) for file in files)
        similarity = cls(alexnet, channels)
        similarity.digests = {file.name: file_digest(file) for file in files}
        return similarity

    def __call__(self, reference: np.ndarray, image: np.ndarray) -> np.ndarray:
        """Return the distance of each image from its reference; 0 for equal images.

        Args:
            reference: uint8 [B, H, W, 3], H and W at least 31.
            image: uint8 [B, H, W, 3].

        Returns:
            float32 [B].

        Raises:
            ValueError: the images are too small.
        """
        if min(reference.shape[1:3]) < self.least_size:
            raise ValueError(
                f"LPIPS needs images of at least {self.least_size} pixels in height and width, "
                f"received {tuple(reference.shape)}: use larger images"
            )
        return self._traced(reference, image).numpy()

    def _distance(self, reference: tf.Tensor, image: tf.Tensor) -> tf.Tensor:
        both = tf.cast(tf.concat([reference, image], axis=0), tf.float32) / 127.5 - 1.0
        features = (both - tf.constant(_SHIFT)) / tf.constant(_SCALE)
        distance = 0.0
        for layer, (kernel, bias, linear) in zip(_CONVOLUTIONS, self._weights, strict=True):
            if layer.pooled:
                features = tf.nn.max_pool2d(features, 3, 2, "VALID")
            around = [[0, 0], [layer.padding] * 2, [layer.padding] * 2, [0, 0]]
            features = tf.nn.relu(tf.nn.conv2d(features, kernel, layer.stride, around) + bias)
            norm = tf.sqrt(tf.reduce_sum(features**2, axis=-1, keepdims=True))
            of_reference, of_image = tf.split(features / (norm + _EPSILON), 2)
            difference = (of_reference - of_image) ** 2
            distance += tf.reduce_mean(tf.tensordot(difference, linear, 1), axis=(1, 2))
        return distance


def _array(arrays: dict[str, np.ndarray], name: str, shape: tuple[int, ...]) -> np.ndarray:
    if name not in arrays or arrays[name].shape != shape:
        received = arrays[name].shape if name in arrays else "nothing"
        raise WeightsError(
            f"LPIPS's weights must contain {name} of shape {shape}, received {received}: use the "
            f"published files {ALEXNET.name} and {CHANNELS.name} without changes"
        )
    return arrays[name].astype(np.float32)
