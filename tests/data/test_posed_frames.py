import numpy as np
import pytest

from deformable_gan.data.posed_frames import posed_frames
from deformable_gan.errors import MediaError


def marked(y, x, size=(192, 192)):
    image = np.full((*size, 3), 80, np.uint8)
    image[y - 2 : y + 3, x - 2 : x + 3] = 250, 20, 20
    return image


def stream(count, first=0, error=None):
    for index in range(count):
        yield (first + index) / 6, marked(60 + index, 90)
    if error:
        raise error


def test_frames_come_in_order_with_their_joints(marker_movenet):
    posed = list(posed_frames(stream(20), marker_movenet))
    assert [frame.time for frame in posed] == [i / 6 for i in range(20)]
    for index, frame in enumerate(posed):
        np.testing.assert_array_equal(frame.image, marked(60 + index, 90))
        # The nose lies 30 pixels above the mark.
        np.testing.assert_allclose(frame.keypoints[0], (30 + index, 90, 0.9), atol=1e-4)
        np.testing.assert_allclose(frame.keypoints, marker_movenet.estimate(frame.image), atol=1e-4)


def test_what_a_stream_raises_comes_after_its_frames(marker_movenet):
    posed = posed_frames(stream(3, error=MediaError("a.mp4 is truncated")), marker_movenet)
    assert [next(posed).time for _ in range(3)] == [0, 1 / 6, 2 / 6]
    with pytest.raises(MediaError, match=r"a\.mp4 is truncated"):
        next(posed)


def test_frames_of_any_size(marker_movenet):
    frames = [(0.0, marked(50, 60, (240, 135))), (1.0, marked(50, 60, (100, 300)))]
    posed = list(posed_frames(frames, marker_movenet))
    assert [frame.image.shape for frame in posed] == [(240, 135, 3), (100, 300, 3)]


class _Counting:
    """A stand-in for MoveNet that finds the mark of `marked` and counts its looks."""

    second_look = False

    def __init__(self, inner):
        self.inner, self.looks = inner, 0
        self.skeleton = inner.skeleton

    def estimate(self, image):
        self.looks += 1
        return self.inner.estimate(image)


def moving(places):
    for index, y in enumerate(places):
        yield index / 30, marked(round(y), 90)


def test_somebody_who_rests_is_looked_at_in_every_other_frame(marker_movenet):
    counting = _Counting(marker_movenet)
    places = [60 + 0.5 * index for index in range(41)]
    every = list(posed_frames(moving(places), marker_movenet))
    posed = list(posed_frames(moving(places), counting, halve=True))
    assert counting.looks <= 23  # of 41 frames
    assert [frame.time for frame in posed] == [frame.time for frame in every]
    for half, whole in zip(posed, every, strict=True):
        np.testing.assert_array_equal(half.image, whole.image)
        # Marks are at whole pixels, half a pixel from the mean of the neighbouring marks.
        np.testing.assert_allclose(half.keypoints, whole.keypoints, atol=0.51)


def test_somebody_who_moves_is_looked_at_in_every_frame(marker_movenet):
    places = [60 + (30 if index % 2 else 0) for index in range(12)]
    every = list(posed_frames(moving(places), marker_movenet))
    posed = list(posed_frames(moving(places), marker_movenet, halve=True))
    for half, whole in zip(posed, every, strict=True):
        np.testing.assert_array_equal(half.keypoints, whole.keypoints)


def test_a_sudden_movement_after_rest_is_looked_at(marker_movenet):
    places = [60.0] * 7 + [100.0] * 6
    every = list(posed_frames(moving(places), marker_movenet))
    posed = list(posed_frames(moving(places), marker_movenet, halve=True))
    assert len(posed) == len(every) == 13
    for half, whole in zip(posed, every, strict=True):
        np.testing.assert_allclose(half.keypoints, whole.keypoints, atol=1e-4)


def test_what_a_stream_raises_comes_after_a_frame_that_was_held(marker_movenet):
    frames = stream(4, error=MediaError("a.mp4 is truncated"))
    posed = posed_frames(frames, marker_movenet, halve=True)
    assert [next(posed).time for _ in range(4)] == [0, 1 / 6, 2 / 6, 3 / 6]
    with pytest.raises(MediaError, match=r"a\.mp4 is truncated"):
        next(posed)
