"""Checking whether a photograph shows more than one person."""

import numpy as np

from deformable_gan.data.usable_pose import SEEN, keep_seen_joints, why_unusable
from deformable_gan.pose.body_box import BodyBox

# A person smaller than this share of the found person's height is ignored as background.
_LEAST_SHARE = 0.5


def other_person(image: np.ndarray, keypoints: np.ndarray, movenet) -> BodyBox | None:
    """Find another person in addition to the one that MoveNet found.

    MoveNet finds only one person, so it is applied again after that person has been painted over.

    Args:
        image: uint8 [H, W, 3] RGB.
        keypoints: float32 [J, 3] of (y, x, confidence) of the person found, all 0 for joints not
            seen.
        movenet: a `MoveNet`.

    Returns:
        The body box of another person who has a usable pose and is at least half as tall; None if
            there is none.
    """
    size = image.shape[:2]
    found = BodyBox.of_pose(keypoints, movenet.skeleton).within(size)
    painted = image.copy()
    rows = slice(int(found.top + 0.5), int(found.bottom + 1.5))
    columns = slice(int(found.left + 0.5), int(found.right + 1.5))
    painted[rows, columns] = image.mean(axis=(0, 1)).astype(np.uint8)
    other = keep_seen_joints(movenet.estimate(painted), size, SEEN)
    if why_unusable(other, movenet.skeleton):
        return None
    box = BodyBox.of_pose(other, movenet.skeleton).within(size)
    return box if box.height >= _LEAST_SHARE * found.height else None
