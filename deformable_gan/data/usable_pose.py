"""The rule for poses that a network can learn from."""

import numpy as np

from deformable_gan.pose.skeleton import Skeleton

#: Joints that a usable pose needs: every region's transform and size depend on them.
REQUIRED_JOINTS = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
#: An estimated joint of a photograph counts as seen if its confidence is above this.
SEEN = 0.3


def keep_seen_joints(
    keypoints: np.ndarray, image_size: tuple[int, int], threshold: float
) -> np.ndarray:
    """Mark joints as missing if the estimator is unsure of them or places them outside the image.

    Args:
        keypoints: float [J, 3] of (y, x, confidence) in image pixels.
        image_size: (height, width) of the image, in pixels.
        threshold: joints whose confidence is not above it become missing.

    Returns:
        float32 [J, 3]; all three values of a missing joint are 0.
    """
    keypoints = np.asarray(keypoints, np.float32)
    y, x, confidence = keypoints.T
    height, width = image_size
    inside = (y >= -0.5) & (y < height - 0.5) & (x >= -0.5) & (x < width - 0.5)
    seen = inside & (confidence > threshold)
    return np.where(seen[:, None], keypoints, np.float32(0))  # a product would keep NaN


def why_unusable(keypoints: np.ndarray, skeleton: Skeleton) -> str | None:
    """Return what makes a pose unusable, or None if it is usable.

    A pose is usable when both shoulders and both hips are present (the original's rule).

    Args:
        keypoints: float [J, 3] of (y, x, confidence); a joint is missing if its confidence is 0.
        skeleton: the joints' layout.
    """
    present = keypoints[skeleton.indices(*REQUIRED_JOINTS), 2] > 0
    if present.all():
        return None
    if not present.any():
        return "no person found"
    shoulders, hips = present[:2].all(), present[2:].all()
    if shoulders:
        return "a hip not seen"
    return "a shoulder not seen" if hips else "shoulder and hip not seen"
