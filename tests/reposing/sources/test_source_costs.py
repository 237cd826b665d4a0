"""Costs of sources, tested with drawn dancers in known poses."""

from dataclasses import replace

import numpy as np
import pytest

from deformable_gan.dancers import Dancer, Pose, dance, render
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.reposing.sources.source_costs import WEIGHTS, source_costs

SIZE = (256, 144)


def joints_of(poses, seed=0):
    dancer = Dancer.random(np.random.default_rng(seed))
    return np.stack([render(dancer, pose, SIZE)[1] for pose in poses])


@pytest.fixture(scope="module")
def dances():
    return dance(np.random.default_rng(3), 12, rate=2.0)


def test_by_view(dances):
    """In every pose, the photograph from the same side has the lowest cost."""
    for pose in dances:
        front, back = replace(pose, turn=0.3), replace(pose, turn=np.pi + 0.3)
        sources = joints_of([replace(pose, turn=0.0), replace(pose, turn=np.pi)])
        costs = source_costs(joints_of([front, back]), sources, COCO17)
        np.testing.assert_array_equal(costs.argmin(axis=1), [0, 1])


def test_place_and_scale_do_not_matter_to_the_order(dances):
    targets, sources = joints_of(dances[:6]), joints_of(dances[6:])
    moved = sources.copy()
    moved[..., :2] = moved[..., :2] + (17, -30)
    costs = source_costs(targets, sources, COCO17)
    np.testing.assert_allclose(source_costs(targets, moved, COCO17), costs, atol=1e-6)
    both = [poses * np.array([3, 3, 1]) for poses in (targets, sources)]
    np.testing.assert_allclose(source_costs(*both, COCO17), costs, atol=1e-6)


def test_the_own_pose_costs_only_its_crowding(dances):
    poses = joints_of(dances)
    costs = source_costs(poses, poses, COCO17)
    crowding = np.diagonal(costs)
    assert (crowding >= 0).all()
    assert (crowding <= WEIGHTS["crowded"]).all()
    assert (costs - crowding[None] >= -1e-9).all()


def test_limbs_that_are_not_seen(monkeypatch):
    monkeypatch.setitem(WEIGHTS, "crowded", 0.0)
    pose = joints_of([Pose()])
    source = pose.copy()
    source[0, COCO17.indices("left_wrist", "right_wrist", "left_ankle")] = 0
    other = pose.copy()
    other[0, COCO17.indices("left_wrist")] = 0
    costs = source_costs(pose, np.concatenate([pose, other, source]), COCO17)[0]
    assert costs[0] < costs[1] < costs[2]
    # Three of the nine parts (eight bones and the head) are missing.
    assert costs[0] == pytest.approx(0, abs=1e-6)
    assert costs[2] >= WEIGHTS["unseen"] * 3 / 9
    # Limbs that the target lacks do not count.
    costs = source_costs(source, np.concatenate([source, pose]), COCO17)[0]
    assert costs[1] == pytest.approx(costs[0], abs=0.2)


def test_poses_without_a_joint():
    nothing = np.zeros((1, 17, 3))
    assert np.isfinite(source_costs(nothing, joints_of([Pose()]), COCO17)).all()
    assert np.isfinite(source_costs(joints_of([Pose()]), nothing, COCO17)).all()
