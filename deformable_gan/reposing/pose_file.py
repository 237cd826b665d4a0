"""Pose files, which people can write by hand.

::

    {
      "format": "deformable_gan pose",
      "image_size": [128, 72],
      "joints": {"nose": [20.5, 36], "left_wrist": [60, 50.2, 0.8], …}
    }

`joints` maps the name of each joint to [y, x] or [y, x, confidence], in pixels of an image of size
`image_size` ([height, width]), pixel centres at integers. A joint that is left out is missing. The
names are COCO's 17, and optionally `neck`. A file with several poses has no `joints`. It has
`frames`, a list of objects like `joints`, and `rate`, the number of frames per second. `format` may
be left out. An unknown field is an error. Files of OpenPose and COCO are read as well: see
`foreign_poses`.
"""

import json
import math
import re
from pathlib import Path

import numpy as np

from deformable_gan.data.atomic_file import atomic_file
from deformable_gan.errors import PoseError
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18, Skeleton
from deformable_gan.reposing.foreign_poses import foreign_pose
from deformable_gan.text_files import read_text

FORMAT = "deformable_gan pose"
_FIELDS = ("format", "image_size", "joints", "frames", "rate")
# More precision than a hundredth of a pixel has no effect.
_DECIMALS = 2
# A list of numbers that `json` has written on several lines.
_NUMBERS = re.compile(r"\[[-+\d.,eE\s]+\]")


def read_poses(path: Path) -> tuple[np.ndarray, Skeleton, tuple[int, int], float | None]:
    """Read a pose file.

    Returns:
        Key points, float32 [T, J, 3] of (y, x, confidence), all 0 for a missing joint; their layout
        (`OPENPOSE18` if a neck is given, otherwise `COCO17`); the image's (height, width); and the
        poses per second, None for a single pose.

    Raises:
        PoseError: the file is absent, cannot be read or is not a pose file.
    """
    try:
        text = read_text(path)
    except FileNotFoundError:
        raise PoseError(f"{path} does not exist") from None
    except (OSError, ValueError) as error:
        raise PoseError(f"{path} cannot be read: {error}") from error
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PoseError(f"{path} is not JSON: {error}") from None
    if foreign := foreign_pose(value, path):
        return foreign.keypoints[None], foreign.skeleton, foreign.image_size, None
    if not isinstance(value, dict) or value.get("format", FORMAT) != FORMAT:
        raise PoseError(
            f'{path}: expected a JSON object with "format": "{FORMAT}", or a file of OpenPose or '
            "COCO with at least one person"
        )
    for name in value:
        if name not in _FIELDS:
            raise PoseError(f"{path}: unknown field {name!r}: expected {', '.join(_FIELDS)}")
    image_size = _image_size(value.get("image_size"), path)
    if ("joints" in value) == ("frames" in value):
        raise PoseError(
            f"{path}: expected either 'joints' (one pose) or 'frames' (many poses), and not both"
        )
    single = "joints" in value
    frames = [value["joints"]] if single else value["frames"]
    if not isinstance(frames, list) or not frames:
        raise PoseError(
            f"{path}: 'frames' must be a list of at least one pose, received {frames!r:.60}"
        )
    places = [path if single else f"{path}, frame {number}" for number in range(len(frames))]
    named = [_joints(frame, place) for frame, place in zip(frames, places, strict=True)]
    skeleton = OPENPOSE18 if any("neck" in joints for joints in named) else COCO17
    keypoints = np.zeros((len(named), len(skeleton), 3), np.float32)
    for pose, joints in zip(keypoints, named, strict=True):
        for joint, numbers in joints.items():
            pose[skeleton.index(joint)] = numbers
    return keypoints, skeleton, image_size, None if single else _rate(value.get("rate"), path)


def write_poses(
    path: Path,
    keypoints: np.ndarray,
    skeleton: Skeleton,
    image_size: tuple[int, int],
    rate: float | None = None,
) -> None:
    """Write a pose file.

    Args:
        path: the file.
        keypoints: float [T, J, 3] of (y, x, confidence); a joint is missing if its confidence is 0.
        skeleton: the joints' layout.
        image_size: (height, width) of the image.
        rate: poses per second; None for a single pose.

    Raises:
        MediaError: the file cannot be written.
    """
    frames = [
        {
            # A confidence that rounds to zero must not turn a present joint into a missing one.
            joint: [*map(_rounded, place), max(_rounded(confidence), 10**-_DECIMALS)]
            for joint, (*place, confidence) in zip(skeleton.joints, pose, strict=True)
            if confidence > 0
        }
        for pose in keypoints
    ]
    poses = {"joints": frames[0]} if rate is None else {"rate": rate, "frames": frames}
    value = {"format": FORMAT, "image_size": [int(length) for length in image_size], **poses}
    text = json.dumps(value, indent=1)
    # One line per joint instead of one line per number, for people who edit the file.
    text = _NUMBERS.sub(lambda match: " ".join(match[0].split()), text)
    with atomic_file(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def _rounded(number: float) -> float:
    return round(float(number), _DECIMALS)


def _image_size(value, path: Path) -> tuple[int, int]:
    whole = isinstance(value, list) and all(type(length) is int for length in value)
    if not whole or len(value) != 2 or min(value) < 1:
        raise PoseError(
            f"{path}: 'image_size' must be [height, width] of the image that shows the pose, "
            f"received {value!r:.60}"
        )
    return tuple(value)


def _joints(value, place) -> dict[str, list[float]]:
    if not isinstance(value, dict):
        raise PoseError(f"{place}: expected joints by their names, received {value!r:.60}")
    joints = {}
    for joint, numbers in value.items():
        if joint not in OPENPOSE18.joints:
            raise PoseError(
                f"{place}: unknown joint {joint!r}: expected {', '.join(COCO17.joints)} or neck"
            )
        if not isinstance(numbers, list) or len(numbers) not in (2, 3) or not _finite(numbers):
            raise PoseError(
                f"{place}: {joint} must be [y, x] or [y, x, confidence], received {numbers!r:.60}"
            )
        joints[joint] = [*map(float, numbers), 1.0][:3]
        if joints[joint][2] <= 0:
            joints[joint] = [0.0, 0.0, 0.0]
    return joints


def _rate(value, path: Path) -> float:
    if type(value) not in (int, float) or not 0 < value < math.inf:
        raise PoseError(
            f"{path}: 'rate' must be a positive number of frames per second, received {value!r:.60}"
        )
    return float(value)


def _finite(numbers: list) -> bool:
    return all(type(number) in (int, float) and abs(number) < 1e6 for number in numbers)
