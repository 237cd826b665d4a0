import cv2
import numpy as np
import pytest

from deformable_gan.backgrounds.camera_motion import STILL, CameraMotion, corners, follow_camera


@pytest.mark.parametrize("kind", ["SWAYING", "DRIFTING", "ZOOMING"])
def test_known_motion_is_found(moving_camera, kind):
    windows = getattr(moving_camera, kind)
    frames = [moving_camera.seen(one, (40, 30 + 5 * i)) for i, one in enumerate(windows)]
    motion = follow_camera(frames)
    assert motion.size == moving_camera.SIZE
    np.testing.assert_array_equal(motion.transforms[0], np.eye(2, 3))
    there, here = (
        np.array([cv2.transform(corners(motion.size)[:, None], one)[:, 0] for one in transforms])
        for transforms in (moving_camera.true_motion(windows), motion.transforms)
    )
    assert np.abs(there - here).max() < 0.3


def test_a_person_who_fills_half_of_the_frame_is_not_followed(moving_camera):
    frames = []
    for i in range(8):
        image, occupied = moving_camera.seen(moving_camera.window(150, 120))
        occupied[:, 10 + 6 * i : 110 + 6 * i] = True
        clothes = moving_camera.scene()[:160, 300:400]  # as full of corners as the rest
        image[:, 10 + 6 * i : 110 + 6 * i] = clothes
        frames.append((image, occupied))
    assert follow_camera(frames).extent < STILL


def test_extent_by_hand():
    transforms = np.array([np.eye(2, 3), [[1, 0, 3], [0, 1, -4]]])
    assert CameraMotion(transforms, (160, 200)).extent == pytest.approx(5)
    # Twice the size, around the first corner: the opposite corner moves by the frame's diagonal.
    zoomed = np.array([[[2, 0, 0], [0, 2, 0]]], float)
    assert CameraMotion(zoomed, (160, 200)).extent == pytest.approx(np.hypot(159, 199))


def test_a_blank_wall_tells_nothing():
    blank = np.full((160, 200, 3), 128, np.uint8)
    assert follow_camera([(blank, np.zeros((160, 200), bool))] * 3) is None


def test_a_cut_to_another_scene_tells_nothing(moving_camera):
    image, occupied = moving_camera.seen(moving_camera.window(150, 120))
    other = np.ascontiguousarray(image[::-1, ::-1])
    assert follow_camera([(image, occupied)] * 3 + [(other, occupied)] * 3) is None


def test_frames_of_several_sizes_are_not_followed(moving_camera):
    image, occupied = moving_camera.seen(moving_camera.window(150, 120))
    assert follow_camera([(image, occupied), (image[:100], occupied[:100])]) is None


def test_nothing_is_no_motion():
    assert follow_camera([]) is None
