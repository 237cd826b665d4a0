import numpy as np
import pytest

from deformable_gan.pose.body_box import BodyBox
from deformable_gan.pose.person_crop import PersonCrop


def test_the_whole_image_at_its_size_is_the_image():
    image = np.random.default_rng(0).integers(0, 255, (12, 20, 3), np.uint8)
    crop = PersonCrop(-0.5, -0.5, 12, 20, (12, 20))
    np.testing.assert_array_equal(crop.apply(image), image)
    joints = np.array([[3.25, 7.5, 0.9]], np.float32)
    np.testing.assert_allclose(crop.to_crop(joints), joints, atol=1e-6)


def test_whole_pixels_are_cut_and_borders_repeated():
    image = np.arange(6 * 5 * 3, dtype=np.uint8).reshape(6, 5, 3)
    crop = PersonCrop(1.5, 0.5, 3, 2, (3, 2))  # rows 2 to 4, columns 1 and 2
    np.testing.assert_array_equal(crop.apply(image), image[2:5, 1:3])
    outside = PersonCrop(-2.5, 2.5, 4, 4, (4, 4))  # rows -2 to 1, columns 3 to 6
    rows, columns = [0, 0, 0, 1], [3, 4, 4, 4]
    np.testing.assert_array_equal(outside.apply(image), image[np.ix_(rows, columns)])
    far = PersonCrop(100, 100, 2, 2, (2, 2))
    np.testing.assert_array_equal(far.apply(image), np.broadcast_to(image[5, 4], (2, 2, 3)))


def test_shrinking_averages():
    image = np.zeros((64, 64, 3), np.uint8)
    image[::2] = 200
    small = PersonCrop(-0.5, -0.5, 64, 64, (16, 16)).apply(image)
    np.testing.assert_allclose(small[2:-2, 2:-2], 100, atol=2)


@pytest.mark.parametrize(
    "crop",
    [
        PersonCrop(10.3, 20.7, 61.0, 34.3, (128, 72)),  # enlarges
        PersonCrop(5.2, 3.9, 192.0, 108.0, (128, 72)),  # shrinks by 1.5
        PersonCrop(0.4, 1.1, 210.0, 118.1, (64, 36)),  # shrinks by more
    ],
)
def test_pixels_and_joints_move_alike(crop):
    """On ramps a pixel's value is its position: resampled pixels must be where joints are."""
    y, x = np.mgrid[0:230, 0:140]
    image = np.stack([y, x, y * 0], axis=-1).astype(np.uint8)
    rows, columns = np.mgrid[0 : crop.output_size[0], 0 : crop.output_size[1]]
    places = crop.from_crop(np.stack([rows, columns, rows * 0 + 1], axis=-1))
    # 0.5 for rounding to uint8, and a little for the filter's own finite precision.
    np.testing.assert_allclose(crop.apply(image)[..., :2], places[..., :2], atol=0.75)


def test_hand_computed_joints_and_inverse():
    crop = PersonCrop(top=9.5, left=-0.5, height=64, width=36, output_size=(128, 72))
    # Two output pixels per image pixel: image pixel 10 covers output rows 0 and 1.
    np.testing.assert_allclose(crop.to_crop([[10, 0, 0.7]]), [[0.5, 0.5, 0.7]], rtol=1e-6)
    np.testing.assert_allclose(crop.to_crop([[73, 35, 0]]), [[126.5, 70.5, 0]], rtol=1e-6)
    joints = np.random.default_rng(1).uniform(-50, 150, (7, 17, 3)).astype(np.float32)
    np.testing.assert_allclose(crop.from_crop(crop.to_crop(joints)), joints, atol=1e-4)
    assert crop.to_crop(joints).dtype == np.float32


def test_crops_round_boxes_have_the_outputs_shape():
    tall = PersonCrop.around(BodyBox(10, 40, 138, 60), (128, 72))
    assert (tall.top, tall.left, tall.height, tall.width) == pytest.approx((10, 14, 128, 72))
    wide = PersonCrop.around([BodyBox(60, 10, 70, 100), BodyBox(65, 40, 80, 154)], (128, 72))
    assert (wide.top, wide.left, wide.height, wide.width) == pytest.approx((-58, 10, 256, 144))
    with pytest.raises(ValueError, match="at least one box"):
        PersonCrop.around([], (128, 72))


def test_crops_move_into_the_image_as_far_as_they_can():
    crop = PersonCrop(-10, 90, 50, 40, (10, 8)).within((100, 120))
    assert (crop.top, crop.left, crop.height) == (-0.5, 79.5, 50)
    longer = PersonCrop(-30, 0, 120, 40, (12, 4)).within((100, 120))
    assert longer.top == pytest.approx(-20.5)  # ends with the image
    inside = PersonCrop(3, 4, 50, 40, (10, 8))
    assert inside.within((100, 120)) == inside


def test_crops_a_little_too_large_are_shrunk_into_the_image():
    crop = PersonCrop(-9.5, 20, 105, 63, (10, 6)).fitted((100, 120))
    assert (crop.top, crop.height, crop.width) == pytest.approx((-0.5, 100, 60))
    assert crop.left == pytest.approx(21.5)  # around its middle
    much = PersonCrop(-50.5, 20, 200, 120, (10, 6)).fitted((100, 120))
    assert (much.top, much.height, much.width) == pytest.approx((-40.5, 180, 108))
    inside = PersonCrop(3, 4, 50, 30, (10, 6))
    assert inside.fitted((100, 120)) == inside


def test_empty_crops_are_refused():
    with pytest.raises(ValueError, match="positive"):
        PersonCrop(0, 0, 0, 10, (128, 72))


def test_pixels_covered_by_hand():
    # From -0.5 to 3.5 down, from 1.5 to 3.5 across: rows 0 to 3, columns 2 and 3.
    crop = PersonCrop(-0.5, 1.5, 4, 2, (8, 4))
    covered = crop.covers((5, 6))
    expected = np.zeros((5, 6), bool)
    expected[:4, 2:4] = True
    np.testing.assert_array_equal(covered, expected)
    assert crop.grown(0.5) == PersonCrop(-2.5, 0.5, 8, 4, (8, 4))
