"""Holes filled from their surroundings: lines continue, texture stays, the rest is unchanged."""

import cv2
import numpy as np
import pytest

from deformable_gan.backgrounds.fill_hole import fill_hole


@pytest.fixture
def hole():
    hole = np.zeros((90, 120), bool)
    hole[20:80, 45:75] = True
    return hole


def picture(rows):
    """Return an image whose rows have these grey levels."""
    return np.repeat(np.repeat(np.uint8(rows)[:, None, None], 120, axis=1), 3, axis=2)


def test_pixels_outside_stay(hole):
    image = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
    before = image.copy()
    filled = fill_hole(image, hole)
    np.testing.assert_array_equal(image, before)
    np.testing.assert_array_equal(filled[~hole], image[~hole])
    assert filled.dtype == np.uint8


def test_what_was_in_the_hole_does_not_matter(hole):
    image = np.random.default_rng(1).integers(0, 256, (90, 120, 3), np.uint8)
    other = image.copy()
    other[hole] = 255 - other[hole]
    np.testing.assert_array_equal(fill_hole(image, hole), fill_hole(other, hole))


@pytest.mark.parametrize("grey", [0, 77, 255])
def test_a_plain_image_is_filled_exactly(hole, grey):
    image = np.full((90, 120, 3), grey, np.uint8)
    image[hole] = 128
    assert np.all(fill_hole(image, hole) == grey)


@pytest.mark.parametrize("turned", [False, True])
def test_a_floor_runs_on_behind_the_hole(hole, turned):
    truth = picture([200] * 55 + [60] * 35)
    if turned:
        truth, hole = (np.ascontiguousarray(array.swapaxes(0, 1)) for array in (truth, hole))
    image = truth.copy()
    image[hole] = (255, 0, 0)
    error = np.abs(fill_hole(image, hole).astype(int) - truth)[hole]
    inpainted = cv2.inpaint(image, hole.astype(np.uint8), 3, cv2.INPAINT_TELEA)
    assert error.mean() < 0.4 * np.abs(inpainted.astype(int) - truth)[hole].mean()
    assert np.median(error) <= 4


def test_texture_is_as_strong_inside_as_outside(hole):
    noise = np.random.default_rng(2).normal(0, 30, (90, 120, 1))
    image = (128 + np.repeat(noise, 3, axis=2)).clip(0, 255).astype(np.uint8)
    filled = fill_hole(image, hole)
    # Streaks would make neighbours along one of the axes alike.
    for axis in (0, 1):
        inside = np.abs(np.diff(filled[20:80, 45:75, 0].astype(float), axis=axis)).mean()
        outside = np.abs(np.diff(image[..., 0].astype(float), axis=axis)).mean()
        assert 0.4 < inside / outside < 1.1


def test_an_object_beside_the_hole_is_not_doubled(hole):
    image = np.full((90, 120, 3), 200, np.uint8)
    image[:, 85:88] = 0  # a post: mirrored at the hole's edge it would stand in columns 62 to 64
    filled = fill_hole(image, hole)
    assert filled[hole].min() > 190


def test_corners_that_no_row_or_column_reaches_are_filled():
    image = np.full((20, 30, 3), 50, np.uint8)
    hole = np.ones((20, 30), bool)
    hole[12, 7] = False
    image[hole] = 200
    assert np.all(fill_hole(image, hole) == 50)


def test_if_nothing_is_known_the_border_decides():
    image = np.full((20, 30, 3), 200, np.uint8)
    image[0], image[-1], image[:, 0], image[:, -1] = 40, 40, 40, 40
    assert np.all(fill_hole(image, np.ones((20, 30), bool)) == 40)


def test_nothing_to_fill(hole):
    image = np.random.default_rng(3).integers(0, 256, (90, 120, 3), np.uint8)
    filled = fill_hole(image, np.zeros_like(hole))
    np.testing.assert_array_equal(filled, image)
    assert filled is not image


def test_very_large_holes_are_filled_at_a_smaller_size():
    truth = np.full((1500, 1600, 3), 90, np.uint8)
    truth[900:] = 160
    hole = np.zeros((1500, 1600), bool)
    hole[100:1400, 300:1300] = True
    image = truth.copy()
    image[hole] = 255
    filled = fill_hole(image, hole)
    np.testing.assert_array_equal(filled[~hole], truth[~hole])
    error = np.abs(filled.astype(int) - truth)[hole]
    assert np.median(error) <= 4
    assert error.mean() < 12


@pytest.mark.parametrize(
    ("image", "hole"),
    [
        (np.zeros((9, 9), np.uint8), np.zeros((9, 9), bool)),
        (np.zeros((9, 9, 4), np.uint8), np.zeros((9, 9), bool)),
        (np.zeros((9, 9, 3), np.float32), np.zeros((9, 9), bool)),
        (np.zeros((9, 9, 3), np.uint8), np.zeros((9, 8), bool)),
        (np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9), np.uint8)),
    ],
)
def test_other_shapes_and_types_are_refused(image, hole):
    with pytest.raises(ValueError, match="expected a uint8 image"):
        fill_hole(image, hole)


def test_a_very_large_hole_is_scaled_once(monkeypatch):
    from deformable_gan.backgrounds import fill_hole as module

    monkeypatch.setattr(module, "_MOST_PIXELS", 1 << 14)
    sizes = []
    resize = cv2.resize
    monkeypatch.setattr(cv2, "resize", lambda *a, **k: sizes.append(a[1]) or resize(*a, **k))
    hole = np.zeros((188, 200), bool)
    hole[12:175, 37:162] = True
    fill_hole(np.full((188, 200, 3), 90, np.uint8), hole)
    # The image and the hole are made smaller, and the filled image is enlarged again.
    assert len(sizes) == 3
    assert sizes[0] == sizes[1]
    assert sizes[2] == (200, 188)
