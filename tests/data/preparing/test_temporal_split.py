import numpy as np
import pytest

from deformable_gan.data.preparing.temporal_split import split_in_time


def test_six_frames_a_second():
    times = [i / 6 for i in range(25)]
    # A fifth is 5 frames, 20 to 24. Frames 18 and 19 are less than half a second before frame 20;
    # frame 17 is exactly half a second before it.
    assert split_in_time(times) == ["train"] * 18 + [None] * 2 + ["test"] * 5


def test_dropped_frames_make_no_difference_to_the_gap():
    rng = np.random.default_rng(0)
    for _ in range(50):
        times = np.sort(rng.choice(200, 60, replace=False)) / 6
        splits = np.array(split_in_time(times, 0.25, gap=1.0), object)
        train, test = times[splits == "train"], times[splits == "test"]
        assert len(test) == 15
        assert test.min() - train.max() >= 1.0 - 1e-3
        left_out = times[splits == None]  # noqa: E711
        assert all(train.max() < left_out)
        assert all(left_out < test.min())
        assert all(test.min() - left_out < 1.0)


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_too_few_frames_are_all_for_training(count):
    assert split_in_time(list(range(count))) == ["train"] * count


def test_no_test_frames_asked_for_or_no_training_frames_left():
    assert split_in_time(range(20), test_fraction=0) == ["train"] * 20
    assert split_in_time([i / 6 for i in range(12)], gap=60) == ["train"] * 12
    assert split_in_time(range(10), gap=0) == ["train"] * 8 + ["test"] * 2
