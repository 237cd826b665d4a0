"""The drawn solids, compared with plane geometry."""

import numpy as np
import pytest

from deformable_gan.dancers.sweep import PROFILE_SAMPLES, Canvas, Sweep

GREY = np.full((96, 96, 3), 128, np.uint8)


def make_sweep(**changes):
    settings = {
        "start": np.array([48.0, 20.0]),
        "end": np.array([48.0, 70.0]),
        "radius": np.full(PROFILE_SAMPLES, 12.0),
        "depth_ratio": 1.0,
        "front": (0.0, 0.0),
        "texture": np.full((40, 80, 3), (200, 30, 30), np.uint8),
        "part": 3,
        "depth": 0.0,
    }
    return Sweep(**{**settings, **changes})


def spotted_texture(row, column):
    texture = np.full((100, 200, 3), (40, 40, 40), np.uint8)
    texture[row - 3 : row + 4, column - 3 : column + 4] = (40, 250, 40)
    return texture


def spot_center(image):
    excess = image[..., 1].astype(float) - image[..., 0]
    excess[excess < 40] = 0
    assert excess.sum() > 0
    y, x = np.mgrid[0 : image.shape[0], 0 : image.shape[1]]
    return np.array([(excess * x).sum(), (excess * y).sum()]) / excess.sum()


def test_capsule_covers_its_area():
    canvas = Canvas(GREY)
    # The axis is moved by half a pixel, so that the outline runs between pixels.
    canvas.paint(make_sweep(start=np.array([47.5, 19.5]), end=np.array([47.5, 69.5])))
    # A rectangle of 24 x 50 and two half discs of radius 12.
    assert (canvas.parts == 3).sum() == pytest.approx(24 * 50 + np.pi * 12**2, rel=0.02)


def test_flat_caps_end_where_the_axis_ends():
    canvas = Canvas(GREY)
    canvas.paint(make_sweep(caps=(0.05, 0.05)))
    assert (canvas.parts == 3).sum() == pytest.approx(24 * 50, rel=0.06)


@pytest.mark.parametrize("front", [0.0, np.pi / 2, 0.7])
def test_width_of_a_turned_ellipse(front):
    canvas = Canvas(GREY)
    canvas.paint(make_sweep(depth_ratio=0.5, front=(front, front)))
    width = (canvas.parts[45] == 3).sum()
    assert width == pytest.approx(2 * np.hypot(12 * np.cos(front), 6 * np.sin(front)), abs=1.5)


@pytest.mark.parametrize("turn", np.radians([0, 35, 90, 160, 250]))
def test_texture_turns_with_the_axis(turn):
    along = np.array([np.sin(turn), np.cos(turn)])
    lateral = np.array([along[1], -along[0]])
    start = 48 - 25 * along
    canvas = Canvas(GREY)
    canvas.paint(make_sweep(start=start, end=start + 50 * along, texture=spotted_texture(30, 118)))
    # Row 30 of 100 along 50 pixels; 18 of 200 columns right of the front on a radius of 12.
    expected = start + 15 * along + 12 * np.sin(18.5 / 200 * 2 * np.pi) * lateral
    np.testing.assert_allclose(spot_center(canvas.image), expected, atol=0.7)


def test_texture_turns_about_the_axis():
    canvas = Canvas(GREY)
    canvas.paint(make_sweep(front=(0.6, 0.6), texture=spotted_texture(50, 100)))
    expected = (48 + 12 * np.sin(0.6), 45)
    np.testing.assert_allclose(spot_center(canvas.image), expected, atol=0.7)


def test_back_of_the_texture_is_not_seen():
    canvas = Canvas(GREY)
    canvas.paint(make_sweep(front=(np.pi, np.pi), texture=spotted_texture(50, 100)))
    assert np.all(canvas.image[..., 1] <= 128)


def test_surface_point_is_where_the_texture_is_drawn():
    sweep = make_sweep(
        start=np.array([30.0, 25.0]),
        end=np.array([62.0, 68.0]),
        depth_ratio=1.3,
        front=(0.4, 0.4),
        texture=spotted_texture(40, 90),
    )
    canvas = Canvas(GREY)
    canvas.paint(sweep)
    point = sweep.surface_point(0.405, (90.5 / 200 - 0.5) * 2 * np.pi)
    np.testing.assert_allclose(spot_center(canvas.image), point, atol=0.8)


def test_nearer_solid_hides_farther_one():
    canvas = Canvas(GREY)
    canvas.paint(make_sweep(part=1))
    canvas.paint(make_sweep(part=2, radius=np.full(PROFILE_SAMPLES, 5.0)))
    assert canvas.parts[45, 48] == 2
    assert canvas.parts[45, 57] == 1


def test_solid_outside_the_canvas_changes_nothing():
    canvas = Canvas(GREY)
    canvas.paint(make_sweep(start=np.array([-80.0, 10.0]), end=np.array([-60.0, 40.0])))
    np.testing.assert_array_equal(canvas.image, GREY)


def test_solid_seen_end_on_is_a_disc():
    canvas = Canvas(GREY)
    canvas.paint(make_sweep(end=np.array([48.0, 20.0])))
    assert (canvas.parts == 3).sum() == pytest.approx(np.pi * 12**2, rel=0.04)
