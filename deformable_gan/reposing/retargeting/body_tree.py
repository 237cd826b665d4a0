"""The body as a tree of bones, from the pelvis to wrists, ankles and face."""

import numpy as np

from deformable_gan.pose.skeleton import Skeleton

#: The virtual joints, which are midpoints of pairs of joints.
PELVIS, CHEST, HEAD = "pelvis", "chest", "head"
_SIDES = ("left", "right")
_FACE = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")

#: (joint, parent, kind of bone), parents first. Bones of one kind, such as both thighs, have the
#: same length.
BONES = (
    (CHEST, PELVIS, "torso"),
    *((f"{side}_hip", PELVIS, "hips") for side in _SIDES),
    *((f"{side}_knee", f"{side}_hip", "thigh") for side in _SIDES),
    *((f"{side}_ankle", f"{side}_knee", "calf") for side in _SIDES),
    ("neck", CHEST, "shoulders"),
    *((f"{side}_shoulder", CHEST, "shoulders") for side in _SIDES),
    *((f"{side}_elbow", f"{side}_shoulder", "upper_arm") for side in _SIDES),
    *((f"{side}_wrist", f"{side}_elbow", "forearm") for side in _SIDES),
    (HEAD, CHEST, "neck"),
    *((joint, HEAD, "face") for joint in _FACE),
)


def named_joints(keypoints: np.ndarray, skeleton: Skeleton) -> dict[str, np.ndarray]:
    """Return the positions of all joints, including the virtual ones, by name.

    The pelvis is the midpoint of the hips, and the chest is the midpoint of the shoulders; if one
    of the two joints is missing, the other one is used. The head is the midpoint of the ears, or
    else the only visible ear, the midpoint of the eyes, one eye, or the nose.

    Args:
        keypoints: float [T, J, 3] of (y, x, confidence) in pixels; a joint is missing if its
            confidence is not positive.
        skeleton: the joints' layout.

    Returns:
        float64 [T, 2] of (y, x) by joint, NaN for missing joints.
    """
    keypoints = np.asarray(keypoints, np.float64)
    places = np.where(keypoints[..., 2:] > 0, keypoints[..., :2], np.nan)
    named = {joint: places[:, index] for index, joint in enumerate(skeleton.joints)}
    named[PELVIS] = _middle(named, "hip")
    named[CHEST] = _middle(named, "shoulder")
    named[HEAD] = _first_known(_middle(named, "ear"), _middle(named, "eye"), named["nose"])
    return named


def _middle(named: dict[str, np.ndarray], kind: str) -> np.ndarray:
    left, right = (named[f"{side}_{kind}"] for side in _SIDES)
    return _first_known((left + right) / 2, left, right)


def _first_known(*choices: np.ndarray) -> np.ndarray:
    result = choices[0]
    for choice in choices[1:]:
        result = np.where(np.isnan(result), choice, result)
    return result
