"""What passes between the page and its joint editor: one pose as JSON.

::

    {"size": [128, 72], "joints": {"nose": [20.5, 36.0, 1.0], …}, "bones": [["nose", …], …],
     "backdrop": "data:image/jpeg;base64,…"}

`joints` holds [y, x, confidence] in pixels of a picture of `size` ([height, width]), pixel centres
at integers; missing ones are left out. `joint_editor.js` shows it and gives it back changed.
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
    """Return what the editor is to show.

    Args:
        keypoints: float [J, 3] of (y, x, confidence) in pixels of a picture of `image_size`.
        skeleton: their layout.
        backdrop: uint8 [H', W', 3], shown behind them at whatever size.
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
    """Return the pose that comes back from the editor.

    Args:
        value: from a browser, which may send anything; None or empty where nothing is shown.
        skeleton: the layout wanted.
        image_size: (height, width) of the picture that the joints lie on.

    Returns:
        float32 [J, 3] of (y, x, confidence), zeros where missing; None for no value.

    Raises:
        PoseError: it is no pose of that layout.
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
        raise PoseError(f"what came back is no pose of the layout {skeleton.name}") from error
    keypoints = keep_seen_joints(keypoints, image_size, 0.0)
    if reason := why_unusable(keypoints, skeleton):
        raise PoseError(f"the pose cannot be used: {reason}; both shoulders and hips must be there")
    return keypoints


def _data_uri(image: np.ndarray) -> str:
    _, encoded = cv2.imencode(
        ".jpg", np.ascontiguousarray(image[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    )
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode("ascii")
