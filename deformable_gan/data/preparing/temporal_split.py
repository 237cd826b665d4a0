"""Dividing a clip into training and test frames that are not neighbours."""

from collections.abc import Sequence

import numpy as np

# Timestamps are rounded to their container's time base.
_ROUNDING_SECONDS = 1e-3


def split_in_time(
    times: Sequence[float], test_fraction: float = 0.2, gap: float = 0.5
) -> list[str | None]:
    """Divide a clip's frames into two contiguous parts: training first, then test.

    Neighbouring frames are nearly equal; if they could be in different splits, the test would only
    measure memorisation. Therefore the last part of the clip is for testing, and the frames in
    the `gap` seconds before it are left out.

    Args:
        times: the times at which the frames are shown, in seconds, increasing.
        test_fraction: the share of the frames for testing, rounded to whole frames.
        gap: the least number of seconds between the last training and the first test frame.

    Returns:
        `train`, `test` or None (left out) for each frame. All are `train` if either part would
        have fewer than the two frames that a pair needs.
    """
    moments = np.asarray(times, np.float64)
    everything: list[str | None] = ["train"] * len(times)
    test_count = round(test_fraction * len(times))
    if test_count < 2:
        return everything
    first_test = len(times) - test_count
    train_count = int(np.sum(moments[:first_test] <= moments[first_test] - gap + _ROUNDING_SECONDS))
    if train_count < 2:
        return everything
    left_out = first_test - train_count
    return ["train"] * train_count + [None] * left_out + ["test"] * test_count
