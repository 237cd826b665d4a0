"""A split's encoded images in TFRecord shards."""

import mmap
import struct

import numpy as np
import tensorflow as tf

from deformable_gan.checksums import file_digest
from deformable_gan.data.dataset_folder import Split
from deformable_gan.data.verify import read_checksums
from deformable_gan.errors import DatasetError

SUFFIX = ".tfrecord"
_FEATURES = {
    "name": tf.io.FixedLenFeature([], tf.string),
    "image": tf.io.FixedLenFeature([], tf.string),
}
# A record: its length, a checksum of the length, the bytes, and a checksum of the bytes.
_LENGTH = struct.Struct("<Q")
_BEFORE, _AFTER = _LENGTH.size + 4, 4


class ImageShards:
    """A random-access reader of a split's images in TFRecord shards, inside a graph.

    The shards are mapped into memory, so the operating system's cache decides which parts of them
    stay there. A record is a `tf.train.Example` with the features `name` and `image` (the file's
    bytes); records follow the order of the annotations.

    Args:
        split: the split to read.

    Raises:
        DatasetError: a shard is missing or truncated, a shard's SHA-256 digest differs from the
            recorded one, or the number of images differs from the number of names.
    """

    def __init__(self, split: Split):
        self._split = split
        self._shards: list[mmap.mmap] = []
        shard_of, starts, lengths = [], [], []
        for path in _checked_shards(split):
            with path.open("rb") as file:
                shard = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            at = 0
            while at < len(shard):
                (length,) = _LENGTH.unpack_from(shard, at)
                shard_of.append(len(self._shards))
                starts.append(at + _BEFORE)
                lengths.append(length)
                at += _BEFORE + length + _AFTER
            self._shards.append(shard)
        if len(starts) != len(split.names):
            raise DatasetError(
                f"{split.folder} holds {len(starts)} images in shards, but "
                f"annotations-{split.name}.csv requires {len(split.names)}: make the dataset again"
            )
        self._records = np.array([shard_of, starts, lengths], np.int64).T.reshape(-1, 3)

    def locate(self, indices: tf.Tensor) -> tf.Tensor:
        """Return what `load` needs for the images at these positions, string [B]."""
        records = tf.numpy_function(self._read_records, [indices], tf.string, stateful=False)
        return tf.io.parse_example(tf.ensure_shape(records, [None]), _FEATURES)["image"]

    def load(self, located: tf.Tensor) -> tf.Tensor:
        """Return an image's file contents, a string scalar; `locate` has already read it."""
        return located

    def place(self, index: int) -> str:
        """Return a description of where the image at a position lies, for messages."""
        return f"{self._split.names[index]} in the shards of {self._split.folder}"

    def read(self, index: int) -> bytes:
        """Return an image's file contents."""
        return self.locate(tf.constant([index], tf.int32))[0].numpy()

    def _read_records(self, indices: np.ndarray) -> np.ndarray:
        records = [
            self._shards[shard][start : start + length]
            for shard, start, length in self._records[indices].tolist()
        ]
        return np.array(records, object)


def _checked_shards(split: Split):
    dataset = split.folder.parent
    checksums = read_checksums(dataset)
    prefix = f"{split.folder.name}/"
    for name, digest in sorted(checksums.items()):
        if not (name.startswith(prefix) and name.endswith(SUFFIX)):
            continue
        path = dataset / name
        if not path.is_file():
            raise DatasetError(f"{path} is missing: the dataset is incomplete; make it again")
        if file_digest(path) != digest:
            raise DatasetError(
                f"{path} is truncated or damaged (its SHA-256 digest differs from the list of "
                "checksums): copy or make the dataset again"
            )
        yield path
