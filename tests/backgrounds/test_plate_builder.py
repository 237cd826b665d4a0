"""A known scene, and people as grey rectangles in front of it: the plate is the scene."""

import numpy as np
import pytest

from deformable_gan.backgrounds.person_area import person_area
from deformable_gan.backgrounds.plate_builder import PlateBuilder
from deformable_gan.pose.skeleton import COCO17

SIZE = (120, 200)


def scene(shift=0, seed=0):
    """Return blocks of random colours, moved to the left by `shift` pixels."""
    blocks = np.random.default_rng(seed).integers(0, 256, (15, 40, 3), np.uint8)
    large = blocks.repeat(8, axis=0).repeat(8, axis=1)
    return np.ascontiguousarray(large[:, 40 + shift : 240 + shift])


def joints_at(x):
    """Return the joints of an upright figure about 60 pixels tall, centred on a given column."""
    places = {"nose": (34, 0)}
    for side, sign in (("left", 1), ("right", -1)):
        places |= {f"{side}_eye": (33, sign), f"{side}_ear": (33, 2 * sign)}
        for joint, (y, out) in {
            **{"shoulder": (42, 4), "elbow": (50, 5), "wrist": (57, 5)},
            **{"hip": (60, 3), "knee": (74, 3), "ankle": (88, 3)},
        }.items():
            places[f"{side}_{joint}"] = (y, sign * out)
    return np.array([(places[n][0], x + places[n][1], 1.0) for n in COCO17.joints])


def frame(x, background, noise=None):
    """Return the background with a person at column x, drawn as a grey rectangle."""
    image = background.copy()
    image[30:92, x - 5 : x + 6] = 128
    if noise is not None:
        image = (image + noise.normal(0, 2, image.shape)).clip(0, 255).astype(np.uint8)
    return image


def plate_of(columns, backgrounds=None, **options):
    builder = PlateBuilder(COCO17, **options)
    for number, x in enumerate(columns):
        background = scene() if backgrounds is None else backgrounds[number]
        builder.add(frame(x, background), joints_at(x))
    return builder.build()


def test_the_figure_lies_in_its_area():
    area = person_area(joints_at(100), SIZE, COCO17)
    assert area[30:92, 95:106].all()


def test_where_it_was_seen_the_plate_is_the_scene():
    columns = [60, 70, 80, 90, 140]
    plate = plate_of(columns)
    areas = [person_area(joints_at(x), SIZE, COCO17) for x in columns]
    np.testing.assert_array_equal(plate.unseen, np.all(areas, axis=0))
    assert not plate.unseen.any()
    np.testing.assert_array_equal(plate.image, scene())
    assert plate.still
    assert plate.change == 0
    assert plate.frames == 5
    assert plate.unseen_share == 0


def test_what_is_never_seen_is_marked_and_filled_in():
    columns = [100, 102, 104]
    plate = plate_of(columns)
    areas = [person_area(joints_at(x), SIZE, COCO17) for x in columns]
    unseen = np.all(areas, axis=0)
    assert unseen.sum() > 500
    np.testing.assert_array_equal(plate.unseen, unseen)
    np.testing.assert_array_equal(plate.image[~unseen], scene()[~unseen])
    assert plate.unseen_share == pytest.approx(unseen.mean())
    # The grey rectangle is gone, because it lies within the person's area.
    assert (plate.image[unseen] == 128).all(axis=-1).mean() < 0.05


def test_noise_and_few_people_do_not_make_a_camera_move():
    rng = np.random.default_rng(1)
    builder = PlateBuilder(COCO17)
    for number, x in enumerate(range(40, 160, 6)):
        image = frame(x, scene(), rng)
        image[20:60, 10:14] = number * 12  # another person, whose joints are not given
        builder.add(image, joints_at(x))
    plate = builder.build()
    assert plate.still
    assert plate.change < 0.02
    assert np.abs(plate.image[:, 20:].astype(int) - scene()[:, 20:]).max() <= 5


@pytest.mark.parametrize("step", [-1, 1, 3])
def test_a_moving_camera_is_detected(step):
    backgrounds = [scene(number * step) for number in range(12)]
    plate = plate_of(range(60, 120, 5), backgrounds)
    assert not plate.still
    assert plate.change > 0.15


def test_a_jump_at_the_beginning_does_not_spoil_the_plate():
    backgrounds = [scene(seed=5)] * 2 + [scene()] * 10
    columns = [20, 30, *range(60, 160, 10)]
    plate = plate_of(columns, backgrounds)
    assert plate.still
    assert plate.frames == 10
    np.testing.assert_array_equal(plate.image, scene())


def test_several_people_are_left_out():
    builder = PlateBuilder(COCO17)
    for first, second in ((30, 150), (60, 120), (90, 180)):
        image = frame(first, frame(second, scene()))
        builder.add(image, joints_at(first), joints_at(second))
    np.testing.assert_array_equal(builder.build().image, scene())


def test_a_frame_without_people_counts_everywhere():
    builder = PlateBuilder(COCO17)
    builder.add(frame(100, scene()), joints_at(100))
    builder.add(scene())
    plate = builder.build()
    assert not plate.unseen.any()
    np.testing.assert_array_equal(plate.image, scene())


def test_of_a_long_clip_frames_from_beginning_to_end_are_held():
    builder = PlateBuilder(COCO17, most_frames=8)
    for number in range(100):
        image = np.full((40, 40, 3), number, np.uint8)
        builder.add(image)
    # Every sixteenth frame: 0, 16, … 96. Their median is the fourth.
    plate = builder.build()
    assert (plate.image == 48).all()


def test_large_frames_are_scaled_down_and_the_plate_has_their_size():
    y, x = np.mgrid[:240, :400]
    ramp = np.stack([y / 2, x / 2, 255 - y / 2 - x / 4], axis=-1).round().astype(np.uint8)
    builder = PlateBuilder(COCO17, most_pixels=6000)
    for place in (120, 200, 280):
        builder.add(frame(place, ramp), joints_at(place))
    plate = builder.build()
    assert plate.image.shape == (240, 400, 3)
    assert plate.unseen.shape == (240, 400)
    assert not plate.unseen.any()
    # Averaging and cubic interpolation keep a ramp, except at the border and for rounding.
    assert np.abs(plate.image.astype(int) - ramp)[4:-4, 4:-4].max() <= 2


def test_errors():
    builder = PlateBuilder(COCO17)
    with pytest.raises(ValueError, match="at least one frame"):
        builder.build()
    builder.add(scene())
    with pytest.raises(ValueError, match="one size"):
        builder.add(scene()[:50])
    with pytest.raises(ValueError, match="uint8"):
        builder.add(scene().astype(np.float32))
    with pytest.raises(ValueError, match="most_frames"):
        PlateBuilder(COCO17, most_frames=1)
