"""Panoramas of a known scene.

The first frame begins at (x, y) = (80, 100) of the scene. Each later frame begins (7, 2) pixels
farther than the previous one.
"""

import cv2
import numpy as np
import pytest

from deformable_gan.backgrounds.camera_motion import follow_camera
from deformable_gan.backgrounds.panorama import Panorama
from deformable_gan.backgrounds.person_area import person_area
from deformable_gan.pose.skeleton import COCO17

SIZE = (160 + 38, 200 + 133)


@pytest.fixture(scope="module")
def clip(moving_camera):
    return moving_camera.clip(moving_camera.DRIFTING)


@pytest.fixture(scope="module")
def panorama(clip, moving_camera):
    pairs = list(zip(*clip, strict=True))
    motion = follow_camera(
        (image, person_area(joints, moving_camera.SIZE, COCO17)) for image, joints in pairs
    )
    frames = ((index, *pair) for index, pair in enumerate(pairs))
    return Panorama.of_frames(frames, motion, COCO17)


@pytest.fixture(scope="module")
def truth(moving_camera):
    return moving_camera.scene()[100 : 100 + SIZE[0], 80 : 80 + SIZE[1]].astype(int)


def test_the_plate_is_the_scene(panorama, truth):
    np.testing.assert_allclose(panorama.plate.image.shape[:2], SIZE, atol=1)
    np.testing.assert_allclose(panorama.corner, 0, atol=1)
    seen = ~panorama.plate.unseen[: SIZE[0], : SIZE[1]]
    assert seen.mean() > 0.75  # two corners were in no frame
    plate = panorama.plate.image[: SIZE[0], : SIZE[1]]
    x, y = panorama.corner
    expected = np.roll(truth, (-y, -x), (0, 1))
    inner = np.zeros_like(seen)
    inner[3 : plate.shape[0] - 3, 3 : plate.shape[1] - 3] = True
    assert np.abs(plate - expected[: plate.shape[0], : plate.shape[1]])[seen & inner].mean() < 3
    assert panorama.plate.still


@pytest.mark.parametrize("index", [0, 11, 19])
def test_steady_frames_show_one_scene_with_the_person_where_they_stood(
    panorama, clip, moving_camera, index
):
    image, joints = clip[0][index], clip[1][index]
    place = panorama.place(index, joints)
    x, y = panorama.corner
    np.testing.assert_allclose(
        place[:, :2], joints[:, :2] + (2 * index - y, 7 * index - x), atol=0.3
    )
    np.testing.assert_array_equal(place[:, 2], joints[:, 2])
    steady = panorama.steady(index, image)
    plate = panorama.plate
    free = ~person_area(place, steady.shape[:2], COCO17) & ~plate.unseen
    assert np.abs(steady.astype(int) - plate.image)[free].mean() < 2
    y, x = place[COCO17.index("left_hip"), :2].round().astype(int)
    np.testing.assert_allclose(steady[y, x], moving_camera.COLOR, atol=3)


def test_frames_seen_from_another_ones_place(panorama, clip, moving_camera):
    image, joints = clip[0][3], clip[1][3]
    moved, place = panorama.seen_from(9, 3, image, joints)
    np.testing.assert_allclose(place[:, :2], joints[:, :2] - (12, 42), atol=0.3)
    windows = [moving_camera.DRIFTING[number] for number in (3, 9)]
    shift = moving_camera.true_motion(windows)[1]
    expected = cv2.warpAffine(image, shift, (200, 160), flags=cv2.INTER_CUBIC)
    inner = slice(5, 140), slice(5, 150)
    assert np.abs(moved.astype(int) - expected)[inner].mean() < 2
