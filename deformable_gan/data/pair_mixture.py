"""Batches of pairs from several datasets at once."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import tensorflow as tf

from deformable_gan.data.dataset_folder import Split
from deformable_gan.data.filled_images import FilledImages
from deformable_gan.data.image_store import ImageStore
from deformable_gan.data.pipeline import PairPipeline

# Added to the seed: one number to draw how the datasets' shares are rounded to whole pairs, and one
# to shuffle the order of the datasets. The pairs of the n-th dataset (from 1) use the seed plus n
# times `_DATASETS`.
_WHERE_SHARES_END, _SHUFFLE, _DATASETS = 3, 4, 100


class PairMixture(PairPipeline):
    """Batches of pairs from several datasets; people of different datasets are never paired.

    An epoch holds each dataset's share of pairs, exact to one pair, in random order. Everything
    else is as in `PairPipeline`. In `split`, names begin with the dataset's name and a `:`.

    Args:
        parts: the pipelines to mix, by name; all have the same joint layout and image size.
        weights: each pipeline's share of an epoch; the sum is 1.

    Attributes:
        parts: the argument.
    """

    def __init__(self, parts: Mapping[str, PairPipeline], weights: Sequence[float]):
        pipelines = list(parts.values())
        first = pipelines[0]
        counts = [len(pipeline.split.names) for pipeline in pipelines]

        def joined(what: str, all_of_them: bool = True) -> _JoinedStores | None:
            stores = [getattr(pipeline, what) for pipeline in pipelines]
            missing = stores.count(None)
            if missing and (all_of_them or missing == len(stores)):
                return None
            return _JoinedStores(stores, counts, first.image_size)

        super().__init__(
            _joined_split(parts),
            first.skeleton,
            first.image_size,
            joined("store"),  # type: ignore[arg-type]  # not None here
            joined("backgrounds", all_of_them=joined("filled") is None),  # type: ignore[arg-type]  # not None here
            joined("person_masks"),  # type: ignore[arg-type]  # not None here
            joined("filled"),  # type: ignore[arg-type]  # not None here
            first.filled_share,
        )
        stored = [
            np.full(count, bool(one.backgrounds))
            for one, count in zip(pipelines, counts, strict=True)
        ]
        self._background_stored = np.concatenate(stored)
        self.parts = dict(parts)
        self._ends = tf.constant(np.cumsum(weights)[:-1], tf.float64)
        sizes = [len(pipeline.split.pairs) for pipeline in pipelines]
        self._offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]])

    def epoch_order(
        self, count: int, epoch: tf.Tensor, seed: int, balance_people: bool
    ) -> tf.Tensor:
        """Return the pairs of an epoch; see `PairPipeline.epoch_order`."""
        # Evenly spaced numbers in [0, 1); each dataset takes those in its share.
        phase = tf.random.stateless_uniform([], seed=[seed + _WHERE_SHARES_END, epoch])
        places = (tf.range(count, dtype=tf.float64) + tf.cast(phase, tf.float64)) / count
        dataset = tf.searchsorted(self._ends, places, side="right")
        dataset = tf.random.experimental.stateless_shuffle(dataset, seed=[seed + _SHUFFLE, epoch])
        orders = [
            offset + part.epoch_order(count, epoch, seed + _DATASETS * (1 + number), balance_people)
            for number, (part, offset) in enumerate(
                zip(self.parts.values(), self._offsets, strict=True)
            )
        ]
        # How many earlier places of the epoch take a pair from the same dataset.
        turn = tf.cumsum(tf.one_hot(dataset, len(orders), dtype=tf.int32)) - 1
        turn = tf.gather(turn, dataset, axis=1, batch_dims=1)
        return tf.gather_nd(tf.stack(orders), tf.stack([dataset, turn], axis=1))


class _JoinedStores:
    """The images of several stores, numbered consecutively, with the interface of `ImageStore`.

    None in place of a store stands for images that are never requested.
    """

    def __init__(
        self,
        stores: Sequence[ImageStore | FilledImages | None],
        sizes: Sequence[int],
        image_size: tuple[int, int],
    ):
        self._stores = stores
        self._nothing = tf.zeros((0, *image_size, 3), tf.uint8)
        self._starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)

    def take(self, indices: tf.Tensor) -> tf.Tensor:
        """Return images by their numbers; see `ImageStore`."""
        store_of = tf.searchsorted(tf.constant(self._starts), indices, side="right") - 1
        places = tf.dynamic_partition(tf.range(tf.size(indices)), store_of, len(self._stores))
        images = [
            store.take(tf.gather(indices, place) - start) if store else self._nothing
            for store, place, start in zip(self._stores, places, self._starts, strict=True)
        ]
        return tf.dynamic_stitch(places, images)

    def check(self) -> None:
        """Check every image for damage; see `ImageStore.check`."""
        for store in filter(None, self._stores):
            store.check()  # type: ignore[attr-defined]  # both classes have it


def _joined_split(parts: Mapping[str, PairPipeline]) -> Split:
    splits = {name: part.split for name, part in parts.items()}
    names: list[str] = []
    pairs: list[Any] = []
    for label, split in splits.items():
        pairs.append(split.pairs + len(names))
        names += [_qualified(label, name) for name in split.names]
    first = next(iter(splits.values()))
    return Split(
        first.name,
        first.folder,
        tuple(names),
        np.concatenate([split.keypoints for split in splits.values()]),
        np.concatenate(pairs).astype(np.int32),
    )


def _qualified(label: str, name: str) -> str:
    """Put the dataset's name before the person's; image names never contain a `:`."""
    path = PurePosixPath(name)
    return str(path.with_name(f"{label}:{path.name}"))
