import numpy as np

from deformable_gan.metrics.pose_agreement import HEAD_SIZE, pose_agreement
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18, convert_keypoints


def standing(height=100.0):
    """A person whose shoulders are `height` pixels above the hips, all joints seen."""
    rng = np.random.default_rng(0)
    joints = np.concatenate([rng.uniform(0, 200, (17, 2)), np.ones((17, 1))], axis=1)
    for side, x in (("left", 60), ("right", 40)):
        joints[COCO17.index(f"{side}_shoulder"), :2] = (50, x)
        joints[COCO17.index(f"{side}_hip"), :2] = (50 + height, x)
    return joints


def moved(joints, name, y=0.0, x=0.0):
    joints = joints.copy()
    joints[COCO17.index(name), :2] += (y, x)
    return joints


HALF_A_HEAD = 100 * HEAD_SIZE / 2


def test_the_pose_itself():
    target = standing()[None]
    agreement = pose_agreement(target, COCO17, target, COCO17)
    assert agreement.joints.tolist() == agreement.hits.tolist() == [17]
    np.testing.assert_allclose(agreement.error, [0], atol=1e-5)  # joints are float32


def test_half_a_head_decides():
    target = standing()
    estimated = np.stack(
        [
            moved(target, "left_wrist", y=HALF_A_HEAD * 0.99),
            moved(target, "left_wrist", y=HALF_A_HEAD * 1.01),
            moved(target, "nose", 3 * 0.99 / 5 * HALF_A_HEAD, 4 * 0.99 / 5 * HALF_A_HEAD),
        ]
    )
    agreement = pose_agreement(estimated, COCO17, np.stack([target] * 3), COCO17)
    assert agreement.hits.tolist() == [17, 16, 17]
    np.testing.assert_allclose(agreement.error, [0.495, 0.505, 0.495], rtol=1e-4)


def test_half_a_head_is_near_a_fifth_of_the_torso():
    assert 0.2 < HEAD_SIZE / 2 < 0.24


def test_unsure_joints_are_not_hits_but_have_a_distance():
    target = standing()
    estimated = moved(target, "nose", y=10)
    estimated[COCO17.index("nose"), 2] = 0.2
    agreement = pose_agreement(estimated[None], COCO17, target[None], COCO17)
    assert agreement.hits.tolist() == [16]
    np.testing.assert_allclose(agreement.error, [10 / (100 * HEAD_SIZE)], rtol=1e-5)


def test_joints_the_target_lacks_do_not_count():
    target = standing()
    target[COCO17.index("left_ankle")] = 0
    agreement = pose_agreement(standing()[None] + 300, COCO17, target[None], COCO17)
    assert agreement.joints.tolist() == [16]
    assert agreement.hits.tolist() == [0]


def test_without_a_torso_nothing_counts():
    target = standing()
    for side in ("left", "right"):
        target[COCO17.index(f"{side}_hip")] = 0
    agreement = pose_agreement(standing()[None], COCO17, target[None], COCO17)
    assert (agreement.joints.tolist(), agreement.error.tolist()) == ([0], [0])


def test_the_original_layout_without_its_neck():
    target = standing()
    estimated = moved(target, "right_knee", x=1000)
    for layout in (COCO17, OPENPOSE18):
        in_layout = convert_keypoints(target, COCO17, layout)[None]
        agreement = pose_agreement(estimated[None], COCO17, in_layout, layout)
        assert agreement.joints.tolist() == [17]
        assert agreement.hits.tolist() == [16]
