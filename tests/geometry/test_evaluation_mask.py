import numpy as np
from scipy import ndimage

from deformable_gan.geometry.evaluation_mask import evaluation_mask
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18, convert_keypoints


def test_agrees_with_the_original(reference):
    masks = np.asarray(evaluation_mask(reference.target, reference.size, OPENPOSE18))
    expected = reference.results["evaluation_mask"]
    assert masks.shape == expected.shape
    # In one set of poses 3e-6 of the pixels or less differ, in another 1.3e-5. All of these pixels
    # lie on an edge, where rounding decides.
    assert (masks != expected).mean() < 1e-4


def test_without_a_neck_the_middle_of_the_shoulders_serves(reference):
    masks = np.asarray(evaluation_mask(reference.target_coco17, reference.size, COCO17))
    # Some of the reference's poses lack the neck although both shoulders are seen; the other necks
    # lie near the shoulders' middle.
    assert (masks != reference.results["evaluation_mask"]).mean() < 5e-3


def test_layouts_agree_where_the_neck_is_the_middle(standing):
    converted = convert_keypoints(standing, COCO17, OPENPOSE18)
    np.testing.assert_array_equal(
        evaluation_mask(standing, (128, 64), COCO17),
        evaluation_mask(converted, (128, 64), OPENPOSE18),
    )


def test_single_joint_is_a_closed_disc():
    keypoints = np.zeros((1, 17, 3), np.float32)
    keypoints[0, 9] = (20, 15, 0.9)
    mask = np.asarray(evaluation_mask(keypoints, (40, 30), COCO17))[0]
    y, x = np.mgrid[:40, :30]
    disc = (y - 20) ** 2 + (x - 15) ** 2 < 16
    closed = ndimage.binary_closing(disc, np.ones((5, 5)))
    np.testing.assert_array_equal(mask, closed)


def test_nobody_is_empty():
    keypoints = np.zeros((2, 17, 3), np.float32)
    assert not np.asarray(evaluation_mask(keypoints, (32, 32), COCO17)).any()
