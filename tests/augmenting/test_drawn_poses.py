from pathlib import Path

import numpy as np
import pytest

from deformable_gan.augmenting.drawn_poses import DrawnPoses, camera_of
from deformable_gan.data.dataset_folder import Split
from deformable_gan.errors import ConfigurationError, DatasetError
from deformable_gan.pose.skeleton import COCO17

# One person has three images, two have two each, and one has one; they are not sorted by person.
NAMES = (
    *("0007_c1s1_000001_00.jpg", "0002_c2s1_000001_00.jpg", "0007_c2s1_000051_00.jpg"),
    *("0011_c1s1_000001_00.jpg", "0002_c1s1_000001_01.jpg", "0002_c1s1_000101_00.jpg"),
    *("0011_c2s3_000001_00.jpg", "0020_c2s1_000001_00.jpg"),
)


def make_split(names=NAMES, without_hip=()):
    keypoints = np.ones((len(names), 17, 3), np.float32)
    for index in without_hip:
        keypoints[index, COCO17.index("left_hip"), 2] = 0
    pairs = np.zeros((0, 2), np.int32)
    return Split("train", Path("data/market/train"), tuple(names), keypoints, pairs)


@pytest.mark.parametrize(
    ("name", "camera"),
    [
        ("0002_c1s1_000451_03.jpg", "1"),
        ("-1_c6s3_000451_03.jpg", "6"),
        ("sub/0002_c12s1_000451_03.jpg", "12"),
        ("dancer0001_0003.png", ""),
        ("anna_close_000001.jpg", ""),
        ("anna.jpg", ""),
    ],
)
def test_cameras(name, camera):
    assert camera_of(name) == camera


def test_poses_are_of_other_people_and_all_different():
    split = make_split()
    drawn = DrawnPoses.draw(split, COCO17, 4, seed=1)
    np.testing.assert_array_equal(drawn.sources, range(8))
    assert drawn.poses.shape == (8, 4)
    for source, row in zip(drawn.sources, drawn.poses, strict=True):
        assert len(set(row)) == 4
        assert NAMES[source][:4] not in {NAMES[pose][:4] for pose in row}


def test_every_other_pose_is_equally_likely():
    split = make_split()
    counts = np.zeros((8, 8))
    for seed in range(150):
        drawn = DrawnPoses.draw(split, COCO17, 1, seed)
        counts[drawn.sources, drawn.poses[:, 0]] += 1
    people = np.array([name[:4] for name in NAMES])
    same = people[:, None] == people
    assert (counts[same] == 0).all()
    for source in range(8):
        others = counts[source][~same[source]]
        expected = 150 / len(others)
        # At least five standard deviations of a binomial count.
        assert np.abs(others - expected).max() < 5 * np.sqrt(expected)


def test_the_seed_decides():
    split = make_split()
    first, again, other = (DrawnPoses.draw(split, COCO17, 3, seed).poses for seed in (4, 4, 5))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_unusable_poses_are_neither_given_nor_taken():
    split = make_split(without_hip=(0, 3))
    drawn = DrawnPoses.draw(split, COCO17, 3, seed=0)
    np.testing.assert_array_equal(drawn.sources, [1, 2, 4, 5, 6, 7])
    assert not set(drawn.poses.ravel()) & {0, 3}


def test_the_same_camera():
    split = make_split()
    drawn = DrawnPoses.draw(split, COCO17, 2, seed=0, same_camera=True)
    for source, row in zip(drawn.sources, drawn.poses, strict=True):
        assert {camera_of(NAMES[pose]) for pose in row} == {camera_of(NAMES[source])}
        assert NAMES[source][:4] not in {NAMES[pose][:4] for pose in row}


def test_too_few_poses():
    with pytest.raises(
        ConfigurationError, match=r"0002_c2s1_000001_00\.jpg can take 5 .* the 6 requested"
    ):
        DrawnPoses.draw(make_split(), COCO17, 6, seed=0)


def test_nobody_else():
    names = ("anna_1.jpg", "anna_2.jpg")
    with pytest.raises(ConfigurationError, match=r"take 0 usable poses of other people"):
        DrawnPoses.draw(make_split(names), COCO17, 1, seed=0)


def test_nobody_usable():
    with pytest.raises(DatasetError, match="no image has a usable pose"):
        DrawnPoses.draw(make_split(without_hip=range(8)), COCO17, 1, seed=0)


def test_names_without_cameras():
    names = ("anna_1.jpg", "ben_c1s1.jpg")
    with pytest.raises(ConfigurationError, match=r"--same-camera needs .*; received anna_1\.jpg"):
        DrawnPoses.draw(make_split(names), COCO17, 1, seed=0, same_camera=True)
