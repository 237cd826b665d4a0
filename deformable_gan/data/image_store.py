"""A split's images with random access for the input pipeline."""

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
    """A source of batches of a split's images, from memory if they fit and otherwise from disk.

    A file that several positions of the split share is kept once.

    Args:
        split: the split to read.
        image_size: (H, W) that every image must have.
        memory_budget: the most bytes that the decoded images may take; if they need more, they are
            read from disk on every use.
        channels: 3 for RGB, 1 for grey.

    Attributes:
        in_memory: whether the images are kept decoded.

    Raises:
        DatasetError: an image is missing, unreadable or of another size (checked immediately if
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
        with tf.device("CPU"):  # the pipeline runs on the CPU, whose memory is larger
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
        """Return the image at a position, uint8 [H, W, channels].

        Raises:
            DatasetError: the image is missing, damaged or of another size.
        """
        if damage := self._damage(self._positions[index]):
            raise DatasetError(damage)
        return _decode_exactly(tf.constant(self.file_contents(index)), self._shape[2]).numpy()

    def file_contents(self, index: int) -> bytes:
        """Return the encoded bytes of the image at a position, from its file or its record.

        Raises:
            DatasetError: the file is missing or cannot be read.
        """
        file = self._positions[index]
        try:
            data = self._source.read(file)
        except OSError as error:
            raise DatasetError(f"{self._source.place(file)} cannot be read: {error}") from error
        if data is None:
            raise DatasetError(
                f"{self._source.place(file)} is missing: the dataset is incomplete; make it again"
            )
        return data

    def check(self) -> None:
        """Read all images, unless they are in memory, to find the one that made `take` fail.

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
        # A file of a few bytes can claim a size that fills the memory, so the header is read first.
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
            # The images come in order: the faulty one follows the last complete batch.
            for index in range(read, len(self._split.names)):
                if damage := self._damage(index):
                    raise DatasetError(damage) from None
            raise DatasetError(f"images in {self._split.folder} cannot be read: {error}") from error
        return images

    def _damage(self, index: int) -> str | None:
        """Return what is wrong with an image, or None."""
        place = self._source.place(index)
        try:
            data = self._source.read(index)
            if data is None:
                return f"{place} is missing: the dataset is incomplete; make it again"
            shape = _size_in_header(tf.constant(data), (0, 0)).numpy()
            if tuple(shape) in ((0, 0), self._image_size):
                shape = tf.io.decode_image(data, expand_animations=False).shape
        except (OSError, tf.errors.OpError):
            return f"{place} is not a readable image: the dataset is damaged; make it again"
        if tuple(shape[:2]) != self._image_size:
            height, width = self._image_size
            return (
                f"{place} is {shape[0]}x{shape[1]}; the dataset's images are {height}x{width}: "
                "make the dataset again"
            )
        return None


def _decode_exactly(data: tf.Tensor, channels: int) -> tf.Tensor:
    """Decode an image to the same pixels as Pillow and OpenCV.

    TensorFlow's default for JPEG is a fast transform whose pixels differ by 1.6 grey levels on
    average, so a copy of an image decoded by another library would not equal that image. The
    accurate transform takes no longer.
    """
    return tf.cond(
        _is_jpeg(data),
        lambda: tf.io.decode_jpeg(data, channels, dct_method="INTEGER_ACCURATE"),
        lambda: tf.io.decode_image(data, channels, expand_animations=False),
    )


def _is_jpeg(data: tf.Tensor) -> tf.Tensor:
    return tf.strings.substr(data, 0, 3) == b"\xff\xd8\xff"


def _size_in_header(data: tf.Tensor, otherwise: tuple[int, int]) -> tf.Tensor:
    """Return the (height, width), int32 [2], that the header of a JPEG, PNG or GIF states.

    Args:
        data: the file's contents, a string scalar.
        otherwise: the result for other formats, which are not compressed.
    """

    # All formats but JPEG share one branch, because this code runs for every image.
    def other():
        start = tf.strings.substr(data + bytes(24), 0, 24)
        # PNG: width and height follow after 16 bytes, 4 bytes each, big-endian. GIF: they follow
        # after 6 bytes, 2 bytes each, little-endian.
        png = tf.io.decode_raw(tf.strings.substr(start, 16, 8), tf.int32, little_endian=False)
        gif = tf.cast(tf.io.decode_raw(tf.strings.substr(start, 6, 4), tf.uint16), tf.int32)
        size = tf.where(tf.strings.substr(start, 0, 3) == b"GIF", gif, tf.constant(otherwise[::-1]))
        return tf.where(tf.strings.substr(start, 0, 4) == b"\x89PNG", png, size)[::-1]

    size = tf.cond(_is_jpeg(data), lambda: tf.io.extract_jpeg_shape(data)[:2], other)
    return tf.ensure_shape(size, [2])
