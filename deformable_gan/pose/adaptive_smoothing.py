"""Smoothing joints that jitter from frame to frame, without slowing fast movements."""

import numpy as np

# The average for joints that are still uses a Gaussian this many times as wide as `seconds`.
_STILL = 2.0
# A joint counts as still if its parabolas and its average differ by no more than about this many
# standard deviations of its jitter.
_AGREEMENT = 1.5
# The least jitter of an estimator's joints, as a share of the body's extent.
_FINEST = 0.002
# Ratio of a normal distribution's standard deviation to the lower quartile of its absolute values.
# The lower quartile measures jitter alone, since movements bend a track only part of the time.
_DEVIATION_OF_QUARTILE = 3.138


def smooth_adaptively(keypoints: np.ndarray, times: np.ndarray, seconds: float) -> np.ndarray:
    """Smooth each joint's track by local parabolas, and by an average where the joint is still.

    At every frame a parabola in time is fitted to the nearby positions, weighted by a Gaussian and
    by confidence (local quadratic regression). It has no lag and follows turning points that an
    average would cut off. Where an average over a Gaussian of `2 * seconds` agrees with the
    parabolas within the joint's own jitter, the joint is still, and the result gradually becomes
    the average.

    Args:
        keypoints: float [T, J, 3] of (y, x, confidence); a joint is missing if its confidence is 0.
        times: float [T], the times at which the frames are shown, in seconds, increasing.
        seconds: the standard deviation of the Gaussian of the parabolas; 0 changes nothing.
            Fewer than three frames are not changed either.

    Returns:
        float32 [T, J, 3]. Confidences and missing joints are unchanged.
    """
    keypoints = np.array(keypoints, np.float32)
    if seconds <= 0 or len(keypoints) < 3:
        return keypoints
    times = np.asarray(times, np.float64)
    apart = (times[None, :] - times[:, None]) / seconds
    smoothed = keypoints.copy()
    finest = _FINEST * _extent(keypoints)
    for joint in range(keypoints.shape[1]):
        confidence = keypoints[:, joint, 2].clip(0).astype(np.float64)
        present = confidence > 0
        if present.any():
            places = keypoints[:, joint, :2].astype(np.float64)
            track = _smooth_track(places, confidence, apart, finest)
            smoothed[present, joint, :2] = track[present]
    return smoothed


def _smooth_track(
    places: np.ndarray, confidence: np.ndarray, apart: np.ndarray, finest: float
) -> np.ndarray:
    """Smooth the track of one joint.

    Args:
        places: float [T, 2], the joint's positions.
        confidence: float [T].
        apart: float [T, T], the differences in time between frames.
        finest: the least jitter of a joint, in pixels.
    """
    present = confidence > 0
    nearness = np.exp(-(apart**2) / 2)
    moving = _parabolas(places, nearness * confidence, apart)
    still = _averages(places, np.exp(-((apart / _STILL) ** 2) / 2) * confidence)
    jitter = max(_jitter(places[present], apart[0, present]), finest, 1e-6)
    disagreement = ((moving - still) ** 2).sum(axis=1) / (_AGREEMENT * jitter) ** 2
    share = np.exp(-_averages(disagreement[:, None], nearness) / 2)
    return moving + share * (still - moving)


def _extent(keypoints: np.ndarray) -> float:
    """Return the longer side of the box around the joints, as the median over the frames."""
    present = keypoints[..., 2:] > 0
    frames = present.any(axis=(1, 2))
    if not frames.any():
        return 0.0
    low = np.where(present, keypoints[..., :2], np.inf)[frames].min(axis=1)
    high = np.where(present, keypoints[..., :2], -np.inf)[frames].max(axis=1)
    return float(np.median((high - low).max(axis=1)))


def _averages(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return weights @ values / np.maximum(weights.sum(axis=1, keepdims=True), 1e-30)


def _parabolas(places: np.ndarray, weights: np.ndarray, apart: np.ndarray) -> np.ndarray:
    """Fit a parabola around each frame by weighted least squares; return its value at the frame.

    If no frame near a frame has a weight, the value is the frame's own position.
    """
    powers = apart[..., None] ** np.arange(3)
    moments = np.einsum("ts,tsa,tsb->tab", weights, powers, powers)
    # A small regularisation, far below a frame's weight, makes the parabola flat at a frame that
    # has no neighbours.
    moments += np.diag([0.0, 1e-9, 1e-9]) * weights.max()
    sums = np.einsum("ts,tsa,sc->tac", weights, powers, places)
    seen = weights.sum(axis=1) > 1e-12
    values = places.copy()
    values[seen] = np.linalg.solve(moments[seen], sums[seen])[:, 0]
    return values


def _jitter(places: np.ndarray, times: np.ndarray) -> float:
    """Return the standard deviation of a track's jitter.

    The jitter is measured by each position's distance from the straight line between the positions
    before and after it.
    """
    if len(places) < 3:
        return 0.0
    share = ((times[1:-1] - times[:-2]) / (times[2:] - times[:-2]))[:, None]
    off_line = places[1:-1] - (1 - share) * places[:-2] - share * places[2:]
    off_line /= np.sqrt(1 + share**2 + (1 - share) ** 2)
    return float(_DEVIATION_OF_QUARTILE * np.quantile(np.abs(off_line), 0.25))
