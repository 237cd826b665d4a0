import numpy as np

from deformable_gan.geometry.attention_map import attention_map
from deformable_gan.geometry.background_mask import person_mask
from deformable_gan.pose.skeleton import COCO17

SIZE = (128, 64)


def test_the_person_alone_counts(standing):
    weights = np.asarray(attention_map(standing, SIZE, COCO17))
    person = np.asarray(person_mask(standing, SIZE, COCO17)) > 0
    np.testing.assert_allclose(weights.mean(axis=(1, 2)), 1, rtol=1e-5)
    assert (weights[person] > 0).all()
    # The whole person has one weight, and so has the part of a hand beyond the person's margin.
    assert np.unique(weights[0][weights[0] > 0]).size == 1


def test_head_and_hands_count_as_often_as_asked(standing):
    weights = np.asarray(attention_map(standing, SIZE, COCO17, 4.0))[0]
    joints = {name: standing[0, i, :2].round().astype(int) for i, name in enumerate(COCO17.joints)}
    rest = weights[tuple(joints["right_knee"])]  # the hips are within reach of the hands
    for joint in ("nose", "left_wrist", "right_wrist"):
        np.testing.assert_allclose(weights[tuple(joints[joint])], 4 * rest, rtol=1e-6)
    np.testing.assert_allclose(weights[tuple(joints["left_ankle"])], rest, rtol=1e-6)


def test_missing_wrists_have_no_hands(standing):
    lacking = standing.copy()
    for joint in ("left_wrist", "right_wrist"):
        lacking[:, COCO17.index(joint)] = 0
    weights = np.asarray(attention_map(lacking, SIZE, COCO17, 4.0))[0]
    assert np.isfinite(weights).all()
    y, x = standing[0, COCO17.index("left_wrist"), :2].round().astype(int)
    assert weights[y, x] < weights.max()
