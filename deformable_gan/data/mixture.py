"""Several datasets to learn from at once."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import tensorflow as tf

from deformable_gan.checksums import value_digest
from deformable_gan.data.dataset_folder import DatasetFolder, Split
from deformable_gan.data.filled_images import FilledImages
from deformable_gan.data.image_store import ImageStore
from deformable_gan.data.pipeline import PairPipeline
from deformable_gan.errors import ConfigurationError, DatasetError

# Of the streams of random numbers: every dataset has its own, beside the pipeline's three.
_WHERE_SHARES_END, _SHUFFLE, _DATASETS = 3, 4, 100


class DatasetMixture:
    """Datasets and how much of each to show.

    Args:
        datasets: one or several; their images must be of one size, their joints need not be of
            one layout.
        weights: proportional to the share of pairs that comes from each; None: equal shares.

    Attributes:
        datasets: by name: the folder's, with a number where several have the same.
        weights: of each, adding up to 1.
        image_size: (height, width).

    Raises:
        ConfigurationError: weights that do not fit, or a dataset given twice.
        DatasetError: images of different sizes.
    """

    def __init__(self, datasets: Sequence[DatasetFolder], weights: Sequence[float] | None = None):
        given = [1.0] * len(datasets) if weights is None else [float(w) for w in weights]
        if len(given) != len(datasets) or not all(0 < weight < np.inf for weight in given):
            raise ConfigurationError(
                f"a mixture needs a positive weight for each dataset: received {len(datasets)} "
                f"datasets and the weights {given}"
            )
        if len({dataset.path.resolve() for dataset in datasets}) < len(datasets):
            raise ConfigurationError(
                "a dataset is given twice: show more of it by a larger weight instead"
            )
        self.datasets = _named(datasets)
        self.weights = tuple(weight / sum(given) for weight in given)
        self.image_size = datasets[0].image_size
        for dataset in datasets:
            if dataset.image_size != self.image_size:
                raise DatasetError(
                    "datasets that are mixed must have images of one size: {} has {}x{}, {} has "
                    "{}x{}; make one of them again with the other's --image-size".format(
                        *(datasets[0].path, *self.image_size, dataset.path, *dataset.image_size)
                    )
                )

    @classmethod
    def open(
        cls, paths: Sequence[str | Path], weights: Sequence[float] | None = None
    ) -> "DatasetMixture":
        """Open dataset folders.

        Raises:
            DeformableGANError: as the class and `DatasetFolder`.
        """
        return cls([DatasetFolder(path) for path in paths], weights)

    @property
    def checksum(self) -> str | None:
        """Of what there is to learn from; None where a dataset was made by hand without one."""
        checksums = [one.manifest.get("checksums_sha256") for one in self.datasets.values()]
        if None in checksums or len(checksums) == 1:
            return checksums[0] if len(checksums) == 1 else None
        return value_digest([checksums, self.weights])


class PairMixture(PairPipeline):
    """Batches of pairs from several datasets; never is a person of one paired with another's.

    An epoch holds each dataset's share of its pairs, exact to a pair, in random order. Everything
    else is as in `PairPipeline`. In `split` names begin with the dataset's and a `:`.

    Args:
        parts: the pipelines to mix, by name; of one layout and image size.
        weights: of each, adding up to 1.

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
            joined("masks"),  # type: ignore[arg-type]  # not None here
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
        """Return which pairs an epoch shows; see `PairPipeline`."""
        # Evenly spaced numbers in [0, 1), of which each dataset takes those in its share.
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
        turn = tf.cumsum(tf.one_hot(dataset, len(orders), dtype=tf.int32)) - 1
        turn = tf.gather(turn, dataset, axis=1, batch_dims=1)
        return tf.gather_nd(tf.stack(orders), tf.stack([dataset, turn], axis=1))


class _JoinedStores:
    """The images of several stores, numbered one after the other; as an `ImageStore`.

    None in place of a store has images that nobody asks for.
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
        """Find a damaged image; see `ImageStore`."""
        for store in filter(None, self._stores):
            store.check()  # type: ignore[attr-defined]  # every one of them has it


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
    """Put the dataset's name before the person's; no image name holds a `:`."""
    path = PurePosixPath(name)
    return str(path.with_name(f"{label}:{path.name}"))


def _named(datasets: Sequence[DatasetFolder]) -> dict[str, DatasetFolder]:
    named: dict[str, DatasetFolder] = {}
    for dataset in datasets:
        # People are told apart by what stands before the first `_`.
        wish = dataset.path.resolve().name.replace("_", "-").replace(":", "-")
        name, number = wish, 1
        while name in named:
            number += 1
            name = f"{wish}-{number}"
        named[name] = dataset
    return named
