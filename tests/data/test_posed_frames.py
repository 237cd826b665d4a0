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
