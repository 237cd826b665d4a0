"""Packing a dataset's images into TFRecord shards.

A million small files are slow to copy, to list and to delete; a few hundred shards are not. A
sharded dataset is a dataset folder like any other: the same manifest (with `"storage":
"tfrecord"`), annotations, pairs and checksums, only that the image folders hold `00000.tfrecord …`
with the images' very bytes in the annotations' order.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import tensorflow as tf

from deformable_gan.data.dataset_folder import SPLITS, TFRECORD, DatasetFolder, Split
from deformable_gan.data.dataset_writer import DatasetWriter
from deformable_gan.data.image_shards import SUFFIX
from deformable_gan.errors import ConfigurationError, DatasetError


def shard_dataset(
    dataset: DatasetFolder,
    output: str | Path,
    megabytes: float = 64,
    overwrite: bool = False,
    on_image: Callable[[], None] = lambda: None,
) -> DatasetFolder:
    """Write a dataset again with its images in shards. Equal inputs give equal bytes.

    Args:
        dataset: with its images in files.
        output: the dataset folder to be made.
        megabytes: how large a shard may grow before the next is begun.
        overwrite: whether an existing dataset folder may be replaced.
        on_image: called after each image, for a progress bar.

    Returns:
        The sharded dataset.

    Raises:
        ConfigurationError: shards of no size.
        DatasetError: the dataset is sharded already or incomplete, or the output is taken.
    """
    if not megabytes > 0:
        raise ConfigurationError(f"shards must have a positive size, received {megabytes} MB")
    if dataset.manifest.get("storage") == TFRECORD:
        raise DatasetError(f"{dataset.path} is sharded already")
    source = {
        "kind": "shards",
        "megabytes": megabytes,
        "of": dataset.manifest.get("source"),
        "of_checksums_sha256": dataset.manifest.get("checksums_sha256"),
    }
    with DatasetWriter(
        output, dataset.skeleton, dataset.image_size, source, overwrite, TFRECORD
    ) as writer:
        for name in SPLITS:
            split: Split = getattr(dataset, name)
            for image, keypoints in zip(split.names, split.keypoints, strict=True):
                writer.add_keypoints(name, image, keypoints)
            pairs = ((split.names[source], split.names[target]) for source, target in split.pairs)
            writer.set_pairs(name, pairs)
            for images in (split, *split.supplements):
                for number, data in enumerate(_shards(images, megabytes * 2**20, on_image)):
                    writer.write_file(f"{images.folder.name}/{number:05d}{SUFFIX}", data)
    return DatasetFolder(output)


def _shards(split: Split, size: float, on_image: Callable[[], None]) -> Iterator[bytes]:
    """Yield the contents of each shard."""
    images = iter(range(len(split.names)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shard"
        left = len(split.names)
        while left:
            written = 0
            with tf.io.TFRecordWriter(str(path)) as writer:
                while left and written < size:
                    index = next(images)
                    record = _example(split, index).SerializeToString(deterministic=True)
                    writer.write(record)
                    written += len(record)
                    left -= 1
                    on_image()
            yield path.read_bytes()


def _example(split: Split, index: int) -> tf.train.Example:
    path = split.image_path(index)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}") from error
    features = {"name": split.names[index].encode(), "image": data}
    return tf.train.Example(
        features=tf.train.Features(
            feature={
                key: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
                for key, value in features.items()
            }
        )
    )
