from collections import Counter

import numpy as np
import pytest

from deformable_gan.data.preparing.pose_pairs import pose_distances, pose_pairs
from deformable_gan.pose.skeleton import COCO17


def pose(x, torso=40.0):
    keypoints = np.ones((17, 3), np.float32)
    keypoints[:, 0], keypoints[:, 1] = 60, x
    keypoints[COCO17.indices("left_hip", "right_hip"), 0] += torso
    return keypoints


def images(**people):
    names, poses = [], []
    for person, places in people.items():
        for index, x in enumerate(places):
            names.append(f"{person}_{index:04d}.jpg")
            poses.append(pose(x))
    return names, np.array(poses)


def test_distance_is_the_mean_of_the_joints_in_torso_lengths():
    a, b = pose(10), pose(18)
    assert pose_distances(a, b, COCO17) == pytest.approx(8 / 40)
    b = a.copy()
    b[0, 0] += 17 * 4  # one of seventeen joints
    assert pose_distances(a, b, COCO17) == pytest.approx(4 / 40)
    b[0] = 0  # missing, so only the others count
    assert pose_distances(a, b, COCO17) == 0
    assert pose_distances(a, np.zeros_like(a), COCO17) == np.inf
    np.testing.assert_allclose(
        pose_distances(a[None], np.array([pose(10), pose(30)]), COCO17), (0, 0.5)
    )


def test_near_poses_are_left_out():
    names, poses = images(anna=(0, 3, 40))  # 3 pixels are 0.075 torso lengths
    pairs = pose_pairs(names, poses, COCO17, least_distance=0.1)
    a, b, c = names
    assert pairs == [(a, c), (b, c), (c, a), (c, b)]
    assert len(pose_pairs(names, poses, COCO17, least_distance=0)) == 6


def test_who_hardly_moves_keeps_the_farther_half():
    names, poses = images(anna=(0, 40), ben=(0, 1, 2, 3))
    pairs = pose_pairs(names, poses, COCO17)
    ben = [tuple(int(name[4:8]) for name in pair) for pair in pairs if pair[0].startswith("ben")]
    # Distances 1 (six times), 2 (four), 3 (twice): the median is 1.5.
    assert ben == [(0, 2), (0, 3), (1, 3), (2, 0), (3, 0), (3, 1)]
    assert len([pair for pair in pairs if pair[0].startswith("anna")]) == 2


def test_everybody_gets_the_same_number():
    names, poses = images(anna=range(0, 800, 20), ben=range(0, 200, 20), cleo=(0, 50))
    pairs = pose_pairs(names, poses, COCO17, limit=100, seed=1)
    assert Counter(source.split("_")[0] for source, _ in pairs) == {
        "anna": 49,
        "ben": 49,
        "cleo": 2,
    }
    assert len(set(pairs)) == 100
    assert pairs == sorted(pairs)
    capped = pose_pairs(names, poses, COCO17, limit=100, person_limit=10)
    assert Counter(s.split("_")[0] for s, _ in capped) == {"anna": 10, "ben": 10, "cleo": 2}
    assert pose_pairs(names, poses, COCO17, limit=0) == []


def test_by_seed_and_whatever_the_order():
    names, poses = images(anna=range(0, 800, 20), ben=range(0, 400, 20))
    pairs = pose_pairs(names, poses, COCO17, limit=60, seed=3)
    order = np.random.default_rng(0).permutation(len(names))
    again = pose_pairs([names[i] for i in order], poses[order], COCO17, limit=60, seed=3)
    assert pairs == again
    assert pairs != pose_pairs(names, poses, COCO17, limit=60, seed=4)
    # A person's selection does not depend on the other people.
    alone = pose_pairs(names[:40], poses[:40], COCO17, limit=30, seed=3)
    assert [pair for pair in pairs if pair[0].startswith("anna")] == alone


def test_very_many_images_are_not_all_compared():
    rng = np.random.default_rng(0)
    poses = np.repeat(pose(0)[None], 5000, axis=0)
    poses[:, :, 1] += rng.uniform(0, 100, (5000, 1)).astype(np.float32)
    names = [f"anna_{index:05d}.jpg" for index in range(5000)]
    pairs = pose_pairs(names, poses, COCO17, limit=2000)
    assert len(set(pairs)) == 2000
    x = {name: p[0, 1] for name, p in zip(names, poses, strict=True)}
    assert min(abs(x[a] - x[b]) for a, b in pairs) >= 0.1 * 40 - 1e-3
    assert pairs == pose_pairs(names, poses, COCO17, limit=2000)


def test_nobody():
    assert pose_pairs([], np.zeros((0, 17, 3)), COCO17) == []
    assert pose_pairs(["a_1.jpg"], pose(0)[None], COCO17) == []
