import numpy as np

from deformable_gan.data.preparing.person_tracks import person_tracks
from deformable_gan.pose.skeleton import COCO17


def person(y, x, torso=40.0, confidence=0.9):
    keypoints = np.zeros((17, 3), np.float32)
    keypoints[:] = y, x, confidence
    keypoints[COCO17.indices("left_shoulder", "right_shoulder"), 0] -= torso / 2
    keypoints[COCO17.indices("left_hip", "right_hip"), 0] += torso / 2
    return keypoints


NOBODY = person(0, 0, confidence=0.1)


def tracks_of(poses, rate=6.0, **options):
    times = np.arange(len(poses)) / rate
    return person_tracks(np.array(poses), times, COCO17, **options)


def test_one_person_is_one_track():
    assert tracks_of([person(100, 50 + 10 * t) for t in range(10)]) == [0] * 10


def test_an_empty_second_parts_two_people():
    here = [person(100, 50)] * 3
    # Frames six apart are exactly one second apart; only a longer absence begins a new track.
    assert tracks_of(here + [NOBODY] * 5 + here) == [0] * 3 + [None] * 5 + [0] * 3
    assert tracks_of(here + [NOBODY] * 6 + here) == [0] * 3 + [None] * 6 + [1] * 3
    assert tracks_of(here + [NOBODY] * 6 + here, absence=2.0)[-1] == 0
    assert tracks_of([NOBODY] * 9 + here) == [None] * 9 + [0] * 3


def test_nobody_leaps():
    # Two torso lengths in a sixth of a second: 80 pixels.
    assert tracks_of([person(100, 50), person(100, 129)]) == [0, 0]
    assert tracks_of([person(100, 50), person(100, 131)]) == [0, 1]
    # After a longer absence, at most three torso lengths.
    apart = [person(100, 50), NOBODY, NOBODY, NOBODY, person(100, 50 + 119)]
    assert tracks_of(apart)[-1] == 0
    apart[-1] = person(100, 50 + 121)
    assert tracks_of(apart)[-1] == 1


def test_reach_grows_with_the_person():
    assert tracks_of([person(100, 50, 80), person(100, 200, 80)]) == [0, 0]


def test_a_cut_parts_people_in_the_same_place():
    here = [person(100, 50)] * 4
    assert tracks_of(here, cuts=[False, False, True, False]) == [0, 0, 1, 1]
    # The same if the first frame after the cut shows nobody.
    poses = [person(100, 50), NOBODY, person(100, 50)]
    assert tracks_of(poses, cuts=[False, True, False]) == [0, None, 1]
    assert tracks_of(poses) == [0, None, 0]


def test_no_frames():
    assert person_tracks(np.zeros((0, 17, 3)), [], COCO17) == []
