"""Smoothing joints that jitter from frame to frame."""

import numpy as np


def smooth_over_time(keypoints: np.ndarray, times: np.ndarray, seconds: float) -> np.ndarray:
    """Average each joint's position over the nearby frames.

    A frame's weight is the joint's confidence times a Gaussian of the distance in time. The average
    removes jitter, but also reduces fast movements.

    Args:
        keypoints: float [T, J, 3] of (y, x, confidence); a joint is missing if its confidence is 0.
        times: float [T], the times at which the frames are shown, in seconds, increasing.
        seconds: the Gaussian's standard deviation; 0 changes nothing.

    Returns:
        float32 [T, J, 3]. Confidences and missing joints are unchanged.
    """
    keypoints = np.array(keypoints, np.float32)
    if seconds <= 0 or not len(keypoints):
        return keypoints
    times = np.asarray(times, np.float64)
    smoothed = keypoints.copy()
    for index, time in enumerate(times):
        near = slice(*np.searchsorted(times, (time - 3 * seconds, time + 3 * seconds)))
        nearness = np.exp(-(((times[near] - time) / seconds) ** 2) / 2)
        weights = nearness[:, None] * keypoints[near, :, 2].clip(0)
        present = keypoints[index, :, 2] > 0
        places = np.einsum("tj,tjc->jc", weights[:, present], keypoints[near][:, present, :2])
        smoothed[index, present, :2] = places / weights[:, present].sum(axis=0)[:, None]
    return smoothed
