import numpy as np
import pytest

from deformable_gan.geometry.regions import (
    LIMBS,
    REGION_COUNT,
    REGION_NAMES,
    joint_positions,
    mean_of_present,
    present,
    torso_size,
)
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18


def test_regions_are_ten_and_name_their_limbs():
    assert REGION_COUNT == 10
    parts = {"knee": "thigh", "ankle": "calf", "elbow": "upper_arm", "wrist": "forearm"}
    for name, limb in zip(REGION_NAMES[2:], LIMBS, strict=True):
        side, joint = limb.end.split("_")
        assert name == f"{side}_{parts[joint]}"
        assert limb.mirror.mirror == limb
        assert limb.mirror.end.split("_")[1] == joint


@pytest.mark.parametrize(
    ("joint", "expected"),
    [
        ((3.0, 4.0, 0.2), True),
        ((-3.0, 400.0, 1.0), True),
        ((3.0, 4.0, 0.0), False),
        ((-1.0, -1.0, -1.0), False),
        ((np.nan, 4.0, 1.0), False),
        ((3.0, np.inf, 1.0), False),
        ((3.0, 4.0, np.nan), False),
        ((3.0, 4.0, np.inf), False),
        ((3e38, 4.0, 1.0), False),
    ],
)
def test_presence(joint, expected):
    assert bool(present(np.array(joint, np.float32))) is expected


def test_positions_of_missing_joints_are_zero():
    keypoints = np.full((2, 17, 3), np.nan, np.float32)
    keypoints[1, 3] = (5, 6, 1)
    positions, presence = (np.asarray(part) for part in joint_positions(keypoints, COCO17))
    assert presence.sum() == 1
    np.testing.assert_array_equal(positions[1, 3], [5, 6])
    assert np.abs(positions).sum() == 11


def test_positions_refuse_another_layout():
    with pytest.raises(ValueError, match="18, 3"):
        joint_positions(np.zeros((2, 17, 3)), OPENPOSE18)
    with pytest.raises(ValueError, match="17, 3"):
        joint_positions(np.zeros((2, 17, 2)), COCO17)


def test_torso_size_by_hand(standing):
    positions, presence = joint_positions(standing, COCO17)
    size, known = torso_size(positions, presence, COCO17)
    assert bool(known[0])
    np.testing.assert_allclose(size, [np.sqrt(36**2 + 4**2)], rtol=1e-6)

    standing[:, COCO17.index("left_hip"), :2] += (10, 0)
    size, _ = torso_size(*joint_positions(standing, COCO17), COCO17)
    expected = np.sqrt((36**2 + 4**2 + 46**2 + 4**2) / 2)
    np.testing.assert_allclose(size, [expected], rtol=1e-6)


def test_torso_without_size_is_not_known(standing):
    standing[..., :2] = 7
    size, known = torso_size(*joint_positions(standing, COCO17), COCO17)
    assert not bool(known[0])
    assert np.isfinite(np.asarray(size)).all()


@pytest.mark.parametrize("complete", [True, False])
def test_a_derived_joint_counts_in_a_mean_only_with_all_its_parents(standing, complete):
    """The neck is derived from both shoulders."""
    nose, left, right = COCO17.indices("nose", "left_shoulder", "right_shoulder")
    if not complete:
        standing[:, right, 2] = 0
    mean, known = mean_of_present(*joint_positions(standing, COCO17), COCO17, ("nose", "neck"))
    places = standing[0, :, :2]
    neck = (places[left] + places[right]) / 2
    expected = (places[nose] + neck) / 2 if complete else places[nose]
    np.testing.assert_allclose(np.asarray(mean), [expected], rtol=1e-6)
    assert np.asarray(known).tolist() == [True]
