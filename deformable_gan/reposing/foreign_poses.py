"""Reading poses from OpenPose's JSON files, COCO's annotations and results of other detectors.

OpenPose writes a file for each frame: `{"version": 1.3, "people": [{"pose_keypoints_2d": [x, y,
confidence, …]}, …]}`, with 25 joints (BODY_25) or 18 (its COCO model). The file does not state the
image's size.

COCO has `{"images": […], "annotations": [{"keypoints": [x, y, v, …], …}, …]}`, with 17 joints; v is
0 for a missing joint, 1 for a hidden one and 2 for a visible one. Detectors write a list of such
annotations with a confidence in place of v. Coordinates are in pixels.
"""

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

from deformable_gan.data.usable_pose import why_unusable
from deformable_gan.errors import PoseError
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18, Skeleton

_BODY_25 = (
    *("nose", "neck", "right_shoulder", "right_elbow", "right_wrist"),
    *("left_shoulder", "left_elbow", "left_wrist", None),  # the middle of the hips
    *("right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle"),
    *("right_eye", "left_eye", "right_ear", "left_ear"),
    *(None,) * 6,  # toes and heels
)
_COCO_18 = (*_BODY_25[:8], *_BODY_25[9:19])
# Joint names by the number of joints.
_OPENPOSE = {25: _BODY_25, 18: _COCO_18}
# OpenPose itself does not draw joints with a lower confidence.
_LEAST_CONFIDENCE = 0.05


class ForeignPose(NamedTuple):
    """A pose from a file of another program.

    Attributes:
        keypoints: float32 [J, 3] of (y, x, confidence), all 0 for a missing joint.
        skeleton: the joints' layout.
        image_size: (height, width) of the image. If the file does not state it, it is assumed that
            the image ends one body width to the right of the body and one body height below it.
    """

    keypoints: np.ndarray
    skeleton: Skeleton
    image_size: tuple[int, int]


def foreign_pose(value: object, path: Path) -> ForeignPose | None:
    """Read the pose in a file of OpenPose, COCO or another detector.

    If the file contains several people, the most prominent one is used: the tallest person with
    both shoulders and both hips or, if there is none, the tallest person.

    Args:
        value: the file's JSON.
        path: the file, for messages.

    Returns:
        The pose; None if the file is not of one of these kinds.

    Raises:
        PoseError: the file is of one of these kinds, but it contains no pose, poses of several
            images, a wrong number of values, or (OpenPose) coordinates between 0 and 1.
    """
    if isinstance(value, dict) and isinstance(value.get("people"), list):
        return _openpose(value["people"], path)
    if isinstance(value, dict) and isinstance(value.get("annotations"), list):
        return _coco(value["annotations"], value, path)
    if isinstance(value, list) and value and _has_list(value[0], "keypoints"):
        return _coco(value, {}, path)
    return None


def _openpose(people: list, path: Path) -> ForeignPose:
    poses = []
    for person in people:
        place = f"{path}, person {len(poses)}"
        numbers = None
        if isinstance(person, dict):
            numbers = person.get("pose_keypoints_2d", person.get("pose_keypoints"))
        table = _table(numbers, tuple(_OPENPOSE), place)
        pose = np.zeros((len(OPENPOSE18), 3), np.float32)
        for joint, (x, y, confidence) in zip(_OPENPOSE[len(table)], table, strict=True):
            if joint and confidence > _LEAST_CONFIDENCE:
                pose[OPENPOSE18.index(joint)] = y, x, confidence
        poses.append(pose)
    pose = _most_prominent(poses, OPENPOSE18, path)
    seen = pose[pose[:, 2] > 0, :2]
    if len(seen) and seen.max() <= 1:
        raise PoseError(
            f"{path}: the coordinates are between 0 and 1, expected pixels: run OpenPose with "
            "--keypoint_scale 0"
        )
    low, high = (seen.min(axis=0), seen.max(axis=0)) if len(seen) else (np.zeros(2), np.ones(2))
    height, width = (math.ceil(float(length)) + 1 for length in high + (high - low))
    return ForeignPose(pose, OPENPOSE18, (height, width))


def _coco(annotations: list, value: dict, path: Path) -> ForeignPose:
    people = [one for one in annotations if _has_list(one, "keypoints")]
    identifiers = {str(one.get("image_id")) for one in people}
    if len(identifiers) > 1:
        raise PoseError(
            f"{path} holds poses of {len(identifiers)} images, expected one image: write the "
            "annotations of one image to a separate file"
        )
    poses = []
    for person in people:
        table = _table(person["keypoints"], (len(COCO17),), f"{path}, annotation {len(poses)}")
        x, y, visible = table.T
        if np.isin(visible, (0, 1, 2)).all() and (visible == 2).any():
            visible = visible / 2
        pose = np.stack([y, x, visible], axis=1)
        poses.append(np.where(visible[:, None] > 0, pose, 0).astype(np.float32))
    pose = _most_prominent(poses, COCO17, path)
    return ForeignPose(pose, COCO17, _image_size(value, identifiers, pose))


def _image_size(value: dict, identifiers: set[str], pose: np.ndarray) -> tuple[int, int]:
    images = value.get("images", value.get("image"))
    for image in images if isinstance(images, list) else [images]:
        if not isinstance(image, dict) or str(image.get("id")) not in {*identifiers, "None"}:
            continue
        size = image.get("height"), image.get("width")
        if all(type(length) is int and 0 < length < 1e6 for length in size):
            return size
    seen = pose[pose[:, 2] > 0, :2]
    reach = seen.max(axis=0) * 2 - seen.min(axis=0)
    return tuple(max(1, math.ceil(float(length)) + 1) for length in reach)


def _most_prominent(poses: list[np.ndarray], skeleton: Skeleton, path: Path) -> np.ndarray:
    if not poses:
        raise PoseError(f"{path} holds no pose: it lists no person with joints")

    def prominence(pose: np.ndarray) -> tuple[bool, float]:
        rows = pose[pose[:, 2] > 0, 0]
        return why_unusable(pose, skeleton) is None, float(np.ptp(rows)) if len(rows) else 0.0

    best = max(poses, key=prominence)
    if not best.any():
        raise PoseError(f"{path} holds no pose: all joints of the people in it are missing")
    return best


def _table(numbers: object, counts: tuple[int, ...], place: str) -> np.ndarray:
    """Return float64 [J, 3] of (x, y, confidence)."""
    usable = isinstance(numbers, list) and all(
        type(number) in (int, float) and abs(number) < 1e6 for number in numbers
    )
    if not usable or len(numbers) not in [3 * count for count in counts]:
        expected = " or ".join(str(count) for count in counts)
        raise PoseError(
            f"{place}: expected x, y and confidence of {expected} joints, received {numbers!r:.60}"
        )
    return np.array(numbers, np.float64).reshape(-1, 3)


def _has_list(value: object, field: str) -> bool:
    return isinstance(value, dict) and isinstance(value.get(field), list) and bool(value[field])
