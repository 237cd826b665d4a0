"""Construction of the training and test pipelines from datasets and a configuration."""

import numpy as np
import tensorflow as tf

from deformable_gan.config import ExperimentConfig
from deformable_gan.data.dataset_folder import PERSON_GREY, DatasetFolder, Split
from deformable_gan.data.dataset_mixture import DatasetMixture
from deformable_gan.data.filled_images import FilledImages
from deformable_gan.data.image_store import ImageStore
from deformable_gan.data.pair_mixture import PairMixture
from deformable_gan.data.pipeline import PairPipeline
from deformable_gan.errors import ConfigurationError, DatasetError
from deformable_gan.pose.skeleton import get_skeleton

# Approximate number of a split's person masks whose values are checked.
_CHECKED_MASKS = 64


def build_pipelines(
    config: ExperimentConfig, mixture: DatasetMixture
) -> tuple[PairPipeline, PairPipeline | None]:
    """Return the training and the test pipeline, with joints in the configuration's layout.

    The test pipeline is None if no dataset has test pairs, for example because they contain only a
    few photographs of one person.

    Args:
        config: the configuration; its image size must be the datasets' image size.
        mixture: the datasets. Those without test pairs are not part of the test pipeline.

    Raises:
        ConfigurationError: the images have another size than the configuration's.
        DatasetError: there are no training pairs, an image cannot be read, or person masks or
            backgrounds that the generator needs are missing.
    """
    train = {name: dataset.train for name, dataset in mixture.datasets.items()}
    test = {name: dataset.test for name, dataset in mixture.datasets.items()}
    with_pairs = {name: split for name, split in test.items() if len(split.pairs)}
    return (
        _pipeline(config, mixture, train),
        _pipeline(config, mixture, with_pairs) if with_pairs else None,
    )


def _pipeline(
    config: ExperimentConfig, mixture: DatasetMixture, splits: dict[str, Split]
) -> PairPipeline:
    parts = {
        name: _part(config, _in_layout(split, mixture.datasets[name], config))
        for name, split in splits.items()
    }
    if len(parts) == 1:
        return next(iter(parts.values()))
    weights = dict(zip(mixture.datasets, mixture.weights, strict=True))
    total = sum(weights[name] for name in parts)
    return PairMixture(parts, [weights[name] / total for name in parts])


def _part(config: ExperimentConfig, split: Split) -> PairPipeline:
    """Return the pipeline of one dataset's split.

    A generator that composes its images gets the target's stored background. If none is stored, and
    in a share of the training pairs, it gets instead the source image with the person replaced by a
    fill. Other generators that take a background need stored backgrounds.
    """
    size, skeleton = config.image_size, get_skeleton(config.skeleton)
    store = backgrounds = filled = None
    if config.generator.background:
        composes = config.generator.composite
        if composes:
            store = ImageStore(split, size)
            filled = FilledImages(store, split.keypoints, skeleton, size)
        if split.has_backgrounds or not composes:
            backgrounds = ImageStore(split.backgrounds, size)
    person_masks = _person_masks(split, size) if config.generator.mask else None
    return PairPipeline(split, skeleton, size, store, backgrounds, person_masks, filled)


def _person_masks(split: Split, size: tuple[int, int]) -> ImageStore:
    masks = ImageStore(split.person_masks, size, channels=1)
    count = len(split.names)
    some = np.arange(0, count, max(1, count // _CHECKED_MASKS), dtype=np.int32)
    try:
        brightest = int(tf.reduce_max(masks.take(some)))
    except tf.errors.OpError:
        masks.check()
        raise
    if count and brightest < PERSON_GREY:  # probably the class numbers of a segmentation
        raise DatasetError(
            f"the person masks in {split.person_masks.folder} show no person: expected 255 on the "
            f"person and 0 elsewhere, received values up to {brightest} in {len(some)} masks"
        )
    return masks


def _in_layout(split: Split, dataset: DatasetFolder, config: ExperimentConfig) -> Split:
    """Return the split with its key points in the configuration's joint layout."""
    if dataset.image_size != config.image_size:
        raise ConfigurationError(
            f"{dataset.path} has images of {dataset.image_size}, the configuration expects "
            f"{config.image_size}: choose a dataset of this size, or another configuration"
        )
    return split.in_layout(dataset.skeleton, get_skeleton(config.skeleton))
