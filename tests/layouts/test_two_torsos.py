"""A torso divided into two regions at a waist, whose joints are means of other joints."""

import numpy as np
import pytest

from deformable_gan.geometry.region_masks import region_masks
from deformable_gan.geometry.region_transforms import region_transforms
from deformable_gan.pose.region import REGIONS, Region
from deformable_gan.pose.skeleton import COCO17, Skeleton

_WAIST = ("left_waist", "right_waist")
TWO_TORSOS = Skeleton(
    "coco17-two-torsos",
    COCO17.joints,
    derived=tuple(
        (f"{side}_waist", (f"{side}_shoulder", f"{side}_hip")) for side in ("left", "right")
    ),
    regions=(
        Region("chest", "torso", ("left_shoulder", "right_shoulder", *_WAIST)),
        Region("belly", "torso", ("left_hip", "right_hip", *_WAIST)),
        *REGIONS[1:],
    ),
)


@pytest.fixture
def poses():
    """A standing person, and the same person with the shoulders 6 pixels further to the right."""
    places = {"shoulder": (20, 4), "hip": (40, 3), "knee": (50, 3), "ankle": (60, 3)}
    places |= {"elbow": (28, 6), "wrist": (36, 6), "eye": (9, 1), "ear": (9, 2)}
    pose = np.ones((1, 17, 3), np.float32)
    for index, joint in enumerate(COCO17.joints):
        side, _, kind = joint.partition("_")
        y, x = places[kind] if kind else (11, 0)
        pose[0, index, :2] = y, 18 + (x if side == "left" else -x)
    bent = pose.copy()
    bent[0, COCO17.indices("left_shoulder", "right_shoulder"), 1] += 6
    return pose, bent


def test_each_half_has_a_transform_of_its_own(poses):
    """The waist, halfway between shoulders and hips, moves half as far as the shoulders."""
    pose, bent = poses
    transforms = np.asarray(region_transforms(pose, bent, TWO_TORSOS))[0]
    assert transforms.shape == (11, 8)
    points = {"chest": [(20, 6), (30, 3)], "belly": [(30, 3), (40, 0)]}
    for (name, moved), row in zip(points.items(), transforms[:2], strict=True):
        for y, shift in moved:
            x = 18 + shift
            found = row[0] * x + row[1] * y + row[2], row[3] * x + row[4] * y + row[5]
            np.testing.assert_allclose(found, (18, y), atol=1e-3, err_msg=name)


def test_other_regions_are_as_ever(poses):
    pose, bent = poses
    own = np.asarray(region_transforms(pose, bent, TWO_TORSOS))[0]
    paper = np.asarray(region_transforms(pose, bent, COCO17))[0]
    np.testing.assert_array_equal(own[3:], paper[2:])
    # The sums for the head also contain joints of weight 0, so they are rounded differently.
    np.testing.assert_allclose(own[2], paper[1], rtol=1e-4, atol=1e-4)
    masks = np.asarray(region_masks(pose, (64, 36), TWO_TORSOS))[0]
    assert masks[:2].min() == 1
    paper = np.asarray(region_masks(pose, (64, 36), COCO17))[0]
    np.testing.assert_array_equal(masks[2:], paper[1:])


@pytest.mark.parametrize("aggregation", ["max", "soft"])
def test_a_training_step(train_one_step, aggregation):
    gan, losses = train_one_step(
        TWO_TORSOS,
        generator__composite=True,
        generator__background=False,
        generator__aggregation=aggregation,
    )
    assert gan.generator.composite.candidates[:3] == ("chest", "belly", "head")
    assert all(np.isfinite(value) for value in losses.values())
