"""A split's images where the input pipeline can reach any of them at once."""

import math
from dataclasses import replace

import numpy as np
import tensorflow as tf

from deformable_gan.data.dataset_folder import Split
from deformable_gan.data.image_files import ImageFiles
from deformable_gan.data.image_shards import ImageShards
from deformable_gan.errors import DatasetError

_READ_TOGETHER = 64


class ImageStore:
    """Gives batches of a split's images, from memory when they fit and else from disk.

    A file that several positions share is kept once.

    Args:
        split: whose images.
        image_size: (H, W) that every image must have.
        memory_budget: how many bytes the decoded images may take; beyond it they are read from
            disk whenever asked for.
        channels: 3 for RGB, 1 for grey.

    Attributes:
        in_memory: whether the images are kept decoded.

    Raises:
        DatasetError: an image is missing, unreadable or of another size (checked at once when
            the images are kept in memory).
    """

    def __init__(
        self,
        split: Split,
        image_size: tuple[int, int],
        memory_budget: int = 2 << 30,
        channels: int = 3,
    ):
        files = split.files
        number_of = {name: number for number, name in enumerate(files)}
        self._positions = np.array([number_of[name] for name in split.names], np.int32)
        self._shared = len(files) < len(split.names)
        self._split = split = replace(split, names=files)
        self._image_size = (image_size[0], image_size[1])
        self._shape = (*image_size, channels)
        self._source = ImageShards(split) if split.sharded else ImageFiles(split)
        size = len(split.names) * math.prod(self._shape)
        self.in_memory = size <= memory_budget
        with tf.device("CPU"):  # where the pipeline runs, and where there is room
            self._images = tf.constant(self._read_all()) if self.in_memory else None

    def take(self, indices: tf.Tensor) -> tf.Tensor:
        """Return images by their positions in the split.

        Args:
            indices: int32 [B].

        Returns:
            uint8 [B, H, W, channels].
        """
        if self._shared:
            indices = tf.gather(self._positions, indices)
        if self.in_memory:
            return tf.gather(self._images, indices)
        return self._read(indices)

    def image(self, index: int) -> np.ndarray:
        """Return the image at that position, uint8 [H, W, channels].

        Raises:
            DatasetError: it is missing, damaged or of another size.
        """
        if damage := self._damage(self._positions[index]):
            raise DatasetError(damage)
        return _decode_exactly(tf.constant(self.file_contents(index)), self._shape[2]).numpy()

    def file_contents(self, index: int) -> bytes:
        """Return the bytes of the file that the image at that position is, or was made a record of.

        Raises:
            DatasetError: it is missing or cannot be read.
        """
        file = self._positions[index]
        try:
            data = self._source.read(file)
        except OSError as error:
            raise DatasetError(f"{self._source.place(file)} cannot be read: {error}") from error
        if data is None:
            raise DatasetError(f"{self._source.place(file)} is missing: the dataset is incomplete")
        return data

    def check(self) -> None:
        """Read every image that is not in memory, to say which one made `take` fail.

        Raises:
            DatasetError: an image is missing, unreadable or of another size.
        """
        if not self.in_memory:
            for index in range(len(self._split.names)):
                if damage := self._damage(index):
                    raise DatasetError(damage)

    def _read(self, indices: tf.Tensor) -> tf.Tensor:
        return tf.map_fn(
            self._decode,
            self._source.locate(indices),
            fn_output_signature=tf.TensorSpec(self._shape, tf.uint8),
            parallel_iterations=8,
        )

    def _decode(self, located: tf.Tensor) -> tf.Tensor:
        data = self._source.load(located)
        # A few bytes can claim a picture that fills the memory: the header is read first.
        claimed = _size_in_header(data, self._image_size)
        fits = tf.reduce_all(tf.equal(claimed, self._image_size))
        with tf.control_dependencies([tf.raw_ops.Assert(condition=fits, data=[claimed])]):
            data = tf.identity(data)
        return tf.ensure_shape(_decode_exactly(data, self._shape[2]), self._shape)

    def _read_all(self) -> np.ndarray:
        images = np.empty((len(self._split.names), *self._shape), np.uint8)
        dataset = (
            tf.data.Dataset.range(len(images))
            .batch(_READ_TOGETHER)
            .map(self._read, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
            .prefetch(1)
        )
        read = 0
        try:
            for batch in dataset:
                images[read : read + len(batch)] = batch
                read += len(batch)
        except tf.errors.OpError as error:
            # The images come in order: it is one of those after the last batch.
            for index in range(read, len(self._split.names)):
                if damage := self._damage(index):
                    raise DatasetError(damage) from None
            raise DatasetError(f"images in {self._split.folder} cannot be read: {error}") from error
        return images

    def _damage(self, index: int) -> str | None:
        """Say what is wrong with an image, or return None."""
        place = self._source.place(index)
        try:
            data = self._source.read(index)
            if data is None:
                return f"{place} is missing: the dataset is incomplete, make it again"
            shape = _size_in_header(tf.constant(data), (0, 0)).numpy()
            if tuple(shape) in ((0, 0), self._image_size):
                shape = tf.io.decode_image(data, expand_animations=False).shape
        except (OSError, tf.errors.OpError):
            return f"{place} is not a readable image: the dataset is damaged, make it again"
        if tuple(shape[:2]) != self._image_size:
            height, width = self._image_size
            return f"{place} is {shape[0]}x{shape[1]}, the dataset's images are {height}x{width}"
        return None


def _decode_exactly(data: tf.Tensor, channels: int) -> tf.Tensor:
    """Decode a picture as Pillow and OpenCV do.

    TensorFlow's own choice for JPEG is a fast transform whose pixels are off by 1.6 grey levels
    on average: a copy of an image, read by anybody else, would not equal that image. The accurate
    one takes no longer.
    """
    return tf.cond(
        _is_jpeg(data),
        lambda: tf.io.decode_jpeg(data, channels, dct_method="INTEGER_ACCURATE"),
        lambda: tf.io.decode_image(data, channels, expand_animations=False),
    )


def _is_jpeg(data: tf.Tensor) -> tf.Tensor:
    return tf.strings.substr(data, 0, 3) == b"\xff\xd8\xff"


def _size_in_header(data: tf.Tensor, otherwise: tuple[int, int]) -> tf.Tensor:
    """Return (height, width), int32 [2], as a JPEG's, PNG's or GIF's header claims.

    Args:
        data: the file's contents, a string scalar.
        otherwise: returned for other formats; those do not compress.
    """

    # One branch, and none for the formats told apart below: this runs for every image read.
    def other():
        start = tf.strings.substr(data + bytes(24), 0, 24)
        # PNG: after 16 bytes width and height, 4 bytes each, big-endian. GIF: after 6 bytes, 2
        # bytes each, little-endian.
        png = tf.io.decode_raw(tf.strings.substr(start, 16, 8), tf.int32, little_endian=False)
        gif = tf.cast(tf.io.decode_raw(tf.strings.substr(start, 6, 4), tf.uint16), tf.int32)
        size = tf.where(tf.strings.substr(start, 0, 3) == b"GIF", gif, tf.constant(otherwise[::-1]))
        return tf.where(tf.strings.substr(start, 0, 4) == b"\x89PNG", png, size)[::-1]

    size = tf.cond(_is_jpeg(data), lambda: tf.io.extract_jpeg_shape(data)[:2], other)
    return tf.ensure_shape(size, [2])
