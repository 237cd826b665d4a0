"""Packing a dataset's images into TFRecord shards.

Copying, listing and deleting a million small files is slow; a few hundred shards are fast. A
sharded dataset is a dataset folder like any other, with a manifest (with `"storage": "tfrecord"`),
annotations, pairs and checksums. Its image folders hold `00000.tfrecord …` with the
unchanged bytes of the image files in the order of the annotations. A background that several images
share is one record, at the position of the first of these images.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import tensorflow as tf

from deformable_gan.data.dataset_folder import SPLITS, TFRECORD, DatasetFolder, Split
from deformable_gan.data.dataset_writer import DatasetWriter
from deformable_gan.data.image_shards import SUFFIX
from deformable_gan.data.shard_size import SHARD_MEGABYTES
from deformable_gan.data.verify import read_checksums
from deformable_gan.errors import ConfigurationError, DatasetError


def shard_dataset(
    dataset: DatasetFolder,
    output: str | Path,
    megabytes: float = SHARD_MEGABYTES,
    overwrite: bool = False,
    on_image: Callable[[], None] = lambda: None,
    written: Mapping[str, str] | None = None,
) -> DatasetFolder:
    """Write a dataset again with its images in shards; equal inputs give equal bytes.

    Args:
        dataset: a dataset with its images in files.
        output: the dataset folder to write.
        megabytes: the size at which a shard ends and the next one begins.
        overwrite: whether an existing dataset folder may be replaced.
        on_image: called after each image that is written, for a progress bar.
        written: SHA-256 digests of the shards by their paths (`train/00000.tfrecord`), if other
            processes write them; the images are not needed then.

    Returns:
        The sharded dataset.

    Raises:
        ConfigurationError: the shard size is not positive.
        DatasetError: the dataset is already sharded or incomplete, or the output exists and must
            not be replaced.
    """
    if not megabytes > 0:
        raise ConfigurationError(f"a shard's size must be positive, received {megabytes} MB")
    if dataset.manifest.get("storage") == TFRECORD:
        raise DatasetError(f"{dataset.path} is already sharded: use it as it is")
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
            for person, background in split.shared_backgrounds.items():
                writer.share_background(name, person, background)
            for images in (split, *split.supplements) if written is None else ():
                _write_shards(images, megabytes, writer, on_image)
        for name, digest in (written or {}).items():
            writer.expect_file(name, digest)
        for name in read_checksums(dataset.path):
            if "/" not in name and not name.startswith(("annotations-", "pairs-")):
                writer.write_file(name, (dataset.path / name).read_bytes())  # such as a report
    return DatasetFolder(output)


def divide_into_shards(record_sizes: Iterable[int], megabytes: float) -> Iterator[range]:
    """Yield the positions of each shard's records; a shard ends when it has reached its size."""
    start, written, position = 0, 0, -1
    for position, size in enumerate(record_sizes):
        written += size
        if written >= megabytes * 2**20:
            yield range(start, position + 1)
            start, written = position + 1, 0
    if start <= position:
        yield range(start, position + 1)


def shard_name(folder: str, number: int) -> str:
    """Return a shard's path in its dataset."""
    return f"{folder}/{number:05d}{SUFFIX}"


def record_size(name: str, size: int) -> int:
    """Return the size of an image's record, in bytes.

    Args:
        name: the image's file name.
        size: the file's size, in bytes.
    """
    return len(_record(name, bytes(size)))


def write_shard(path: Path, images: Iterable[tuple[str, bytes]]) -> None:
    """Write a shard.

    Args:
        path: the shard's file.
        images: the images' names and file contents.
    """
    with tf.io.TFRecordWriter(str(path)) as writer:
        for name, data in images:
            writer.write(_record(name, data))


def _write_shards(
    split: Split, megabytes: float, writer: DatasetWriter, on_image: Callable[[], None]
) -> None:
    files = split.files

    def images(stretch: range) -> Iterator[tuple[str, bytes]]:
        for index in stretch:
            yield files[index], _read(split.folder / files[index])
            on_image()

    sizes = (record_size(name, _size(split.folder / name)) for name in files)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shard"
        for number, stretch in enumerate(divide_into_shards(sizes, megabytes)):
            write_shard(path, images(stretch))
            writer.write_file(shard_name(split.folder.name, number), path.read_bytes())


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}") from error


def _record(name: str, data: bytes) -> bytes:
    example = tf.train.Example(
        features=tf.train.Features(
            feature={
                key: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
                for key, value in {"name": name.encode(), "image": data}.items()
            }
        )
    )
    return example.SerializeToString(deterministic=True)
