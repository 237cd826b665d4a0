"""Resampling poses from frames at uneven times to even times.

Telephones, screen recorders and video calls have a variable frame rate. A written clip has a single
frame rate, so poses taken frame by frame would play too fast where frames are rare and too slowly
where they are frequent.
"""

import numpy as np

# Containers round times to milliseconds. A relative difference of up to this much between the
# stated rate and the rate measured from the frames' times counts as rounding, and so does a
# difference of two times by up to this share of the time between frames.
_ROUNDING = 0.05
# The largest plausible rate, in frames per second; shorter times between frames are damaged.
_FASTEST = 240.0


def even_rate(times: np.ndarray, stated: float | None, wanted: float | None) -> float:
    """Return the rate at which poses are shown.

    Args:
        times: float [T], the times at which frames are shown, in seconds, increasing.
        stated: the clip's average frames per second; None if the file does not state it.
        wanted: poses per second; None for the clip's own rate. The result is never higher than the
            clip's own rate.

    Returns:
        Poses per second. The clip's own rate is the stated average rate if the median time between
        frames agrees with it, and otherwise the rate that follows from that median. With `wanted`,
        it is the larger of the two rates, because `times` are then those of frames selected at the
        wanted rate.
    """
    steps = np.diff(times)
    usual = min(1 / float(np.median(steps)), _FASTEST) if len(steps) else None
    if usual is None:
        own = stated or wanted or 1.0
    elif stated is None:
        own = usual
    elif wanted:  # the frames were selected at that rate, so their steps say little about the clip
        own = max(stated, usual)
    else:
        own = stated if abs(usual - stated) <= _ROUNDING * stated else usual
    return min(wanted, own) if wanted else own


def at_even_times(
    keypoints: np.ndarray, times: np.ndarray, rate: float, until: float | None = None
) -> np.ndarray:
    """Return poses at 0, 1 / rate, 2 / rate and so on, from the first frame to the last.

    Args:
        keypoints: float32 [T, J, 3] of (y, x, confidence); the confidence of a missing joint is 0.
        times: float [T], in seconds, increasing.
        rate: poses per second.
        until: the end of the last frame's display, in seconds like `times`, since a clip may end
            with a pause. None if this is unknown or does not matter.

    Returns:
        float32 [N, J, 3], interpolated linearly between the frames before and after; N / rate is
        the duration of the frames, to within one pose. A joint that is missing in one of the two
        frames is copied from the nearer frame, so it is missing if the nearer frame lacks it.
    """
    until = 0.0 if until is None else until - times[0]
    times = np.asarray(times, np.float64) - times[0]
    # A clip's times are rounded: the last frame must not be lost because of a millisecond.
    count = int(np.floor(times[-1] * rate + _ROUNDING)) + 1
    if until > times[-1] + 1.5 / rate:
        count = max(count, round(until * rate))
    wanted = np.minimum(np.arange(count) / rate, times[-1])
    if len(times) == 1:
        return np.repeat(keypoints, count, axis=0)
    after = np.clip(np.searchsorted(times, wanted), 1, len(times) - 1)
    before = after - 1
    gap = times[after] - times[before]
    share = (wanted - times[before]) / gap
    # Rounding of times to milliseconds does not move poses.
    off = np.abs(share - np.round(share)) * gap
    share = np.where(off < _ROUNDING * np.minimum(gap, 1 / rate), np.round(share), share)
    share = share[:, None, None]
    first, second = keypoints[before], keypoints[after]
    both = (first[..., 2:] > 0) & (second[..., 2:] > 0)
    nearer = np.where(share <= 0.5, first, second)
    return np.where(both, first * (1 - share) + second * share, nearer).astype(np.float32)
