"""The pose of a standing person, to start from."""

import numpy as np

from deformable_gan.pose.skeleton import COCO17, Skeleton, convert_keypoints, mirror_joint

# Positions (distance from the top, distance from the middle towards the person's left) in image
# heights. Joints of the right side mirror those of the left.
_FIGURE = {
    "nose": (0.13, 0.0),
    "left_eye": (0.115, 0.015),
    "left_ear": (0.12, 0.032),
    "left_shoulder": (0.22, 0.085),
    "left_elbow": (0.365, 0.115),
    "left_wrist": (0.495, 0.13),
    "left_hip": (0.51, 0.055),
    "left_knee": (0.71, 0.065),
    "left_ankle": (0.905, 0.07),
}


def standing_pose(skeleton: Skeleton, image_size: tuple[int, int]) -> np.ndarray:
    """Return the pose of a person who faces the camera and spans nine tenths of the image's height.

    Convention:
        Pixels with their centres at integers; the person's left is on the image's right.

    Args:
        skeleton: the layout of the result.
        image_size: (height, width) of the image.

    Returns:
        float32 [J, 3] of (y, x, confidence), every confidence 1.
    """
    height, width = image_size
    pose = np.ones((len(COCO17), 3), np.float32)
    for index, joint in enumerate(COCO17.joints):
        side = -1 if joint.startswith("right_") else 1
        y, x = _FIGURE[mirror_joint(joint) if side < 0 else joint]
        # The arms must stay inside a very narrow image.
        x = min(x * height, 0.45 * width)
        pose[index, :2] = y * height - 0.5, (width - 1) / 2 + side * x
    return convert_keypoints(pose, COCO17, skeleton)
