import numpy as np
import pytest

from deformable_gan.pose.skeleton import COCO17
from deformable_gan.reposing.even_times import at_even_times, even_rate
from deformable_gan.reposing.pose_sequence import PoseSequence

SIZE = (64, 36)


def moving(times):
    """Return poses in which every coordinate is ten times the pose's time in seconds."""
    poses = np.ones((len(times), 17, 3), np.float32)
    poses[..., :2] = np.asarray(times)[:, None, None] * 10
    return poses


def test_even_times_change_nothing():
    times = np.round(np.arange(30) / 30, 3)  # milliseconds, as in a webm
    poses = moving(times)
    np.testing.assert_array_equal(at_even_times(poses, times, 30.0), poses)


@pytest.mark.parametrize("rate", [5, 6, 10, 25])
def test_uneven_times_become_even(rate):
    times = np.array([0, 0.1, 0.2, 0.7, 1.9, 2.0, 3.1])
    even = at_even_times(moving(times), times, rate)
    assert abs(len(even) / rate - 3.1) <= 1 / rate + 1e-9
    np.testing.assert_allclose(even[:, 0, 0], 10 * np.arange(len(even)) / rate, atol=0.06)


def test_a_pause_at_the_end_is_kept():
    times = np.arange(4) / 10
    even = at_even_times(moving(times), times, 10.0, until=2.3)
    assert len(even) == 23
    np.testing.assert_array_equal(even[4:], np.broadcast_to(even[3], (19, 17, 3)))
    (one,) = moving([0.5])
    np.testing.assert_array_equal(at_even_times(one[None], np.array([0.5]), 10.0), [one])


def test_a_joint_that_one_frame_lacks():
    poses = moving([0, 1])
    poses[1, 3] = 0
    even = at_even_times(poses, np.array([0.0, 1.0]), 4.0)
    np.testing.assert_array_equal(even[:, 3, 2], [1, 1, 1, 0, 0])
    np.testing.assert_array_equal(even[:, 3, 0], 0)  # its position at 0 s, when it was seen
    np.testing.assert_allclose(even[:, 4, 0], [0, 2.5, 5, 7.5, 10])


def test_rates():
    even = np.arange(20) / 25
    uneven = np.array([0, 0.1, 0.2, 0.3, 0.4, 0.5, 2.5, 4.5])
    assert even_rate(even, 25.0, None) == 25
    assert even_rate(np.round(even, 2), 25.02, None) == 25.02
    assert even_rate(even, 25.0, 6.0) == 6
    assert even_rate(even, 25.0, 60.0) == 25
    assert even_rate(uneven, 8 / 4.6, None) == pytest.approx(10)
    assert even_rate(np.array([1.0]), 12.0, None) == 12
    assert even_rate(np.array([1.0]), None, None) == 1


@pytest.mark.parametrize("rate", [None, 4, 6, 20])
def test_clips_keep_their_duration_and_their_poses_their_time(
    make_video, marker_movenet, red_mark, rate
):
    """The figure moves to the right at 24 pixels per second, at uneven frame times."""
    times = [*np.arange(0, 1, 0.1), 1.0, 1.5, 1.6, 2.4, 3.0]
    frames = [red_mark((160, 128), 76, round(24 + 24 * time)) for time in times]
    path = make_video("uneven.mp4", frames, times=times)
    poses = PoseSequence.of_clip(path, marker_movenet, SIZE, rate, smooth=0)
    duration = len(poses.keypoints) / poses.rate
    assert -0.01 <= duration - times[-1] <= 1 / poses.rate + 0.01
    # The same walk at even times.
    even = np.arange(len(poses.keypoints)) / poses.rate
    frames = [red_mark((160, 128), 76, round(24 + 24 * time)) for time in even]
    path = make_video("even.mp4", frames, rate=round(poses.rate))
    expected = PoseSequence.of_clip(path, marker_movenet, SIZE, smooth=0)
    assert expected.keypoints.shape == poses.keypoints.shape
    shoulder = COCO17.index("left_shoulder")
    torso = np.hypot(*(poses.keypoints[0, shoulder, :2] - poses.keypoints[0, 11, :2]))
    apart = np.abs(poses.keypoints[..., :2] - expected.keypoints[..., :2]).max()
    assert apart < 0.1 * torso


def test_a_clip_of_uneven_times(shared, tmp_path):
    """A clip of 4.1 s made of 27 frames of a dance at uneven times gives the dance's poses."""
    from deformable_gan.pose.movenet import MoveNet

    movenet = MoveNet.load(shared / "models/movenet_singlepose_lightning_4")
    whole = PoseSequence.of_clip(shared / "clips/tfjs_solo_dance.mp4", movenet, SIZE)
    assert (len(whole.keypoints), whole.rate) == (42, 10)
    for rate in (None, 6.0):
        uneven = PoseSequence.of_clip(shared / "faults/clips/vfr.mp4", movenet, SIZE, rate)
        assert abs(len(uneven.keypoints) / uneven.rate - 4.1) <= 1 / uneven.rate + 1e-6
    uneven = PoseSequence.of_clip(shared / "faults/clips/vfr.mp4", movenet, SIZE)
    # The poses agree where both clips have frames: up to 2.1 s, and every 0.4 s from then on.
    for index in (*range(22), 25, 29, 33, 37, 41):
        apart = np.abs(uneven.keypoints[index, 5:13, :2] - whole.keypoints[index, 5:13, :2])
        assert np.median(apart) < 2
