import numpy as np
import pytest

from deformable_gan.pose.skeleton import COCO17
from deformable_gan.visualize import draw_skeleton, image_grid


def keypoints_with(**joints):
    keypoints = np.zeros((17, 3), np.float32)
    for joint, (y, x) in joints.items():
        keypoints[COCO17.index(joint)] = y, x, 0.9
    return keypoints


def test_bones_are_drawn_where_the_joints_are_in_their_sides_colours():
    image = np.full((60, 80, 3), 90, np.uint8)
    keypoints = keypoints_with(
        left_knee=(10, 60), left_ankle=(50, 60), right_knee=(10, 20), right_ankle=(50, 20)
    )
    drawn = draw_skeleton(image, keypoints, COCO17)
    red, _, blue = drawn[30, 60].astype(int)
    assert blue > red + 100  # the person's left is blue
    red, _, blue = drawn[30, 20].astype(int)
    assert red > blue + 100  # and the right is orange
    np.testing.assert_array_equal(drawn[:, 30:50], 90)  # nothing between them
    np.testing.assert_array_equal(image, 90)  # the image given is left alone


def test_joints_at_or_below_the_threshold_take_their_bones_with_them():
    image = np.zeros((40, 40, 3), np.uint8)
    keypoints = keypoints_with(left_knee=(5, 5), left_ankle=(35, 35))
    keypoints[COCO17.index("left_ankle"), 2] = 0.25
    assert draw_skeleton(image, keypoints, COCO17, threshold=0.24)[20, 20].any()
    drawn = draw_skeleton(image, keypoints, COCO17, threshold=0.25)
    assert not drawn[20, 20].any()
    assert drawn[5, 5].any()


def test_scaled_drawing_meets_the_scaled_pixels_centre():
    keypoints = keypoints_with(nose=(10, 6))
    drawn = draw_skeleton(np.zeros((20, 12, 3), np.uint8), keypoints, COCO17, scale=4)
    assert drawn.shape == (80, 48, 3)
    rows, columns = np.nonzero(drawn.any(axis=-1))
    # Pixel 10 covers rows 40 to 43: its centre is 41.5.
    assert (rows.mean(), columns.mean()) == pytest.approx((41.5, 25.5), abs=0.3)


@pytest.mark.parametrize("place", [(1e9, -1e9), (np.nan, 3), (np.inf, 3)])
def test_absurd_joints_do_not_break_the_drawing(place):
    keypoints = keypoints_with(left_knee=(5, 5), left_ankle=place)
    assert draw_skeleton(np.zeros((20, 20, 3), np.uint8), keypoints, COCO17).shape == (20, 20, 3)


def test_grid_places_images_in_rows_and_columns():
    images = [np.full((4, 6, 3), value, np.uint8) for value in (10, 20, 30)]
    grid = image_grid([images[:2], images[2:]], padding=2)
    assert grid.shape == (2 + 2 * (4 + 2), 2 + 2 * (6 + 2), 3)
    expected = np.full(grid.shape, 255, np.uint8)
    expected[2:6, 2:8] = 10
    expected[2:6, 10:16] = 20
    expected[8:12, 2:8] = 30
    np.testing.assert_array_equal(grid, expected)


def test_smaller_images_are_centred_in_their_cells():
    grid = image_grid([[np.zeros((8, 8, 3), np.uint8)], [np.zeros((4, 2, 3), np.uint8)]], padding=1)
    np.testing.assert_array_equal(np.argwhere((grid[10:18, 1:9] == 0).all(-1)).min(0), (2, 3))
    assert (grid[10:18] == 0).all(-1).sum() == 8


def test_titles_stand_above_enlarged_images():
    images = [np.full((128, 72, 3), value, np.uint8) for value in (10, 20)]
    grid = image_grid([images], padding=2, column_titles=["source", "nearest-neighbour loss"])
    header = grid.shape[0] - 4 - 2 * 128
    assert grid.shape[1] == 2 + 2 * (144 + 2)  # 72 pixels are too few for the longest word
    assert header > 20  # two lines
    ink = (grid[:header] < 128).any(axis=(0, 2))
    assert ink[2:146].any()
    assert ink[148:292].any()
    np.testing.assert_array_equal(grid[header + 2 : -2, 2:146], 10)


def test_grid_refuses_what_it_cannot_lay_out():
    with pytest.raises(ValueError, match="at least one image"):
        image_grid([])
    with pytest.raises(ValueError, match="uint8"):
        image_grid([[np.zeros((4, 4, 3), np.float32)]])
