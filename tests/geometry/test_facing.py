import numpy as np
import pytest

from deformable_gan.geometry.candidate_prior import DRAWN, LEAST, candidate_prior
from deformable_gan.geometry.facing import facing, turns_away
from deformable_gan.geometry.region_transforms import region_transforms
from deformable_gan.geometry.regions import REGION_NAMES, joint_positions
from deformable_gan.pose.skeleton import COCO17

SIZE = (128, 64)
_PARTS = ("eye", "ear", "shoulder", "hip")


def _facing(keypoints):
    return float(np.asarray(facing(*joint_positions(keypoints, COCO17), COCO17))[0])


def _from_behind(keypoints, *parts):
    """Exchange left and right of some parts, as if the person were seen from behind."""
    turned = keypoints.copy()
    for part in parts or _PARTS:
        pair = COCO17.indices(f"left_{part}", f"right_{part}")
        turned[:, pair] = keypoints[:, pair[::-1]]
    return turned


def _turned_in_the_image(keypoints, degrees):
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    middle = keypoints[0, :, :2].mean(axis=0)
    turned = keypoints.copy()
    turned[..., :2] = (keypoints[..., :2] - middle) @ [[cosine, -sine], [sine, cosine]] + middle
    return turned


@pytest.mark.parametrize("degrees", [0, 45, 90, 180])
def test_front_and_back_however_the_image_is_turned(standing, degrees):
    assert _facing(_turned_in_the_image(standing, degrees)) == pytest.approx(1)
    assert _facing(_turned_in_the_image(_from_behind(standing), degrees)) == pytest.approx(-1)


def test_the_ears_decide_and_the_shoulders_stand_in(standing):
    looking_back = _from_behind(standing, "ear")
    assert _facing(looking_back) == pytest.approx(-1)
    looking_back[:, COCO17.index("left_ear")] = (-1, -1, 0)
    assert _facing(looking_back) == pytest.approx(1)


def test_the_side_view_lies_between(standing):
    side = standing.copy()
    ears = COCO17.indices("left_ear", "right_ear")
    side[0, ears, 1] = standing[0, ears, 1].mean()
    assert _facing(side) == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("joint", ["left_shoulder", "right_hip"])
def test_unknown_without_the_torso(standing, joint):
    lacking = standing.copy()
    lacking[:, COCO17.index(joint)] = (-1, -1, 0)
    assert _facing(lacking) == 0


def test_turning_away_is_from_face_to_back(standing):
    front, back = standing, _from_behind(standing)
    for source, target, expected in (
        (front, back, True),
        (back, front, False),
        (front, front, False),
    ):
        poses = (*joint_positions(source, COCO17), *joint_positions(target, COCO17))
        assert np.asarray(turns_away(*poses, COCO17)).tolist() == [expected]


@pytest.mark.parametrize(
    ("source_behind", "target_behind"), [(False, True), (True, False), (False, False), (True, True)]
)
def test_a_head_is_drawn_only_where_the_source_shows_its_back(
    standing, source_behind, target_behind
):
    """Where a person turns away, the head's candidate stays in use and shows hair."""
    source, target = (
        _from_behind(standing) if behind else standing for behind in (source_behind, target_behind)
    )
    transforms = region_transforms(source, target, COCO17, body="solid")
    matte = np.ones((1, len(REGION_NAMES), *SIZE), np.float32)
    prior = np.asarray(
        candidate_prior(source, target, transforms, SIZE, COCO17, matte, body="solid")
    )[0]
    middle = tuple(standing[0, COCO17.index("nose"), :2].round().astype(int))
    head, background, drawn = (
        prior[middle][k] for k in (REGION_NAMES.index("head"), len(REGION_NAMES), -1)
    )
    drawn_only = source_behind and not target_behind
    assert head == pytest.approx(1e-6 if drawn_only else 1, rel=1e-3)
    # The decoder draws what cannot be copied; the background does not show through.
    assert drawn == np.float32(DRAWN)
    assert background == np.float32(LEAST)
