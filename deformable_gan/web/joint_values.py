"""The value that the page and its joint editor exchange: one pose as JSON.

::

    {"size": [128, 72], "joints": {"nose": [20.5, 36.0, 1.0], …}, "bones": [["nose", …], …],
     "backdrop": "data:image/jpeg;base64,…"}

`joints` holds [y, x, confidence] in pixels of an image of `size` ([height, width]), pixel centres
at integers; missing joints are left out. `joint_editor.js` shows the pose and returns it changed.
"""

import base64
import json
import math

import cv2
import numpy as np

from deformable_gan.data.usable_pose import keep_seen_joints, why_unusable
from deformable_gan.errors import PoseError
from deformable_gan.pose.skeleton import Skeleton

_JPEG_QUALITY = 90


def editor_value(
    keypoints: np.ndarray, skeleton: Skeleton, backdrop: np.ndarray, image_size: tuple[int, int]
) -> str:
    """Return the value of the editor for a pose.

    Args:
        keypoints: float [J, 3] of (y, x, confidence) in pixels of an image of `image_size`.
        skeleton: the layout of the key points.
        backdrop: uint8 [H', W', 3] of any size, shown behind the joints.
        image_size: (height, width).
    """
    joints = {
        joint: [round(float(number), 2) for number in numbers]
        for joint, numbers in zip(skeleton.joints, keypoints, strict=True)
        if numbers[2] > 0
    }
    value = {
        "size": [int(length) for length in image_size],
        "joints": joints,
        "bones": [list(bone) for bone in skeleton.bones],
        "backdrop": _data_uri(backdrop),
    }
    return json.dumps(value)


def keypoints_of(
    value: str | None, skeleton: Skeleton, image_size: tuple[int, int]
) -> np.ndarray | None:
    """Return the pose of a value from the editor.

    Args:
        value: the value from a browser, which may send anything; None or empty if there is no pose.
        skeleton: the layout of the result.
        image_size: (height, width) of the image that the joints lie on.

    Returns:
        float32 [J, 3] of (y, x, confidence), zeros where missing; None for no value.

    Raises:
        PoseError: the value is not a pose of that layout, or lacks a shoulder or a hip.
    """
    if not value:
        return None
    try:
        joints = json.loads(value)["joints"]
        keypoints = np.zeros((len(skeleton), 3), np.float32)
        for joint, (y, x, confidence) in joints.items():
            if not all(map(math.isfinite, (y, x, confidence))):
                raise ValueError(f"{joint} is not finite")
            keypoints[skeleton.index(joint)] = y, x, confidence
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise PoseError(
            f"the page sent no valid pose of the layout {skeleton.name}: reload the page"
        ) from error
    keypoints = keep_seen_joints(keypoints, image_size, 0.0)
    if reason := why_unusable(keypoints, skeleton):
        raise PoseError(f"the pose cannot be used: {reason}; it needs both shoulders and both hips")
    return keypoints


def _data_uri(image: np.ndarray) -> str:
    _, encoded = cv2.imencode(
        ".jpg", np.ascontiguousarray(image[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    )
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode("ascii")
