"""A split's encoded images, one file each."""

from pathlib import Path

import tensorflow as tf

from deformable_gan.data.dataset_folder import Split


class ImageFiles:
    """A reader of a split's encoded images: `locate` and `load` inside a graph, `read` outside.

    Args:
        split: the split to read.
    """

    def __init__(self, split: Split):
        self._split = split
        paths = [str(split.image_path(index)) for index in range(len(split.names))]
        with tf.device("CPU"):  # the pipeline runs on the CPU, whose memory is larger
            self._paths = tf.constant(paths, tf.string)

    def locate(self, indices: tf.Tensor) -> tf.Tensor:
        """Return what `load` needs for the images at these positions, string [B]."""
        return tf.gather(self._paths, indices)

    def load(self, located: tf.Tensor) -> tf.Tensor:
        """Return an image's file contents, a string scalar."""
        return tf.io.read_file(located)

    def place(self, index: int) -> str:
        """Return a description of where the image at a position lies, for messages."""
        return str(self._split.image_path(index))

    def read(self, index: int) -> bytes | None:
        """Return an image's file contents; None if the file is missing.

        Raises:
            OSError: the file cannot be read.
        """
        path: Path = self._split.image_path(index)
        return path.read_bytes() if path.is_file() else None
