"""Places, and the parts that moving cameras see."""

from dataclasses import replace

import numpy as np
import pytest

from deformable_gan.dancers.camera import Camera
from deformable_gan.dancers.places.floors import paint_floor
from deformable_gan.dancers.places.outdoors import OUTDOORS
from deformable_gan.dancers.places.place import Place
from deformable_gan.dancers.places.scenery import _WALLS, Scenery

BARE = Scenery("plain", (255, 255, 255), "none", (0, 0, 0), 0.2, 0, 0.0, 0.0, 1)
FLOORS = ("none", "cove", "even", "boards", "tiles", "carpet", "grass", "ground", "paving")


def test_bare_white_is_white():
    assert np.all(BARE.paint(128, 72, 120.0, 100.0) == 255)


def test_floor_begins_above_the_feet():
    place = replace(BARE, floor="even", floor_color=(0, 0, 200), distance=0.25)
    picture = place.paint(200, 100, 180.0, 100.0)
    blue = (picture[..., 2].astype(int) - picture[..., 0] > 60).mean(axis=1) > 0.5
    assert np.flatnonzero(blue)[0] == pytest.approx(180 - 25, abs=6)
    assert blue[-1]


@pytest.mark.parametrize(("wall", "floor"), zip(_WALLS, [*FLOORS, *FLOORS], strict=False))
def test_every_kind_at_every_shape(wall, floor):
    place = replace(BARE, wall=wall, floor=floor, things=6, unevenness=0.2, defocus=0.01)
    for size in ((96, 54), (33, 120)):
        picture = place.paint(*size, 0.9 * size[0], 0.8 * size[0])
        assert picture.shape == (*size, 3)
        assert picture.dtype == np.uint8
        np.testing.assert_array_equal(picture, place.paint(*size, 0.9 * size[0], 0.8 * size[0]))


def test_floors_paint_below_the_horizon_only_but_for_its_edge():
    picture = np.full((100, 60, 3), 128, np.float32)
    paint_floor(picture, "carpet", (10, 200, 10), 70, 80.0, np.random.default_rng(0))
    np.testing.assert_array_equal(picture[:50].round(), 128)
    assert np.all(picture[75:, :, 1] > picture[75:, :, 0])


def test_drawn_places_are_of_every_kind():
    rng = np.random.default_rng(0)
    places = [Scenery.random(rng) for _ in range(400)]
    assert {one.wall for one in places} == set(_WALLS)
    assert {one.floor for one in places} == set(FLOORS)
    assert all((one.floor in ("grass", "ground", "paving")) == (one.wall in OUTDOORS)
               for one in places)  # fmt: skip
    white = [one for one in places if one.wall == "plain" and min(one.wall_color) >= 235]
    assert len(white) > 30


def test_a_camera_that_moves_sees_the_place_move():
    place = replace(BARE, wall="street", floor="paving", things=3)
    still = Camera(100.0, (35.5, 120.0))
    seen = Place(place, (128, 72), still, 1, moving=True)
    # Everything moves 10 pixels to the right and 4 down.
    moved = seen.seen_by(Camera(100.0, (45.5, 124.0)))
    np.testing.assert_array_equal(moved[4:, 10:], seen.seen_by(still)[:-4, :-10])


def test_a_nearer_camera_sees_a_part_enlarged():
    place = replace(BARE, wall="gradient", floor="none")
    still = Camera(50.0, (40.0, 64.0))
    seen = Place(place, (128, 80), still, 1, moving=True)
    near = seen.seen_by(Camera(100.0, (40.0, 64.0))).astype(int)
    # Everything is twice as far from the origin (40, 64).
    far = seen.seen_by(still).astype(int)
    np.testing.assert_allclose(near[64 - 40 : 64 + 40 : 2, ::2], far[44:84, 20:60], atol=2)


def test_a_camera_that_stands_still_sees_one_picture():
    still = Camera(100.0, (35.5, 120.0))
    seen = Place(replace(BARE, wall="bricks"), (128, 72), still, 2, moving=False)
    assert seen.seen_by(still).shape == (256, 144, 3)
    np.testing.assert_array_equal(seen.seen_by(Camera(90.0, (30.0, 110.0))), seen.seen_by(still))
