import numpy as np
import pytest

from deformable_gan.data.video import read_frames
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.pose.tracking import PersonTracker, person_seen

BODY = [
    0,
    *COCO17.indices("left_shoulder", "right_shoulder", "left_hip", "right_hip"),
    *COCO17.indices("left_knee", "right_knee", "left_ankle", "right_ankle"),
]


class Scene:
    """A stand-in for MoveNet with known people.

    A person is given by the (y, x) of the middle and a height. Of the people whose middle lies in
    the square, the tallest is found; the confidence grows with the height relative to the square.
    """

    second_look = True
    skeleton = COCO17

    def __init__(self, people):
        self.people = people
        self.squares = []

    def look_at(self, image, square):
        top, left, side = square
        self.squares.append(square)
        inside = [
            (height, y, x)
            for y, x, height in self.people[int(image[0, 0, 0])]
            if 0 <= y - top < side and 0 <= x - left < side
        ]
        if not inside:
            return np.zeros((17, 3), np.float32), square
        height, y, x = max(inside)
        keypoints = np.zeros((17, 3), np.float32)
        keypoints[:] = y, x, min(0.9, 0.3 + height / side)
        keypoints[COCO17.indices("left_shoulder", "right_shoulder"), 0] -= height / 4
        keypoints[0, 0] -= height / 2
        half = round(0.7 * height)
        return keypoints, (round(y) - half, round(x) - half, 2 * half)

    def estimate(self, image):
        return self.look_at(image, (0, 0, max(image.shape[:2])))[0]


def follow(people, size=(240, 400)):
    scene = Scene(people)
    tracker = PersonTracker(scene)
    middles = []
    for number in range(len(people)):
        keypoints = tracker.follow(np.full((*size, 3), number, np.uint8))
        middles.append(tuple(keypoints[11, :2]) if person_seen(keypoints, COCO17) else None)
    assert tracker.looks == len(scene.squares)
    return middles, scene, tracker


def test_one_look_a_frame_once_somebody_is_found():
    path = [(120.0, 100.0 + 5 * t, 100.0) for t in range(10)]
    middles, scene, tracker = follow([[place] for place in path])
    assert middles == [place[:2] for place in path]
    assert tracker.looks == 2 + 9
    assert scene.squares[0] == (-80, 0, 400)
    assert scene.squares[1] == (50, 30, 140)
    assert scene.squares[2] == (50, 30, 140)  # where the person was in the previous frame
    assert scene.squares[3] == (50, 35, 140)


def test_who_moves_far_is_looked_at_again_where_he_is_now():
    middles, scene, _ = follow([[(120.0, 100.0, 100.0)], [(120.0, 150.0, 100.0)]])
    assert middles[1] == (120, 150)
    assert scene.squares[2:] == [(50, 30, 140), (50, 80, 140)]


def test_somebody_larger_who_comes_in_is_not_followed():
    people = [[(120.0, 90.0, 100.0)]] + [
        [(120.0, 90.0, 100.0), (120.0, 330.0 - t, 180.0)] for t in range(8)
    ]
    middles, _, _ = follow(people)
    assert set(middles) == {(120, 90)}


def test_after_a_loss_the_whole_picture_is_searched():
    people = [[(120.0, 90.0, 100.0)], [], [], [(100.0, 300.0, 80.0)], [(100.0, 302.0, 80.0)]]
    middles, scene, _ = follow(people)
    assert middles == [(120, 90), None, None, (100, 300), (100, 302)]
    assert scene.squares[-2:] == [(44, 244, 112), (44, 244, 112)]


def test_without_a_second_look_every_frame_stands_alone():
    scene = Scene([[(120.0, 90.0, 60.0)], [(120.0, 90.0, 60.0), (120.0, 300.0, 90.0)]])
    scene.second_look = False
    tracker = PersonTracker(scene)
    images = [np.full((240, 400, 3), number, np.uint8) for number in range(2)]
    assert tracker.follow(images[0])[11, 1] == 90
    assert tracker.follow(images[1])[11, 1] == 300
    assert tracker.looks == 2


@pytest.mark.parametrize(
    ("joints", "seen"),
    [
        (("left_shoulder", "right_hip"), True),
        (("left_shoulder", "right_shoulder", "left_knee"), False),
        (("left_hip", "nose"), False),
    ],
)
def test_a_person_is_a_shoulder_and_a_hip(joints, seen):
    keypoints = np.full((17, 3), 0.2, np.float32)
    keypoints[COCO17.indices(*joints), 2] = 0.21
    assert person_seen(keypoints, COCO17) is seen


def test_on_real_clips_it_beats_single_pictures(shared):
    movenet = MoveNet.load(shared / "models" / "movenet_singlepose_lightning_4")
    once = MoveNet(movenet.network, second_look=False)
    shares = []
    for name in ("sports2d_demo.mp4", "pose2sim_single_cam01.mp4", "tfjs_solo_dance.mp4"):
        frames = [image for _, image in read_frames(shared / "clips" / name)]
        tracker = PersonTracker(movenet)
        followed = np.array([tracker.follow(image) for image in frames])
        alone = np.array([once.estimate(image) for image in frames])
        twice = np.array([movenet.estimate(image) for image in frames])
        assert tracker.looks < 1.5 * len(frames)
        shares.append(
            [(poses[:, BODY, 2].min(axis=1) > 0.3).mean() for poses in (alone, twice, followed)]
        )
        # From frame to frame the person moves, but never jumps across the image (the dancer on
        # the roof is lost after 30 frames, then another person is found).
        middles = followed[:30, [11, 12], :2].mean(axis=1)
        assert np.linalg.norm(np.diff(middles, axis=0), axis=1).max() < 40
    alone, twice, followed = np.mean(shares, axis=0)
    assert followed > twice > alone
    assert followed > 0.95
