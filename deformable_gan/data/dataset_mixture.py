"""Several datasets, and the share of each in training."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from deformable_gan.checksums import value_digest
from deformable_gan.data.dataset_folder import DatasetFolder
from deformable_gan.errors import ConfigurationError, DatasetError


class DatasetMixture:
    """Several datasets and the share of each in training.

    Args:
        datasets: one or several; their images must have one size, their joints may have different
            layouts.
        weights: proportional to the share of pairs that each contributes; None for equal shares.

    Attributes:
        datasets: by folder name (with `-` in place of `_` and `:`), followed by a number where
            several folders have the same name.
        weights: the weight of each dataset; the sum is 1.
        image_size: (height, width).

    Raises:
        ConfigurationError: the weights do not fit, or a dataset is given twice.
        DatasetError: the images have different sizes.
    """

    def __init__(self, datasets: Sequence[DatasetFolder], weights: Sequence[float] | None = None):
        given = [1.0] * len(datasets) if weights is None else [float(w) for w in weights]
        if len(given) != len(datasets) or not all(0 < weight < np.inf for weight in given):
            raise ConfigurationError(
                "a mixture needs a positive, finite weight for each dataset: received "
                f"{len(datasets)} datasets and the weights {given}"
            )
        if len({dataset.path.resolve() for dataset in datasets}) < len(datasets):
            raise ConfigurationError(
                "a dataset is given twice: to show more of it, give it a larger weight"
            )
        self.datasets = _named(datasets)
        self.weights = tuple(weight / sum(given) for weight in given)
        self.image_size = datasets[0].image_size
        for dataset in datasets:
            if dataset.image_size != self.image_size:
                first, other = self.image_size, dataset.image_size
                raise DatasetError(
                    f"datasets to mix must have images of one size, but {datasets[0].path} has "
                    f"{first[0]}x{first[1]} and {dataset.path} has {other[0]}x{other[1]}: make one "
                    "again with the --image-size of the other"
                )

    @classmethod
    def open(
        cls, paths: Sequence[str | Path], weights: Sequence[float] | None = None
    ) -> "DatasetMixture":
        """Open dataset folders.

        Raises:
            DeformableGANError: a folder cannot be used (see `DatasetFolder`), or the datasets do
                not fit together (see the class).
        """
        return cls([DatasetFolder(path) for path in paths], weights)

    @property
    def checksum(self) -> str | None:
        """A checksum of the datasets; None if one of them has no checksum (made by hand)."""
        checksums = [one.manifest.get("checksums_sha256") for one in self.datasets.values()]
        if None in checksums or len(checksums) == 1:
            return checksums[0] if len(checksums) == 1 else None
        return value_digest([checksums, self.weights])


def _named(datasets: Sequence[DatasetFolder]) -> dict[str, DatasetFolder]:
    named: dict[str, DatasetFolder] = {}
    for dataset in datasets:
        # A person's name ends at the first `_`, and `:` separates the dataset from the image.
        wish = dataset.path.resolve().name.replace("_", "-").replace(":", "-")
        name, number = wish, 1
        while name in named:
            number += 1
            name = f"{wish}-{number}"
        named[name] = dataset
    return named
