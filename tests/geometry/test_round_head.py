import numpy as np
import pytest

from deformable_gan.geometry.affine import OUTSIDE
from deformable_gan.geometry.region_transforms import outlines_of_heads, region_transforms
from deformable_gan.geometry.regions import HEAD_JOINTS, REGION_NAMES, joint_positions
from deformable_gan.geometry.round_head import head_center, round_head_transform
from deformable_gan.pose.skeleton import COCO17

# Places on a ball of radius 1 as (right of the face's middle, up, towards the camera).
_ON_THE_BALL = {
    "nose": (0.0, -0.2, 1.0),
    "left_eye": (0.35, 0.2, 0.9),
    "right_eye": (-0.35, 0.2, 0.9),
    "left_ear": (0.9, 0.0, 0.0),
    "right_ear": (-0.9, 0.0, 0.0),
}


def _looking(standing, degrees, radius=6.0, center=(20.0, 32.0)):
    """Return a pose whose head is a ball that is turned to the side by an angle."""
    keypoints = standing.copy()
    angle = np.radians(degrees)
    for joint, (right, up, near) in _ON_THE_BALL.items():
        x = right * np.cos(angle) + near * np.sin(angle)
        keypoints[0, COCO17.index(joint), :2] = np.array(center) + radius * np.array([-up, x])
    return keypoints


def _transform(source, target):
    poses = (*joint_positions(source, COCO17), *joint_positions(target, COCO17))
    transform, known = round_head_transform(*poses, COCO17, HEAD_JOINTS)
    return np.asarray(transform)[0], bool(np.asarray(known)[0])


def _linear(transform):
    return transform[[0, 1, 3, 4]].reshape(2, 2)


def _map(transform, place):
    y, x = place
    return np.array([transform[3:6] @ (x, y, 1), transform[:3] @ (x, y, 1)])


@pytest.mark.parametrize("degrees", [-80, -30, 0, 45, 90])
def test_a_turned_head_keeps_its_width_and_place(standing, degrees):
    source = _looking(standing, 0)
    target = _looking(standing, degrees, center=(24.0, 36.0))
    transform, known = _transform(source, target)
    assert known
    np.testing.assert_allclose(np.linalg.svd(_linear(transform))[1], [1, 1], atol=1e-5)
    np.testing.assert_allclose(_map(transform, (24, 36)), (20, 32), atol=1e-4)


def test_the_size_is_the_ratio_of_the_torsos(standing):
    source = standing.copy()
    source[..., :2] = 1.5 * standing[..., :2] + (3, -4)
    transform, _ = _transform(source, standing)
    np.testing.assert_allclose(transform, [1.5, 0, -4, 0, 1.5, 3, 0, 0], atol=1e-4)


def test_a_tilted_head_turns(standing):
    source = _looking(standing, 0)
    shoulders = COCO17.indices("left_shoulder", "right_shoulder")
    neck = source[0, shoulders, :2].mean(axis=0)
    length = neck[0] - 20
    target = _looking(standing, 0, center=(neck[0], neck[1] + length))
    source = _looking(standing, 0, center=(neck[0] - length, neck[1]))
    transform, _ = _transform(source, target)
    # The target's head lies to the right of its neck, the source's above: right becomes up.
    np.testing.assert_allclose(_map(transform, (neck[0], neck[1] + length + 5)), (15, 32), atol=0.1)


@pytest.mark.parametrize(("source", "target", "mirrored"), [
    (80, -80, True), (-60, 50, True), (80, 60, False), (0, -80, False), (-80, 0, False),
])  # fmt: skip
def test_a_face_that_looks_the_other_way_is_mirrored(standing, source, target, mirrored):
    transform, _ = _transform(_looking(standing, source), _looking(standing, target))
    assert np.linalg.det(_linear(transform)) == pytest.approx(-1 if mirrored else 1, abs=1e-4)


@pytest.mark.parametrize("missing", [("left_shoulder",), HEAD_JOINTS, ("left_hip", "right_hip")])
@pytest.mark.parametrize("side", ["source", "target"])
def test_unknown_without_head_shoulders_or_size(standing, missing, side):
    lacking = standing.copy()
    lacking[:, COCO17.indices(*missing)] = (-1, -1, 0)
    transform, known = _transform(
        *((lacking, standing) if side == "source" else (standing, lacking))
    )
    assert not known
    np.testing.assert_array_equal(transform, OUTSIDE)


def test_the_middle_is_between_the_ears_or_that_of_the_joints_present(standing):
    target = _looking(standing, 60)
    center, known = head_center(*joint_positions(target, COCO17), COCO17, HEAD_JOINTS)
    np.testing.assert_allclose(center[0], (20, 32), atol=1e-4)
    assert np.asarray(known).all()
    target[:, COCO17.indices("left_ear", "left_eye")] = (-1, -1, 0)
    center, _ = head_center(*joint_positions(target, COCO17), COCO17, HEAD_JOINTS)
    present = target[0, COCO17.indices("right_ear", "right_eye", "nose"), :2]
    np.testing.assert_allclose(center[0], present.mean(axis=0), atol=1e-4)


def _seen_from_behind(keypoints):
    """Exchange left and right, as when a person turns the back."""
    return keypoints[:, [COCO17.index(_other_side(joint)) for joint in COCO17.joints]]


def _other_side(joint):
    side, _, part = joint.partition("_")
    return f"{'right' if side == 'left' else 'left'}_{part}" if part else joint


def _head_transform(source, target):
    transforms = region_transforms(source, target, COCO17, body="solid")
    return np.asarray(transforms)[0, REGION_NAMES.index("head")]


def test_the_back_of_a_head_is_covered_with_the_hair_above_the_face(standing):
    """The torso is 36.22 pixels long, and the middle of the head is (17, 32)."""
    transform = _head_transform(standing, _seen_from_behind(standing))
    torso = np.hypot(66 - 30, 26 - 22)
    hair, disc = 17 - 0.25 * torso, 17 - 0.1 * torso
    np.testing.assert_allclose(_map(transform, (disc, 32)), (hair, 32), atol=1e-3)
    # The disc's radius is 0.4 torso sizes; it shows an area 0.1 times as high, 0.3 times as wide.
    top, right = (disc - 0.4 * torso, 32), (disc, 32 + 0.4 * torso)
    np.testing.assert_allclose(_map(transform, top), (hair - 0.04 * torso, 32), atol=1e-3)
    np.testing.assert_allclose(_map(transform, right), (hair, 32 + 0.12 * torso), atol=1e-3)


def test_only_a_head_that_turns_away_is_covered_and_its_outline_is_not(standing):
    back = _seen_from_behind(standing)
    identity = [1, 0, 0, 0, 1, 0, 0, 0]
    for source, target in ((back, standing), (standing, standing), (back, back)):
        np.testing.assert_allclose(_head_transform(source, target), identity, atol=1e-4)
    covered = region_transforms(standing, back, COCO17, body="solid")
    outlines = outlines_of_heads(covered, standing, back, COCO17)
    assert list(outlines) == [1]
    np.testing.assert_allclose(np.asarray(outlines[1])[0], identity, atol=1e-4)
    same = region_transforms(back, standing, COCO17, body="solid")
    uncovered = outlines_of_heads(same, back, standing, COCO17)[1]
    np.testing.assert_array_equal(uncovered, np.asarray(same)[:, 1])


@pytest.mark.parametrize("missing", HEAD_JOINTS)
def test_a_head_of_which_a_joint_is_missing_is_covered_as_well(standing, missing):
    lacking = _seen_from_behind(standing)
    lacking[:, COCO17.index(missing)] = (-1, -1, 0)
    transform = _head_transform(standing, lacking)
    assert np.linalg.svd(_linear(transform))[1] == pytest.approx([0.3, 0.1], abs=1e-3)
