import numpy as np

from deformable_gan.geometry.stick_figure import stick_figure
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18


def test_agrees_with_the_original(reference):
    expected = reference.results["stickman"].astype(np.float32)
    figures = stick_figure(reference.target[: len(expected)], reference.size, OPENPOSE18)
    different = (np.asarray(figures) != expected).any(-1)
    # The differing pixels lie on the edges of lines.
    assert different.mean() < 1e-3
    assert different.mean((1, 2)).max() < 3e-3


def test_layouts_agree(reference):
    np.testing.assert_array_equal(
        stick_figure(reference.target[:8], reference.size, OPENPOSE18),
        stick_figure(reference.target_coco17[:8], reference.size, COCO17),
    )


def test_channels_by_hand(standing):
    figure = np.asarray(stick_figure(standing, (128, 64), COCO17))[0]
    # Right knee to ankle (92..118, 25) and left (92..118, 39), one pixel to either side.
    np.testing.assert_array_equal(np.argwhere(figure[100, :, 0])[:, 0], [24, 25, 26])
    np.testing.assert_array_equal(np.argwhere(figure[100, :, 1])[:, 0], [38, 39, 40])
    # The torso spans columns 22-42 at the shoulders and 26-38 at the hips, edges included.
    np.testing.assert_array_equal(np.argwhere(figure[30, :, 2])[:, 0], np.arange(22, 43))
    np.testing.assert_array_equal(np.argwhere(figure[66, :, 2])[:, 0], np.arange(26, 39))
    # Neck (30, 32) to nose (18, 32), at half strength in both side channels.
    np.testing.assert_array_equal(figure[25, 31:34, :2], np.full((3, 2), 0.5))
    assert set(np.unique(figure)) == {0, 0.5, 1}


def test_glances_need_both_eyes_and_the_torso_all_its_joints(standing):
    # Only the line from the nose to the eye reaches column 34.
    assert np.asarray(stick_figure(standing, (128, 64), COCO17))[0, 16, 34, 1] == 0.5
    one_eyed = standing.copy()
    one_eyed[:, COCO17.index("right_eye"), 2] = 0
    assert np.asarray(stick_figure(one_eyed, (128, 64), COCO17))[0, 16, 34, 1] == 0
    standing[:, COCO17.index("left_hip"), 2] = 0
    assert not np.asarray(stick_figure(standing, (128, 64), COCO17))[..., 2].any()


def test_wide_images_have_wider_lines(standing):
    standing[..., :2] *= 4
    figure = np.asarray(stick_figure(standing, (512, 256), COCO17))[0]
    np.testing.assert_array_equal(np.argwhere(figure[420, :, 0])[:, 0], np.arange(94, 107))
