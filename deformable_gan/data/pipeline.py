"""The input pipeline: batches from a dataset folder, with `tf.data`.

A batch is a dictionary of

- source_image, target_image: uint8 [B, H, W, 3];
- source_keypoints, target_keypoints: float32 [B, J, 3] of (y, x, confidence) in pixels;
- pair: int32 [B], the pairs' positions in the split;
- background: uint8 [B, H, W, 3], if requested: the target images' stored backgrounds, or the
  source images with the person filled in;
- source_mask: uint8 [B, H, W, 1], if requested: the person masks of the source images;
- judged_changes: float32 [B, N], if requested: random numbers (see `PairPipeline.training`).

Only these tensors are copied from the pipeline to the device: the model makes heat maps, transforms
and region masks from key points.
"""

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from deformable_gan.data.annotations import person_of
from deformable_gan.data.dataset_folder import Split
from deformable_gan.data.filled_images import FilledImages
from deformable_gan.data.image_store import ImageStore
from deformable_gan.data.pair_augmentation import FILLED_SHARE, PairAugmentation
from deformable_gan.errors import DatasetError
from deformable_gan.pose.skeleton import Skeleton

# Added to the seed to draw the pairs with filled backgrounds, the augmentation and the numbers for
# judged images. (0, 1 and 2 draw the order, the mirrored pairs and the pairs of each person.)
_FILL = 7
_AUGMENT = 3
_JUDGED = 5


class PairPipeline:
    """A source of batches of (source, target) pairs of a split.

    Args:
        split: images, key points and pairs.
        skeleton: the joints' layout, for mirroring.
        image_size: (H, W) of the images.
        store: the images; None to read the split's images.
        backgrounds: the stored backgrounds of the images; None if there are none.
        person_masks: the images' person masks; None omits them from the batches.
        filled: the images with their people filled in. The filled source image replaces a missing
            background of the target. Without `backgrounds` and `filled`, batches have no
            background.
        filled_share: the share of training pairs that get the filled source as background although
            a background is stored, so that the generator does not rely on perfect backgrounds. It
            matters only with `filled`.

    Attributes:
        split, skeleton, image_size, store, backgrounds, person_masks, filled, filled_share: the
            arguments.
        parts: the pipelines of single datasets that this one mixes, by name; empty if it mixes
            none.

    Raises:
        DatasetError: the split has no pairs, or an image cannot be read.
    """

    parts: Mapping[str, "PairPipeline"] = {}

    def __init__(
        self,
        split: Split,
        skeleton: Skeleton,
        image_size: tuple[int, int],
        store: ImageStore | None = None,
        backgrounds: ImageStore | None = None,
        person_masks: ImageStore | None = None,
        filled: FilledImages | None = None,
        filled_share: float = FILLED_SHARE,
    ):
        if len(split.pairs) == 0:
            raise DatasetError(
                f"the {split.name} split in {split.folder.parent} has no pairs: each person needs "
                "at least two images"
            )
        self.split = split
        self.skeleton = skeleton
        self.image_size = (image_size[0], image_size[1])
        self.store = store or ImageStore(split, image_size)
        self.backgrounds = backgrounds
        self.person_masks = person_masks
        self.filled = filled
        self.filled_share = filled_share
        # One flag per image, because in a mixture only some datasets may have backgrounds.
        self._background_stored = np.full(len(split.names), backgrounds is not None)
        self._width = image_size[1]
        self._mirror = tf.constant(skeleton.mirror_permutation, tf.int32)
        self._pairs = tf.constant(split.pairs, tf.int32)
        self._keypoints = tf.constant(split.keypoints)
        people = [person_of(split.names[source]) for source, _ in split.pairs]
        self._by_person = tf.constant(np.argsort(people, kind="stable"), tf.int32)
        self._pairs_of_each = np.unique(people, return_counts=True)[1]

    def training(
        self,
        batch_size: int,
        steps_per_epoch: int,
        seed: int,
        flip: bool = False,
        balance_people: bool = False,
        augment: bool = False,
        judged_changes: int = 0,
        first_step: int = 0,
        rows: np.ndarray | None = None,
    ) -> tf.data.Dataset:
        """Return an endless stream of shuffled batches.

        All random choices depend only on (seed, epoch), so a run that continues at `first_step`
        gets the same batches as an uninterrupted one. An epoch is `steps_per_epoch` batches: part
        of the shuffled pairs, or all of them several times, shuffled anew each time.

        Args:
            batch_size: pairs per batch.
            steps_per_epoch: batches per epoch.
            seed: the seed of all random choices.
            flip: whether each pair is mirrored (both images, left and right joints exchanged) with
                probability one half.
            balance_people: whether every person is shown equally often, each time in one of their
                pairs drawn at random. Otherwise each pair is shown equally often, so a person with
                twice the images has about four times the pairs.
            augment: whether light, colours and joints change at random; see `PairAugmentation`.
            judged_changes: how many random numbers from 0 to 1 each pair gets as `judged_changes`,
                float32 [B, N], for changes to images before a discriminator judges them.
            first_step: number of batches to skip.
            rows: int [K, R]; each batch is replaced by K batches, of which the k-th holds the R
                rows of the batch that `rows[k]` lists. A replica uses this to train on its
                part of every batch.
        """
        per_epoch = batch_size * steps_per_epoch
        augmentation = PairAugmentation(self.skeleton, self.image_size) if augment else None

        def epoch_batches(epoch):
            order = self.epoch_order(per_epoch, epoch, seed, balance_people)
            mirrored = tf.zeros(per_epoch, tf.bool)
            if flip:
                coin = tf.random.stateless_uniform([per_epoch], seed=[seed + 1, epoch])
                mirrored = coin < 0.5
            filled = tf.zeros(per_epoch, tf.bool)
            if self.filled:
                coin = tf.random.stateless_uniform([per_epoch], seed=[seed + _FILL, epoch])
                filled = coin < self.filled_share
            changes: tuple[tf.Tensor, ...] = ()
            if augmentation:
                key = [seed + _AUGMENT, epoch]
                changes = (
                    tf.random.stateless_normal([per_epoch, augmentation.normals], key),
                    tf.random.stateless_uniform([per_epoch, augmentation.uniforms], key),
                )
            # Omitted if there are none: TensorFlow crashes when it splits empty rows.
            if judged_changes:
                shape = [per_epoch, judged_changes]
                changes += (tf.random.stateless_uniform(shape, seed=[seed + _JUDGED, epoch]),)
            slices = (order, mirrored, filled, *changes)
            return tf.data.Dataset.from_tensor_slices(slices).batch(batch_size)

        def read(pair, mirrored, filled, *changes):
            batch = self._read(pair, mirrored, filled)
            if judged_changes:
                batch["judged_changes"] = changes[-1]
                changes = changes[:-1]
            return augmentation.apply(batch, *changes) if augmentation else batch

        first_epoch, skipped = divmod(first_step, steps_per_epoch)
        batches = (
            tf.data.Dataset.range(first_epoch, np.iinfo(np.int32).max)
            .map(lambda epoch: tf.cast(epoch, tf.int32))
            .flat_map(epoch_batches)
            .skip(skipped)
        )
        if rows is not None:
            batches = batches.map(
                lambda *batch: tuple(tf.gather(values, rows) for values in batch)
            ).unbatch()
        return batches.map(read, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).prefetch(
            tf.data.AUTOTUNE
        )

    def epoch_order(
        self, count: int, epoch: tf.Tensor, seed: int, balance_people: bool
    ) -> tf.Tensor:
        """Return the pairs of an epoch, in order.

        Args:
            count: pairs per epoch.
            epoch: int32 scalar, the epoch's number.
            seed: see `training`.
            balance_people: see `training`.

        Returns:
            int32 [count], positions in the split's pairs.
        """

        def rounds(length):
            """Return `count` numbers below `length`: each number once per round, shuffled."""
            each = -(-count // length)
            shuffled = [
                tf.random.experimental.stateless_shuffle(
                    tf.range(length), seed=[seed, epoch * each + turn]
                )
                for turn in range(each)
            ]
            return tf.concat(shuffled, axis=0)[:count]

        if not balance_people:
            return rounds(len(self.split.pairs))
        starts, counts = self._people()
        person = rounds(len(counts))
        within = tf.random.stateless_uniform([count], seed=[seed + 2, epoch])
        pairs = tf.gather(counts, person)
        drawn = tf.cast(within * tf.cast(pairs, tf.float32), tf.int32)
        return tf.gather(self._by_person, tf.gather(starts, person) + tf.minimum(drawn, pairs - 1))

    def in_order(self, batch_size: int, limit: int | None = None) -> tf.data.Dataset:
        """Return batches of all pairs of the split, or of `limit` pairs spread evenly over it.

        The last batch may be smaller.
        """
        pairs = np.arange(len(self.split.pairs), dtype=np.int32)
        if limit is not None and limit < len(pairs):
            pairs = pairs[np.linspace(0, len(pairs) - 1, limit).round().astype(int)]
        return (
            tf.data.Dataset.from_tensor_slices((pairs, *np.zeros((2, len(pairs)), bool)))
            .batch(batch_size)
            .map(self._read, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
            .prefetch(tf.data.AUTOTUNE)
        )

    def check_images(self) -> None:
        """Read the images again to raise an error that names the damaged one.

        Raises:
            DatasetError: an image is missing, unreadable or of another size.
        """
        for store in (self.store, self.backgrounds, self.person_masks, self.filled):
            if store:
                store.check()

    def names(self, pairs: np.ndarray) -> list[tuple[str, str]]:
        """Return the (source, target) image names of pairs by their positions."""
        names = self.split.names
        return [(names[s], names[t]) for s, t in self.split.pairs[np.asarray(pairs)]]

    def _people(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the first position and the number of each person's pairs in `_by_person`."""
        counts = self._pairs_of_each
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        return tf.constant(starts, tf.int32), tf.constant(counts, tf.int32)

    def _read(
        self, pair: tf.Tensor, mirrored: tf.Tensor, filled: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        source, target = tf.unstack(tf.gather(self._pairs, pair), axis=1)
        batch = {"pair": pair}
        for role, index in (("source", source), ("target", target)):
            image = self.store.take(index)
            keypoints = tf.gather(self._keypoints, index)
            batch[f"{role}_image"] = _mirror_some(image, mirrored)
            batch[f"{role}_keypoints"] = tf.where(
                mirrored[:, None, None], self._mirrored(keypoints), keypoints
            )
        if self.backgrounds or self.filled:
            background = self._background(source, target, filled)
            batch["background"] = _mirror_some(background, mirrored)
        if self.person_masks:
            batch["source_mask"] = _mirror_some(self.person_masks.take(source), mirrored)
        return batch

    def _background(self, source: tf.Tensor, target: tf.Tensor, filled: tf.Tensor) -> tf.Tensor:
        """Return stored backgrounds; the filled source where `filled` is set or none is stored."""
        if not self.filled:
            return self.backgrounds.take(target)  # type: ignore[union-attr]  # not None here
        if not self.backgrounds:
            return self.filled.take(source)
        filled |= ~tf.gather(self._background_stored, target)
        places = tf.dynamic_partition(tf.range(tf.size(filled)), tf.cast(filled, tf.int32), 2)
        stored = self.backgrounds.take(tf.gather(target, places[0]))
        made = self.filled.take(tf.gather(source, places[1]))
        background = tf.dynamic_stitch(places, [stored, made])
        return tf.ensure_shape(background, (source.shape[0], *self.image_size, 3))

    def _mirrored(self, keypoints: tf.Tensor) -> tf.Tensor:
        y, x, confidence = tf.unstack(tf.gather(keypoints, self._mirror, axis=1), axis=-1)
        x = tf.where(confidence > 0, self._width - 1 - x, 0.0)
        return tf.stack([y, x, confidence], axis=-1)


def _mirror_some(images: tf.Tensor, mirrored: tf.Tensor) -> tf.Tensor:
    """Mirror the images of [B, H, W, C] whose flag is set."""
    # `where` and slices with a negative step take eight times as long on bytes.
    both = tf.concat([images, tf.reverse(images, axis=[2])], axis=0)
    count = tf.shape(images)[0]
    return tf.gather(both, tf.range(count) + count * tf.cast(mirrored, tf.int32))
