"""The images to score: pairs of a dataset's test split, or a plain folder of real images."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from deformable_gan.checksums import value_digest
from deformable_gan.data.dataset_folder import DatasetFolder, Split
from deformable_gan.data.image_store import ImageStore
from deformable_gan.data.media import read_photo
from deformable_gan.data.pipeline import PairPipeline
from deformable_gan.errors import DatasetError, MediaError
from deformable_gan.evaluation.image_files import contents_digest, find_images
from deformable_gan.pose.skeleton import COCO17, Skeleton, convert_keypoints

#: How many pairs are processed together and stored in one file. It does not affect the scores.
BLOCK = 64


@dataclass(frozen=True)
class ImagePairs:
    """Pairs of a source and a target image, in a fixed order.

    Attributes:
        split: the images, their joints, and the pairs.
        image_size: (H, W) of all images.
        skeleton: the layout of the joints; None where no joints are known.
        has_sources: whether the pairs' first images are the sources of the generated images.
        checksum: the checksum of the files that the images come from; None where there is none.
    """

    split: Split
    image_size: tuple[int, int]
    skeleton: Skeleton | None
    has_sources: bool = True
    checksum: str | None = None

    @classmethod
    def of_dataset(cls, dataset: DatasetFolder, limit: int | None = None) -> "ImagePairs":
        """Return a dataset's test pairs.

        Args:
            dataset: the folder.
            limit: the largest number of pairs, spread evenly; None for all.

        Raises:
            DatasetError: the dataset has no test pairs.
        """
        split = dataset.test
        if not len(split.pairs):
            raise DatasetError(
                f"{dataset.path} has no test pairs (pairs-test.csv is empty): choose a dataset "
                "with a test split"
            )
        pairs = cls(
            split,
            dataset.image_size,
            dataset.skeleton,
            checksum=dataset.manifest.get("checksums_sha256"),
        )
        return pairs.limited(limit)

    @classmethod
    def of_folder(cls, folder: Path, limit: int | None = None) -> "ImagePairs":
        """Return the images of a folder as targets without sources or joints.

        Raises:
            DatasetError: `folder` is not a folder or holds no images.
            MediaError: an image cannot be read.
        """
        if not folder.is_dir():
            raise DatasetError(
                f"{folder} is not a folder: give an existing folder of target images"
            )
        files = find_images(folder)
        if not files:
            raise DatasetError(f"{folder} holds no images: expected a folder of target images")
        height, width = read_photo(files[0]).shape[:2]
        names = [path.relative_to(folder).as_posix() for path in files]
        each = np.arange(len(names), dtype=np.int32)
        keypoints = np.zeros((len(names), len(COCO17), 3), np.float32)
        split = Split("test", folder, tuple(names), keypoints, np.stack([each, each], axis=1))
        pairs = cls(split, (height, width), None, False, contents_digest(files))
        return pairs.limited(limit)

    def limited(self, limit: int | None) -> "ImagePairs":
        """Return at most `limit` pairs, spread evenly."""
        if limit is None or limit >= len(self):
            return self
        return self.selected(np.linspace(0, len(self) - 1, limit).round().astype(int))

    def selected(self, indices: Sequence[int] | np.ndarray) -> "ImagePairs":
        """Return the pairs at some positions."""
        pairs = self.split.pairs[np.asarray(indices, int)]
        return replace(self, split=replace(self.split, pairs=pairs))

    def distinct_targets(self) -> "ImagePairs":
        """Return every target image once, paired with itself."""
        targets = np.unique(self.split.pairs[:, 1])
        pairs = np.stack([targets, targets], axis=1)
        return replace(self, split=replace(self.split, pairs=pairs), has_sources=False)

    def all_of(self, split: Split) -> "ImagePairs":
        """Return every image of another split of the dataset once, paired with itself."""
        each = np.arange(len(split.names), dtype=np.int32)
        split = replace(split, pairs=np.stack([each, each], axis=1))
        return replace(self, split=split, has_sources=False)

    def __len__(self) -> int:
        return len(self.split.pairs)

    @property
    def block_count(self) -> int:
        """How many blocks of `BLOCK` pairs there are; the last may be smaller."""
        return -(-len(self) // BLOCK)

    def block(self, number: int) -> np.ndarray:
        """Return the positions of a block's pairs."""
        return np.arange(number * BLOCK, min((number + 1) * BLOCK, len(self)))

    def names(self, index: int) -> tuple[str | None, str]:
        """Return the names of a pair's source (None where it is unknown) and target image."""
        source, target = self.split.pairs[index]
        names = self.split.names
        return (names[source] if self.has_sources else None), names[target]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything that affects the scores: the images' checksum, joints and pairs."""
        names = [self.split.names[i] for i in np.unique(self.split.pairs)]
        keypoints = hashlib.sha256(self.split.keypoints.tobytes()).hexdigest()
        pairs = hashlib.sha256(self.split.pairs.tobytes()).hexdigest()
        size = list(self.image_size)
        return value_digest([self.checksum, names, keypoints, pairs, size, self.has_sources])

    def in_layout(self, skeleton: Skeleton) -> "ImagePairs":
        """Return the same pairs with joints in another layout.

        Raises:
            ValueError: no joints are known.
        """
        if self.skeleton is None:
            raise ValueError("these images have no joints to convert: use the pairs of a dataset")
        keypoints = convert_keypoints(self.split.keypoints, self.skeleton, skeleton)
        return replace(self, split=replace(self.split, keypoints=keypoints), skeleton=skeleton)

    def read(
        self, blocks: Sequence[int], **stores: Any
    ) -> Iterator[tuple[int, np.ndarray, dict[str, tf.Tensor]]]:
        """Read blocks from disk, one after another.

        Args:
            blocks: the blocks' numbers, in increasing order.
            **stores: stores of further images of each pair, as `PairPipeline` takes them.

        Yields:
            A block's number, its pairs' positions, and the batch of `data.pipeline`; only
            `target_image` for a plain folder.

        Raises:
            DatasetError: an image of a dataset cannot be read or has another size.
            MediaError: an image of a plain folder cannot be read or has another size.
        """
        if not len(blocks):
            return
        if self.skeleton is None:
            yield from self._read_folder(blocks)
            return
        places = [self.block(number) for number in blocks]
        split = replace(self.split, pairs=self.split.pairs[np.concatenate(places)])
        # The images stay on disk, since memory would grow with the dataset.
        images = ImageStore(split, self.image_size, memory_budget=0)
        pipeline = PairPipeline(split, self.skeleton, self.image_size, images, **stores)
        try:
            batches = pipeline.in_order(BLOCK)
            yield from zip(blocks, places, batches, strict=True)
        except tf.errors.OpError as error:
            pipeline.check_images()
            raise DatasetError(f"images in {split.folder} cannot be read: {error}") from error

    def _read_folder(
        self, blocks: Sequence[int]
    ) -> Iterator[tuple[int, np.ndarray, dict[str, tf.Tensor]]]:
        """Read a plain folder's blocks, whatever image formats it holds.

        Generated images are read in the same way, so equal files give equal images.
        """
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            for number in blocks:
                places = self.block(number)
                names = [self.names(place)[1] for place in places]
                images = np.stack(list(threads.map(self._read_photo, names)))
                yield number, places, {"target_image": tf.constant(images)}

    def _read_photo(self, name: str) -> np.ndarray:
        path = self.split.folder / name
        image = read_photo(path)
        if image.shape[:2] != self.image_size:
            raise MediaError(
                "{} is {}x{}, the folder's first image is {}x{}: all target images must have the "
                "same size".format(path, *image.shape[:2], *self.image_size)
            )
        return image
