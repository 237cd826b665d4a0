"""The camera's motion in a clip, found from the background.

A camera that seems still often moves: a hand-held camera sways, and a camera on a slider drifts. A
drift of two pixels is enough to blur a background plate and to misplace it.

Lucas-Kanade optical flow, forward and backward, tracks the corners in the parts of a frame without
people into the following frames. RANSAC then finds the shift, rotation and zoom that most corners
agree on. This is the camera's motion.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

#: A camera that moves a frame's corners by at most this many pixels counts as still.
STILL = 0.3

# Tracked corners: their largest number, their smallest distance in pixels, and the fewest needed.
_CORNERS = 400
_CORNER_DISTANCE = 4
_FEWEST = 10
# Optical flow: the side of the search window in pixels, and the highest level of the image pyramid
# (level 0 is the full size).
_WINDOW, _LEVELS = 25, 4
# A corner tracked forward and backward must end within this distance, in pixels, of its start.
_ROUND_TRIP = 0.5
# A corner follows the camera if it is within this distance, in pixels, of the position that the
# camera's motion predicts.
_AGREEMENT = 1.0
# The smallest share of the tracked corners that must follow the camera.
_LEAST_AGREEING = 0.5
# A key frame is replaced if less than this share of its corners is found again.
_LEAST_FOUND = 0.5
# A frame's zoom must lie between these factors; otherwise the tracking has failed.
_ZOOM = (0.5, 2.0)
# The largest share of a clip's frames in which the tracking may fail.
_MOST_FAILURES = 0.1


@dataclass(frozen=True)
class CameraMotion:
    """The camera's view in each frame of a clip.

    Attributes:
        transforms: float64 [N, 2, 3], one for each of the N frames. Each maps (x, y, 1), a position
            in pixels of the first frame, to the (x, y) of the same point of the scene in its frame.
        size: (height, width) of the frames.
    """

    transforms: np.ndarray
    size: tuple[int, int]

    @property
    def extent(self) -> float:
        """The largest displacement, in pixels, of a frame's corner pixels since the first frame."""
        moved = corners(self.size) @ self.transforms[:, :, :2].transpose(0, 2, 1)
        moved += self.transforms[:, None, :, 2]
        return float(np.linalg.norm(moved - corners(self.size), axis=-1).max())


def corners(size: tuple[int, int]) -> np.ndarray:
    """Return the (x, y) of an image's four corner pixels, float64 [4, 2].

    Args:
        size: (height, width) of the image in pixels.
    """
    bottom, right = size[0] - 1, size[1] - 1
    return np.array([(0, 0), (right, 0), (0, bottom), (right, bottom)], np.float64)


def follow_camera(frames: Iterable[tuple[np.ndarray, np.ndarray]]) -> CameraMotion | None:
    """Estimate the camera's motion.

    Args:
        frames: for each frame, in order, the image (uint8 [H, W, 3] RGB) and a mask, bool [H, W],
            true where a person may be.

    Returns:
        The motion; None if it cannot be estimated: the background has too few corners, the tracking
        fails in too many frames, the frames have different sizes, or there are no frames.
    """
    transforms, size, failures = [], None, 0
    key = None
    for image, occupied in frames:
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        if size not in (None, grey.shape):
            return None
        if key is None:
            size = grey.shape
            key = _KeyFrame.of(grey, occupied, np.eye(2, 3))
            if key is None:
                return None
            transforms.append(np.eye(2, 3))
            continue
        found, share = key.locate(grey, occupied, transforms[-1])
        failures += found is None
        transforms.append(transforms[-1] if found is None else found)
        if found is not None and share < _LEAST_FOUND:
            key = _KeyFrame.of(grey, occupied, found) or key
    if size is None or failures > _MOST_FAILURES * len(transforms):
        return None
    return CameraMotion(np.array(transforms), size)


@dataclass(frozen=True)
class _KeyFrame:
    """A frame whose corners are tracked into the frames after it."""

    grey: np.ndarray
    corners: np.ndarray  # float32 [K, 1, 2] of (x, y)
    in_first: np.ndarray  # float64 [K, 2]: their positions in the first frame

    @classmethod
    def of(cls, grey: np.ndarray, occupied: np.ndarray, transform: np.ndarray):
        """Return a key frame; None if it has too few corners."""
        free = (~occupied).astype(np.uint8)
        found = cv2.goodFeaturesToTrack(grey, _CORNERS, 0.003, _CORNER_DISTANCE, mask=free)
        if found is None or len(found) < _FEWEST:
            return None
        found = found.reshape(-1, 1, 2).astype(np.float32)
        back = cv2.invertAffineTransform(transform)
        return cls(grey, found, cv2.transform(found, back)[:, 0].astype(np.float64))

    def locate(self, grey: np.ndarray, occupied: np.ndarray, guess: np.ndarray):
        """Return a frame's transform and the share of the corners found; (None, 0) on failure.

        Args:
            grey: uint8 [H, W].
            occupied: bool [H, W].
            guess: the transform of the previous frame.
        """
        expected = cv2.transform(self.in_first[:, None], guess).astype(np.float32)
        there, tracked = _track(self.grey, grey, self.corners, expected)
        back, returned = _track(grey, self.grey, there, self.corners)
        error = np.linalg.norm((back - self.corners)[:, 0], axis=-1)
        good = tracked & returned & (error < _ROUND_TRIP)
        good &= ~_at(occupied, there[:, 0])
        if good.sum() < _FEWEST:
            return None, 0.0
        transform, agreeing = cv2.estimateAffinePartial2D(
            *(self.in_first[good], there[good, 0].astype(np.float64)),
            method=cv2.RANSAC,
            ransacReprojThreshold=_AGREEMENT,
        )
        if transform is None or agreeing.mean() < _LEAST_AGREEING:
            return None, 0.0
        zoom = np.sqrt(max(np.linalg.det(transform[:, :2]), 0))
        if not _ZOOM[0] < zoom < _ZOOM[1]:
            return None, 0.0
        return transform, good.mean()


def _track(grey: np.ndarray, later: np.ndarray, places: np.ndarray, guess: np.ndarray):
    """Return positions [K, 1, 2] of one frame's points in another, and which were found."""
    there, status, _ = cv2.calcOpticalFlowPyrLK(
        *(grey, later, places, guess.copy()),
        winSize=(_WINDOW, _WINDOW),
        maxLevel=_LEVELS,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    return there, status[:, 0] > 0


def _at(mask: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the mask's values at the nearest pixels; outside the mask, true."""
    x, y = np.rint(places).astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < mask.shape[1]) & (y < mask.shape[0])
    return ~inside | mask[np.where(inside, y, 0), np.where(inside, x, 0)]
