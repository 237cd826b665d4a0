"""Interpolating joints that are missing in some frames of a clip."""

import numpy as np


def interpolate_missing(keypoints: np.ndarray, times: np.ndarray | None = None) -> np.ndarray:
    """Interpolate joints that are missing in some frames from the frames before and after.

    A missing joint gets a position and a confidence by linear interpolation in time between the
    nearest frames in which it is present. Before the first frame in which the joint is present, it
    gets the position and the confidence of that frame; after the last such frame, those of that
    frame. A joint that is present in no frame stays missing.

    Args:
        keypoints: float [T, J, 3] of (y, x, confidence), frames in order of time; a joint is
            missing if its confidence is not positive.
        times: float [T], the times at which the frames are shown, increasing; None for evenly
            spaced frames.

    Returns:
        float32 [T, J, 3]; present joints are unchanged.

    Raises:
        ValueError: the shapes do not fit, or the times do not increase.
    """
    keypoints = np.array(keypoints, np.float32)
    if keypoints.ndim != 3 or keypoints.shape[2] != 3:
        raise ValueError(f"keypoints must have shape [T, J, 3], received {keypoints.shape}")
    moments = np.arange(len(keypoints)) if times is None else np.asarray(times, np.float64)
    if moments.shape != (len(keypoints),) or (np.diff(moments) <= 0).any():
        raise ValueError(
            f"times must be {len(keypoints)} increasing numbers, one per frame, received {times}"
        )
    for joint in range(keypoints.shape[1]):
        track = keypoints[:, joint]
        present = track[:, 2] > 0
        if not present.any():
            track[:] = 0
            continue
        for column in range(3):
            track[~present, column] = np.interp(
                moments[~present], moments[present], track[present, column]
            )
    return keypoints
