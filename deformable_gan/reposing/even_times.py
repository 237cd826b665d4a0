"""Poses at even times, from frames that are not shown at even times.

Telephones, screen recorders and calls show frames when they have them. A written clip has one frame
rate, so poses taken frame by frame would play too fast where there are few and too slowly where
there are many.
"""

import numpy as np

# How far the usual time between frames may be from that of the stated rate, as a share of it:
# containers round times to milliseconds.
_ROUNDING = 0.05
# Nobody's screen shows more.
_FASTEST = 240.0


def even_rate(times: np.ndarray, stated: float | None, wanted: float | None) -> float:
    """Return the rate at which poses are to be shown.

    Args:
        times: float [T], when frames are shown, in seconds, increasing.
        stated: the clip's average frames per second; None where it does not say.
        wanted: poses per second; None for the clip's own. No more are given than the clip has.

    Returns:
        Poses per second. The clip's own rate is the average one where frames follow one another
        evenly, and that of the usual (median) time between frames where they do not.
    """
    steps = np.diff(times)
    usual = min(1 / float(np.median(steps)), _FASTEST) if len(steps) else None
    if usual is None:
        own = stated or wanted or 1.0
    elif stated is None:
        own = usual
    elif wanted:  # the frames were chosen at that rate: their steps say little about the clip
        own = max(stated, usual)
    else:
        own = stated if abs(usual - stated) <= _ROUNDING * stated else usual
    return min(wanted, own) if wanted else own


def at_even_times(
    keypoints: np.ndarray, times: np.ndarray, rate: float, until: float | None = None
) -> np.ndarray:
    """Return poses at 0, 1 / rate, 2 / rate and so on, from the first frame on to the last.

    Args:
        keypoints: float32 [T, J, 3] of (y, x, confidence); the confidence is 0 where a joint is
            missing.
        times: float [T], in seconds, increasing.
        rate: poses per second wanted.
        until: when the last frame is no longer shown, in seconds like `times`; a clip may end with
            a pause. None if that is not known, or of no interest.

    Returns:
        float32 [N, J, 3], interpolated linearly between the frames before and after; N / rate is
        the time that the frames are shown, give or take one pose. A joint that one frame lacks is
        that of the other frame if this is the nearer one, and missing otherwise.
    """
    until = 0.0 if until is None else until - times[0]
    times = np.asarray(times, np.float64) - times[0]
    # A clip's times are rounded: the last frame must not be lost for a thousandth of a second.
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
    # Times that are rounded to milliseconds do not move poses.
    off = np.abs(share - np.round(share)) * gap
    share = np.where(off < _ROUNDING * np.minimum(gap, 1 / rate), np.round(share), share)
    share = share[:, None, None]
    first, second = keypoints[before], keypoints[after]
    both = (first[..., 2:] > 0) & (second[..., 2:] > 0)
    nearer = np.where(share <= 0.5, first, second)
    return np.where(both, first * (1 - share) + second * share, nearer).astype(np.float32)
