import numpy as np
import pytest

from deformable_gan.data.preparing.steady_camera import steady_camera
from deformable_gan.pose.person_crop import PersonCrop
from deformable_gan.pose.skeleton import COCO17


def steady(frames, joints, splits=None):
    crops = [PersonCrop(20, 10, 120, 90, (64, 48))] * len(frames)
    splits = splits or ["train"] * len(frames)
    return steady_camera(frames.__getitem__, joints, splits, crops, COCO17)


def test_a_swaying_camera_is_brought_to_a_standstill(moving_camera):
    moving, joints = moving_camera.clip(moving_camera.SWAYING)
    found = steady(moving, joints)
    assert found.extent > 5
    frames = [found.read(index).astype(int) for index in range(len(moving))]
    assert {frame.shape[:2] for frame in frames} == {found.size}
    # No person comes near the left edge, so all frames show the same there.
    now, before = (
        np.array([frame[40:120, 15:27] for frame in clip]).astype(int) for clip in (frames, moving)
    )
    assert np.abs(now - now[0]).mean() < 3
    assert np.abs(before - before[0]).mean() > 15
    hip = COCO17.index("left_hip")
    for frame, pose in zip(frames, found.keypoints, strict=True):
        y, x = pose[hip, :2].round().astype(int)
        np.testing.assert_allclose(frame[y, x], moving_camera.COLOR, atol=4)


@pytest.mark.parametrize("step", [0, 30], ids=["still", "too far"])
def test_cameras_that_stand_still_or_move_too_far_are_left_alone(moving_camera, step):
    windows = [moving_camera.window(20 + step * i, 120) for i in range(8)]
    assert steady(*moving_camera.clip(windows)) is None


def test_held_out_frames_are_no_part_of_the_scene(moving_camera):
    """The camera drifts by 3 pixels a frame, so only the last frames show the scene's right end."""
    clip = moving_camera.clip([moving_camera.window(80 + 3 * i, 100) for i in range(20)])
    splits = ["train"] * 10 + [None] * 2 + ["test"] * 8
    width = moving_camera.SIZE[1]
    np.testing.assert_allclose(steady(*clip, splits).size[1], width + 27, atol=1)
    np.testing.assert_allclose(steady(*clip).size[1], width + 57, atol=1)
