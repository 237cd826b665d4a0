"""Photographs from different places, placed in the first photograph."""

from dataclasses import replace

import numpy as np
import pytest

from deformable_gan.dancers import Dancer, Pose, render
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.reposing.pose_sequence import PoseSequence
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.reposer import Reposer
from deformable_gan.reposing.sources.placed_sources import _Other, placed_sources

SIZE = (64, 36)


def photograph(seed, size, turn=0.0, tint=0):
    """Return a photograph of a dancer in front of a plain wall, with room around the dancer."""
    dancer = Dancer.random(np.random.default_rng(4))
    image, keypoints = render(dancer, Pose(turn=turn), (size[0] - 40, size[1] // 2))
    rng = np.random.default_rng(seed)
    whole = rng.integers(100, 110, (*size, 3)).astype(np.uint8) + np.uint8(tint)
    left = size[1] // 4
    whole[20 : size[0] - 20, left : left + size[1] // 2] = image
    keypoints[:, :2] += (20, left)
    keypoints[keypoints[:, 2] == 0] = 0
    return PosedImage(whole, keypoints, COCO17)


@pytest.fixture(scope="module")
def person():
    return photograph(0, (240, 200)).cropped(SIZE)


def test_one_place_stays_where_it_is(person):
    """Another frame of a still camera is not moved, and has the same background."""
    other = photograph(0, (240, 200), turn=np.pi).cropped(SIZE)
    first, placed = placed_sources(replace(person, more=(other,)))
    assert first.more == placed.more == ()
    np.testing.assert_array_equal(placed.photograph, other.photograph)
    assert placed.crop == first.crop == person.crop
    expected = other.crop.from_crop(other.keypoints)
    seen = (placed.keypoints[:, 2] > 0) & (other.keypoints[:, 2] > 0)
    there = placed.crop.from_crop(placed.keypoints)
    np.testing.assert_allclose(there[seen], expected[seen], atol=1e-3)
    assert placed.behind is None
    np.testing.assert_array_equal(placed.background, first.background)


def test_another_place_is_brought_to_the_first(person):
    """A photograph twice as large, from another place: the person gets the same height and crop."""
    other = photograph(7, (480, 400), tint=90).cropped(SIZE)
    first, placed = placed_sources(replace(person, more=(other,)))
    assert placed.photograph.shape == first.photograph.shape
    seen = (placed.keypoints[:, 2] > 0) & (first.keypoints[:, 2] > 0)
    assert seen.sum() > 12
    height = [np.ptp(one.keypoints[seen, 0]) for one in (first, placed)]
    assert height[1] == pytest.approx(height[0], rel=0.15)
    inside = placed.keypoints[placed.keypoints[:, 2] > 0, :2]
    assert ((inside > -0.5) & (inside < np.array(SIZE) - 0.5)).all()
    # The still parts show the place of the first photograph, not that of the other, brighter one.
    corner = (slice(0, 12), slice(0, 12))
    np.testing.assert_array_equal(placed.still[corner], first.background[corner])
    assert placed.photograph[corner].mean() > first.photograph[corner].mean() + 60
    assert placed.behind.shape == (*SIZE, 3)


@pytest.mark.parametrize("how", ["mix", "choose"])
def test_a_source_that_is_the_same_changes_nothing(person, how):
    """A photograph given twice gives nearly the same result as given once, at every size."""

    def compose(image, source, target):
        weights = np.full((len(image), *SIZE, 12), 1e-4, np.float32)
        weights[..., 10] = 1
        identity = np.tile(np.array([1, 0, 0, 0, 1, 0, 0, 0], np.float32), (len(image), 10, 1))
        drawn = np.zeros((len(image), *SIZE, 3), np.float32)
        return {"weights": weights, "drawn": drawn, "transforms": identity}

    reposer = Reposer(lambda image, *_: image, SIZE, COCO17, compose=compose)
    reposer.many_sources = how
    poses = PoseSequence(np.repeat(person.keypoints[None], 3, axis=0), COCO17, 6.0)
    twice = replace(person, more=(person,))
    for size in ("photograph", "crop", "network", 2):
        expected = np.stack(list(reposer.images(person, poses, size=size))).astype(int)
        images = np.stack(list(reposer.images(twice, poses, size=size)))
        assert images.shape == expected.shape
        # The second copy is laid over the background, which is filled in under its soft edge.
        assert np.abs(images - expected).mean() < 3


@pytest.mark.parametrize(("moved", "same"), [(0, True), (5, False), (12, False)])
def test_a_camera_that_moves_shows_another_place(moved, same):
    """A wall with a single picture moves in the frame: most pixels are equal, the place is not."""
    keypoints = np.zeros((17, 3), np.float32)
    keypoints[[5, 6, 11, 12]] = [(90, 150, 1), (90, 130, 1), (140, 148, 1), (140, 132, 1)]

    def frame(shift):
        wall = np.full((240, 200, 3), 150, np.uint8)
        wall[40:90, 30 + shift : 80 + shift] = 240
        return PosedImage(wall, keypoints, COCO17)

    one, other = frame(0), frame(moved)
    apart = np.abs(one.image.astype(int) - other.image).max(axis=-1)
    assert np.median(apart) == 0
    assert _Other(one, other).same_place is same
