import numpy as np
import pytest

from deformable_gan.data.dataset_writer import DatasetWriter
from deformable_gan.errors import DatasetError, MediaError, PoseError
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18, convert_keypoints
from deformable_gan.reposing.pose_file import write_poses
from deformable_gan.reposing.pose_sequence import PoseSequence
from deformable_gan.reposing.posed_image import PosedImage

SIZE = (64, 36)


def test_of_a_picture(dancers):
    posed = PosedImage(np.zeros((*SIZE, 3), np.uint8), dancers.test.keypoints[0], COCO17)
    poses = PoseSequence.of_image(posed, SIZE)
    np.testing.assert_array_equal(poses.keypoints, dancers.test.keypoints[:1])
    assert poses.rate is None
    assert poses.skeleton == COCO17


def test_of_annotations(dancers):
    poses = PoseSequence.of_annotations(dancers.path / "annotations-test.csv", SIZE)
    np.testing.assert_array_equal(poses.keypoints, dancers.test.keypoints)
    assert poses.rate == 6


def test_of_annotations_of_another_size(dancers):
    with pytest.raises(PoseError, match="poses for images of 64x36, but the model makes 128x72"):
        PoseSequence.of_annotations(dancers.path / "annotations-test.csv", (128, 72))


def test_of_annotations_without_a_line(tmp_path):
    with DatasetWriter(tmp_path / "set", COCO17, SIZE, {}):
        pass
    with pytest.raises(PoseError, match="holds no poses"):
        PoseSequence.of_annotations(tmp_path / "set/annotations-test.csv", SIZE)


def test_of_annotations_outside_a_dataset(tmp_path):
    (tmp_path / "annotations-test.csv").write_text("name:keypoints_y:keypoints_x\n")
    with pytest.raises(DatasetError, match=r"has no manifest\.json"):
        PoseSequence.of_annotations(tmp_path / "annotations-test.csv", SIZE)


def test_other_layout(dancers):
    poses = PoseSequence(dancers.test.keypoints, COCO17, 12.0).in_layout(OPENPOSE18)
    assert poses.rate == 12
    expected = convert_keypoints(dancers.test.keypoints, COCO17, OPENPOSE18)
    np.testing.assert_array_equal(poses.keypoints, expected)


@pytest.fixture
def walk(red_mark):
    """Return frames in which the figure moves to the right, 4 pixels per frame."""
    return [red_mark((160, 128), 76, 50 + 4 * index) for index in range(8)]


def test_of_a_clip(make_video, marker_movenet, walk):
    path = make_video("walk.mp4", walk, rate=8)
    poses = PoseSequence.of_clip(path, marker_movenet, SIZE)
    assert poses.keypoints.shape == (8, 17, 3)
    assert poses.keypoints.dtype == np.float32
    assert poses.rate == 8
    assert poses.skeleton == COCO17
    assert np.all(poses.keypoints[..., 2] > 0)
    # All frames are placed in crops of one scale, so the torso (shoulder 20 above, hip 10 below the
    # mark in MoveNet's 192-pixel square) keeps its length. All joints lie between the image's
    # first and last row.
    shoulder, hip = COCO17.indices("left_shoulder", "left_hip")
    torso = np.hypot(*(poses.keypoints[:, hip, :2] - poses.keypoints[:, shoulder, :2]).T)
    assert np.ptp(torso) < 0.02 * torso.mean()
    assert np.all((poses.keypoints[..., 0] > 0) & (poses.keypoints[..., 0] < 63))


def test_of_a_clip_at_a_rate(make_video, marker_movenet, walk):
    path = make_video("walk.mp4", walk, rate=8)
    slow = PoseSequence.of_clip(path, marker_movenet, SIZE, rate=4)
    assert len(slow.keypoints) == 4
    assert slow.rate == 4
    fast = PoseSequence.of_clip(path, marker_movenet, SIZE, rate=30)
    assert len(fast.keypoints) == 8
    assert fast.rate == 8  # no higher than the clip's own rate


def test_frames_without_a_person_are_filled_in(make_video, marker_movenet, walk):
    gap = [*walk]
    gap[3] = np.full_like(walk[0], 90)
    whole, filled = (
        PoseSequence.of_clip(make_video(name, frames, rate=8), marker_movenet, SIZE, smooth=0)
        for name, frames in (("a.mp4", walk), ("b.mp4", gap))
    )
    # The walk is steady, so a pose is the mean of its neighbours, up to the codec's noise.
    np.testing.assert_allclose(filled.keypoints[3, :, :2], whole.keypoints[3, :, :2], atol=0.5)


def test_joints_are_smoothed(make_video, marker_movenet, red_mark):
    """A figure that jumps back and forth between frames hardly moves after smoothing."""
    frames = [red_mark((160, 128), 76, 60 + 4 * (index % 2)) for index in range(12)]
    path = make_video("trembles.mp4", frames, rate=24)
    shaking = PoseSequence.of_clip(path, marker_movenet, SIZE, smooth=0).keypoints
    steady = PoseSequence.of_clip(path, marker_movenet, SIZE).keypoints
    steps = [np.abs(np.diff(poses[2:-2, 5, 1])).mean() for poses in (shaking, steady)]
    assert steps[0] > 0.5
    # The movement has a period of 0.083 s, so smoothing over 0.07 s removes nearly all of it.
    assert steps[1] < 0.02 * steps[0]


def test_of_people_who_follow_one_another_the_one_seen_longest(
    make_video, marker_movenet, red_mark
):
    nobody = [np.full((160, 128, 3), 90, np.uint8)] * 10
    first = [red_mark((160, 128), 76, 40)] * 3
    second = [red_mark((160, 128), 80, 90 + index) for index in range(6)]
    path = make_video("two.mp4", [*nobody, *first, *nobody, *second, *nobody], rate=8)
    poses = PoseSequence.of_clip(path, marker_movenet, SIZE, smooth=0)
    # The poses reach from the first to the last frame in which the second person is seen.
    assert len(poses.keypoints) == 6
    assert (np.diff(poses.keypoints[:, 5, 1]) > 0).all()


def test_progress(make_video, marker_movenet, walk):
    seen = []
    PoseSequence.of_clip(
        make_video("walk.mp4", walk, rate=8), marker_movenet, SIZE, progress=seen.append
    )
    assert seen == [1] * 8


def test_of_key_points(dancers):
    many = dancers.test.keypoints
    np.testing.assert_array_equal(PoseSequence.of_keypoints(many, COCO17).keypoints, many)
    assert PoseSequence.of_keypoints(many, COCO17).rate == 6
    one = PoseSequence.of_keypoints(many[0], COCO17)
    assert (one.keypoints.shape, one.rate) == ((1, 17, 3), None)
    for wrong in (many[..., :2], many[:, :5], np.zeros((0, 17, 3)), np.zeros(3)):
        with pytest.raises(
            PoseError, match=r"must have the shape \[17, 3\] or \[T, 17, 3\] .*coco"
        ):
            PoseSequence.of_keypoints(wrong, COCO17)


@pytest.mark.parametrize("count", [1, 8])
def test_saved_and_read_again(dancers, tmp_path, count):
    rate = None if count == 1 else 6.0
    poses = PoseSequence(dancers.test.keypoints[:count], COCO17, rate)
    poses.save(tmp_path / "pose.json", SIZE)
    again = PoseSequence.of_file(tmp_path / "pose.json", SIZE)
    np.testing.assert_allclose(again.keypoints, poses.keypoints, atol=0.01)
    assert (again.rate, again.skeleton) == (rate, COCO17)


def test_of_a_file_for_another_size(tmp_path, marker_movenet, red_mark):
    """The poses are placed like the pose of a photograph."""
    photograph = red_mark((300, 260), 120, 100)
    keypoints = marker_movenet.estimate(photograph)
    write_poses(tmp_path / "pose.json", keypoints[None], COCO17, (300, 260))
    placed = PoseSequence.of_file(tmp_path / "pose.json", SIZE)
    expected = PoseSequence.of_image(PosedImage(photograph, keypoints, COCO17), SIZE)
    np.testing.assert_allclose(placed.keypoints, expected.keypoints, atol=0.02)


def test_of_a_file_without_a_torso(tmp_path):
    keypoints = np.zeros((2, 17, 3), np.float32)
    keypoints[0] = 1
    write_poses(tmp_path / "pose.json", keypoints, COCO17, SIZE, 5.0)
    with pytest.raises(PoseError, match=r"pose\.json, frame 1: no person found, but both"):
        PoseSequence.of_file(tmp_path / "pose.json", SIZE)


def test_nobody_in_the_clip(make_video, marker_movenet):
    grey = [np.full((160, 128, 3), 90, np.uint8)] * 4
    with pytest.raises(PoseError, match=r"empty\.mp4: no person .* in any of 4 frames"):
        PoseSequence.of_clip(make_video("empty.mp4", grey), marker_movenet, SIZE)


def test_no_clip(tmp_path, marker_movenet):
    (tmp_path / "text.mp4").write_text("no clip")
    with pytest.raises(MediaError, match=r"text\.mp4"):
        PoseSequence.of_clip(tmp_path / "text.mp4", marker_movenet, SIZE)
