"""Transforms, masks and gradients are finite for any joints, and XLA hardly changes them."""

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from deformable_gan.geometry.affine import OUTSIDE
from deformable_gan.geometry.evaluation_mask import evaluation_mask
from deformable_gan.geometry.heatmaps import gaussian_heatmaps
from deformable_gan.geometry.original_masks import original_region_masks
from deformable_gan.geometry.region_masks import region_masks
from deformable_gan.geometry.region_transforms import region_transforms
from deformable_gan.geometry.stick_figure import stick_figure
from deformable_gan.geometry.uniform_transform import uniform_transform
from deformable_gan.pose.skeleton import COCO17

HEIGHT, WIDTH = 128, 64
MASKS = {"size": (16, 8), "stride": (8.0, 8.0)}


def random_poses(standing, count, seed):
    """Draw key points [count, 17, 3] of ten kinds, sound and broken, around a standing person."""
    rng = np.random.default_rng(seed)
    size = np.array([HEIGHT, WIDTH])
    anywhere = rng.uniform(-0.2, 1.2, (count, 17, 2)) * size
    person = standing[..., :2] + rng.normal(0, 1, (count, 17, 2)) * rng.uniform(
        0, 15, (count, 1, 1)
    )
    kinds = [
        anywhere,
        person,
        np.round(person),
        np.round(np.clip(anywhere, 0, size - 1)),
        # All joints on a line, exactly or nearly; all in a point; tiny and enormous people.
        anywhere[:, :1] + rng.normal(0, 40, (count, 17, 1)) * rng.normal(0, 1, (count, 1, 2)),
        np.round(anywhere * [1, 0] + anywhere[:, :1] * [0, 1])
        + rng.normal(0, 1e-4, (count, 17, 2)),
        np.broadcast_to(anywhere[:, :1], anywhere.shape),
        anywhere[:, :1]
        + rng.normal(0, 1, (count, 17, 2)) * 10.0 ** rng.uniform(-8, 0, (count, 1, 1)),
        anywhere * 10.0 ** rng.uniform(0, 6, (count, 1, 1)),
        # Few different places: coincident joints, limbs without length, square torsos.
        np.round(anywhere / 30) * 30,
    ]
    positions = np.choose(rng.integers(len(kinds), size=(count, 1, 1)), kinds)
    confidence = rng.uniform(0.1, 1, (count, 17, 1))
    keypoints = np.concatenate([positions, confidence], axis=-1)
    # Half of the poses lack joints, in various ways.
    lack = rng.uniform(size=(count, 17)) < rng.choice([0, 0.1, 0.5], (count, 1), p=[0.5, 0.4, 0.1])
    ways = np.array([[-1, -1, 0], [np.nan, np.nan, 0], [7, 7, -1], [0, 0, np.nan]])
    keypoints = np.where(lack[..., None], ways[rng.integers(4, size=(count, 17))], keypoints)
    # A few numbers are NaN or infinite.
    odd = np.array([np.nan, np.inf, -np.inf, 3e38, -3e38, 1e-45, 0.0])
    spoil = rng.uniform(size=keypoints.shape) < rng.choice([0, 0.02], (count, 1, 1), p=[0.7, 0.3])
    return np.where(spoil, odd[rng.integers(7, size=keypoints.shape)], keypoints).astype(np.float32)


def transforms_masks_gradients(source, target):
    """Return transforms, masks and heat maps, and gradients of the transforms and heat maps."""
    with tf.GradientTape() as tape:
        tape.watch([source, target])
        transforms = ops.concatenate(
            [
                region_transforms(source, target, COCO17),
                uniform_transform(source, target, COCO17),
                region_transforms(source, target, COCO17, estimator="ordinary")[:, :2],
            ],
            axis=1,
        )
        heatmaps = gaussian_heatmaps(target, (8, 4))
        total = tf.reduce_sum(transforms) + tf.reduce_sum(heatmaps)
    gradients = tape.gradient(total, [source, target])
    masks = region_masks(target, skeleton=COCO17, **MASKS)
    return transforms, masks, heatmaps, *(tf.convert_to_tensor(g) for g in gradients)


class Comparison:
    """A comparison of results with and without XLA that keeps the largest differences."""

    names = ("transforms", "masks", "heat maps", "gradient by source", "gradient by target")

    def __init__(self):
        self.plain = tf.function(transforms_masks_gradients)
        self.compiled = tf.function(transforms_masks_gradients, jit_compile=True)
        self.transforms = self.masks = self.heatmaps = 0.0
        self.gradients = 0.0
        self.count = self.used = self.decided_otherwise = 0

    def run(self, standing, count, seed):
        source = tf.constant(random_poses(standing, count, 2 * seed))
        target = tf.constant(random_poses(standing, count, 2 * seed + 1))
        plain, compiled = self.plain(source, target), self.compiled(source, target)
        for results in (plain, compiled):
            for name, values in zip(self.names, results, strict=True):
                assert np.isfinite(values).all(), f"{name} not finite"
        first, second = (np.asarray(results[0]) for results in (plain, compiled))
        outside, other = (first == OUTSIDE).all(-1), (second == OUTSIDE).all(-1)
        # Differences are relative to the largest number of each transform, since translations are
        # differences of numbers of that size.
        scale = np.maximum(1, np.abs(first).max(-1))
        difference = np.where(outside == other, np.abs(first - second).max(-1) / scale, 0)
        self.count += outside.size
        self.used += np.sum(~outside)
        self.decided_otherwise += np.sum(outside != other)
        self.transforms = max(self.transforms, difference.max())
        self.masks = max(self.masks, np.mean(np.asarray(plain[1]) != np.asarray(compiled[1])))
        self.heatmaps = max(self.heatmaps, np.abs(plain[2] - compiled[2]).max())
        for first, second in zip(plain[3:], compiled[3:], strict=True):
            scale = np.maximum(1, np.abs(first).max((1, 2)))
            far = np.abs(first - second).max((1, 2)) > 1e-4 * scale
            self.gradients = max(self.gradients, np.mean(far))

    def check(self):
        print({name: value for name, value in vars(self).items() if np.isscalar(value)})
        assert self.transforms < 1e-4
        # Near the limit of a stretch of 100, one mode may use a transform that the other rejects.
        assert self.decided_otherwise <= 1e-6 * self.count
        # Rounding may put a few pixels on either side of an edge.
        assert self.masks < 1e-4
        assert self.heatmaps < 1e-6
        # Near-collinear poses magnify rounding in their gradients more than in the transforms.
        assert self.gradients < 1e-3
        assert self.used > 0.2 * self.count


@pytest.mark.slow
def test_always_finite_and_the_same_under_xla(standing):
    comparison = Comparison()
    comparison.run(standing, 20_000, seed=0)
    comparison.check()


@pytest.mark.long
def test_a_million_poses(standing):
    comparison = Comparison()
    for seed in range(1, 51):
        comparison.run(standing, 20_000, seed)
    comparison.check()


@pytest.mark.slow
@pytest.mark.parametrize("jit_compile", [False, True], ids=["plain", "xla"])
def test_pictures_are_finite_and_the_same_in_a_graph(standing, jit_compile):
    def pictures(keypoints):
        return (
            stick_figure(keypoints, (32, 16), COCO17),
            evaluation_mask(keypoints, (32, 16), COCO17),
            original_region_masks(keypoints, (32, 16), COCO17),
        )

    poses = tf.constant(random_poses(standing, 500, seed=7))
    graph = tf.function(pictures, jit_compile=jit_compile)(poses)
    for eager, picture in zip(pictures(poses), graph, strict=True):
        assert np.isin(picture, [0, 0.5, 1]).all()
        assert np.mean(np.asarray(eager) != np.asarray(picture)) < 1e-4
