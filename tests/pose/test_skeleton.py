import numpy as np
import pytest

from deformable_gan.errors import ConfigurationError
from deformable_gan.pose.joint_names import mirror_joint
from deformable_gan.pose.region import REGIONS, Region
from deformable_gan.pose.skeleton import (
    COCO17,
    OPENPOSE18,
    SKELETONS,
    Skeleton,
    add_skeleton,
    convert_keypoints,
    get_skeleton,
)

# The order of MoveNet's output (its documentation) and of the original's LABELS list.
MOVENET = [
    *("nose", "left_eye", "right_eye", "left_ear", "right_ear"),
    *("left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist"),
    *("left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle"),
]
LABELS = "nose neck Rsho Relb Rwri Lsho Lelb Lwri Rhip Rkne Rank Lhip Lkne Lank Leye Reye Lear Rear"
SHORT = {"sho": "shoulder", "elb": "elbow", "wri": "wrist", "kne": "knee", "ank": "ankle"}


def test_movenet_order():
    assert list(COCO17.joints) == MOVENET


def test_original_order():
    sides = {"R": "right_", "L": "left_"}
    expected = [
        sides[label[0]] + SHORT.get(label[1:], label[1:]) if label[0] in sides else label
        for label in LABELS.split()
    ]
    assert list(OPENPOSE18.joints) == expected


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda skeleton: skeleton.name)
def test_mirroring_exchanges_left_and_right_and_undoes_itself(skeleton):
    permutation = skeleton.mirror_permutation
    np.testing.assert_array_equal(permutation[permutation], np.arange(len(skeleton)))
    for index, joint in enumerate(skeleton.joints):
        partner = skeleton.joints[permutation[index]]
        if joint in ("nose", "neck"):
            assert partner == joint
        else:
            assert {joint.split("_")[0], partner.split("_")[0]} == {"left", "right"}
            assert joint.split("_")[1] == partner.split("_")[1]


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda skeleton: skeleton.name)
def test_bones_join_joints_of_the_layout(skeleton):
    for (start, end), (start_name, end_name) in zip(
        skeleton.bone_indices, skeleton.bones, strict=True
    ):
        assert skeleton.joints[start] == start_name
        assert skeleton.joints[end] == end_name
    mirrored = {frozenset(map(mirror_joint, bone)) for bone in skeleton.bones}
    assert mirrored == {frozenset(bone) for bone in skeleton.bones}


def test_indices():
    assert COCO17.index("left_hip") == 11
    assert OPENPOSE18.indices("neck", "right_ear") == [1, 17]


def test_get_skeleton():
    assert get_skeleton("openpose18") is OPENPOSE18
    with pytest.raises(ConfigurationError, match="'body25': expected one of coco17, openpose18"):
        get_skeleton("body25")


def numbered_pose(skeleton):
    """Return a pose in which joint k of COCO is at (10 k, k) with confidence (k + 1) / 20."""
    numbers = np.array([MOVENET.index(joint) for joint in skeleton.joints if joint != "neck"])
    return np.stack([10 * numbers, numbers, (numbers + 1) / 20], axis=-1).astype(np.float32)


def test_conversion_finds_every_joint_by_its_name():
    coco = np.stack([numbered_pose(COCO17)] * 2)
    converted = convert_keypoints(coco, COCO17, OPENPOSE18)
    assert converted.shape == (2, 18, 3)
    neck = OPENPOSE18.index("neck")
    np.testing.assert_array_equal(np.delete(converted[1], neck, axis=0), numbered_pose(OPENPOSE18))
    # Shoulders are MoveNet's joints 5 and 6.
    np.testing.assert_allclose(converted[:, neck], [(55, 5.5, 6 / 20)] * 2, rtol=1e-6)
    np.testing.assert_array_equal(convert_keypoints(converted, OPENPOSE18, COCO17), coco)


def test_neck_is_missing_when_a_shoulder_is():
    coco = numbered_pose(COCO17)
    coco[COCO17.index("left_shoulder")] = 0
    neck = convert_keypoints(coco, COCO17, OPENPOSE18)[OPENPOSE18.index("neck")]
    assert neck[2] == 0


def test_conversion_leaves_its_input_alone():
    coco = numbered_pose(COCO17)
    before = coco.copy()
    convert_keypoints(coco, COCO17, OPENPOSE18)
    np.testing.assert_array_equal(coco, before)


def test_same_layout_is_handed_back_as_float32():
    keypoints = convert_keypoints([[1, 2, 1]] * 17, COCO17, COCO17)
    assert keypoints.dtype == np.float32
    np.testing.assert_array_equal(keypoints, [[1, 2, 1]] * 17)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bones": (("nose", "tail"),)}, "a bone needs 'tail'"),
        ({"derived": (("neck", ("left_shoulder", "tail")),)}, "joint neck needs 'tail'"),
        ({"regions": (Region("body", "torso", ("tail",)),)}, "the region body needs 'tail'"),
        ({"regions": (Region("body", "wing", ("nose",)),)}, "one of torso, head, limb, received"),
        ({"regions": REGIONS[1:]}, "begin with a torso"),
    ],
)
def test_layouts_that_do_not_fit_together(changes, message):
    with pytest.raises(ConfigurationError, match=message):
        Skeleton("other", COCO17.joints, **changes)


def test_a_name_belongs_to_one_layout():
    assert add_skeleton(COCO17) is COCO17
    with pytest.raises(ConfigurationError, match="another skeleton layout with the name 'coco17'"):
        add_skeleton(Skeleton("coco17", OPENPOSE18.joints))
