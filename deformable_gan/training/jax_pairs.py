"""Training pairs in the memory of a JAX device, drawn and augmented there."""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from deformable_gan.backgrounds.fill_people import fill_people
from deformable_gan.config import ExperimentConfig
from deformable_gan.data.annotations import person_of
from deformable_gan.data.dataset_folder import Split
from deformable_gan.data.image_arrays import read_images
from deformable_gan.data.pair_augmentation import FILLED_SHARE, PairAugmentation
from deformable_gan.errors import ConfigurationError, DatasetError
from deformable_gan.losses.judged_images import NUMBERS
from deformable_gan.pose.skeleton import Skeleton, get_skeleton
from deformable_gan.training.objective import CHANGES


class JaxPairs:
    """A source of batches as in `data.pipeline`, drawn inside a compiled training step.

    All images lie in the memory of the device, so a step never waits for the host. Unlike in
    `PairPipeline.training`, pairs are drawn independently of each other, with replacement. The
    configuration's options (flips, balanced people, augmentation) have the same meaning.

    Args:
        splits: the datasets' training splits, with joints in the configuration's layout.
        weights: for each split, a number proportional to its share of the pairs.
        config: the experiment.

    Attributes:
        arrays: the images, key points and pairs, to be passed to `draw` as arguments of the
            compiled function, so that they are not copied into its code.

    Raises:
        ConfigurationError: the generator needs person masks.
        DatasetError: a split has no pairs, or an image cannot be read.
    """

    def __init__(self, splits: Sequence[Split], weights: Sequence[float], config: ExperimentConfig):
        if config.generator.mask:
            raise ConfigurationError(
                "training on JAX does not read person masks, received generator.mask=true: train "
                "with TensorFlow"
            )
        if not all(len(split.pairs) for split in splits):
            raise DatasetError("a training split has no pairs: a person needs at least two images")
        self._size, self._training = config.image_size, config.training
        skeleton = get_skeleton(config.skeleton)
        self._mirror = np.array(skeleton.mirror_permutation)
        self._augmentation = (
            PairAugmentation(skeleton, self._size) if config.training.augment else None
        )
        self._shares = np.asarray(weights, np.float64) / np.sum(weights)
        arrays = _pairs_by_person(splits)
        images = [read_images(split, self._size) for split in splits]
        arrays["images"] = np.concatenate(images)
        arrays["keypoints"] = np.concatenate([split.keypoints for split in splits])
        if config.generator.background:
            arrays |= _backgrounds(splits, images, self._size, skeleton)
        self.arrays: dict[str, Any] = {name: jnp.asarray(value) for name, value in arrays.items()}

    def draw(self, arrays: dict[str, Any], key, count: int) -> dict[str, Any]:
        """Return a batch; JAX can trace this method.

        Args:
            arrays: the attribute `arrays`.
            key: a key of `jax.random`, which determines the batch.
            count: B, the number of pairs.
        """
        keys = iter(jax.random.split(key, 9))
        source, target = self._draw_pairs(arrays, next(keys), count)
        mirrored = jnp.zeros(count, bool)
        if self._training.flip:
            mirrored = jax.random.bernoulli(next(keys), shape=(count,))
        batch = {}
        for role, index in (("source", source), ("target", target)):
            batch[f"{role}_image"] = _mirror_some(arrays["images"][index], mirrored)
            keypoints = arrays["keypoints"][index]
            batch[f"{role}_keypoints"] = jnp.where(
                mirrored[:, None, None], self._mirrored(keypoints), keypoints
            )
        if "filled" in arrays:
            filled = jax.random.bernoulli(next(keys), FILLED_SHARE, (count,))
            filled |= ~arrays["background_stored"][target]
            background = jnp.where(
                filled[:, None, None, None], arrays["filled"][source], arrays["backgrounds"][target]
            )
            batch["background"] = _mirror_some(background, mirrored)
        if self._training.augment_judged:
            batch[CHANGES] = jax.random.uniform(next(keys), (count, NUMBERS))
        if self._augmentation is None:
            return batch
        normal = jax.random.normal(next(keys), (count, self._augmentation.normals))
        uniform = jax.random.uniform(next(keys), (count, self._augmentation.uniforms))
        return self._augmentation.apply(batch, normal, uniform)

    def _draw_pairs(self, arrays, key, count):
        """Return the positions of source and target images, int32 [count] each."""
        chosen, person, within = jax.random.split(key, 3)
        dataset = jax.random.choice(
            chosen, len(self._shares), (count,), p=jnp.asarray(self._shares, jnp.float32)
        )

        def one_of(key, first, number):
            place = (jax.random.uniform(key, (count,)) * number).astype(jnp.int32)
            return first + jnp.minimum(place, number - 1)

        if self._training.balance_people:
            who = one_of(person, arrays["first_person"][dataset], arrays["people"][dataset])
            pair = one_of(within, arrays["first_pair_of"][who], arrays["pairs_of"][who])
        else:
            pair = one_of(within, arrays["first_pair"][dataset], arrays["pair_count"][dataset])
        return arrays["pairs"][pair, 0], arrays["pairs"][pair, 1]

    def _mirrored(self, keypoints):
        y, x, confidence = jnp.moveaxis(keypoints[:, self._mirror], -1, 0)
        x = jnp.where(confidence > 0, self._size[1] - 1 - x, 0.0)
        return jnp.stack([y, x, confidence], axis=-1)


def _mirror_some(images, mirrored):
    return jnp.where(mirrored[:, None, None, None], images[:, :, ::-1], images)


def _pairs_by_person(splits: Sequence[Split]) -> dict[str, np.ndarray]:
    """Return all pairs sorted by person, and where the pairs of each dataset and person begin."""
    pairs, of_people, people = [], [], []
    images = 0
    for split in splits:
        owners = np.array([person_of(split.names[source]) for source, _ in split.pairs])
        order = np.argsort(owners, kind="stable")
        pairs.append(split.pairs[order] + images)
        counts = np.unique(owners, return_counts=True)[1]
        of_people.append(counts)
        people.append(len(counts))
        images += len(split.names)
    pair_counts = [len(part) for part in pairs]
    arrays = {
        "pairs": np.concatenate(pairs),
        "first_pair": _starts(pair_counts),
        "pair_count": np.array(pair_counts),
        "first_person": _starts(people),
        "people": np.array(people),
        "first_pair_of": _starts(np.concatenate(of_people)),
        "pairs_of": np.concatenate(of_people),
    }
    return {name: value.astype(np.int32) for name, value in arrays.items()}


def _starts(counts) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(counts)[:-1]])


def _backgrounds(
    splits: Sequence[Split],
    images: Sequence[np.ndarray],
    size: tuple[int, int],
    skeleton: Skeleton,
) -> dict[str, np.ndarray]:
    """Return backgrounds by name, one for each image.

    Args:
        splits: as in `JaxPairs`.
        images: the images of each split.
        size: (H, W) of the images.
        skeleton: the layout of the joints.

    Returns:
        `background_stored`, bool [N], whether the dataset has a background for the image;
        `backgrounds`, uint8 [N, H, W, 3], these backgrounds (the images themselves where there is
        none); `filled`, uint8 [N, H, W, 3], the images with their people replaced by a fill.
    """
    stored, backgrounds, filled = [], [], []
    for split, originals in zip(splits, images, strict=True):
        stored.append(np.full(len(originals), split.has_backgrounds))
        backgrounds.append(
            read_images(split.backgrounds, size) if split.has_backgrounds else originals
        )
        filled.append(fill_people(originals, split.keypoints, skeleton))
    return {
        "background_stored": np.concatenate(stored),
        "backgrounds": np.concatenate(backgrounds),
        "filled": np.concatenate(filled),
    }
