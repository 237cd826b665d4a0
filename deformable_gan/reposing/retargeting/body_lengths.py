"""Estimating the lengths of a body's bones from poses in which some are foreshortened."""

import numpy as np

from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.reposing.retargeting.body_tree import named_joints

#: Lengths of adults as shares of their height, between the joints that pose estimators report. They
#: are close to the segment lengths of Drillis and Contini (1966), but shoulders and hips are
#: narrower, because their joints lie inside the outline of the body. `shoulders` and `hips` are
#: whole widths, `neck` is the distance from the midpoint of the shoulders to the middle of the
#: head, and `face` is the distance between the ears.
SHARES_OF_HEIGHT = {
    "torso": 0.265,
    "thigh": 0.243,
    "calf": 0.235,
    "upper_arm": 0.168,
    "forearm": 0.153,
    "shoulders": 0.195,
    "hips": 0.112,
    "neck": 0.11,
    "face": 0.1,
}
# The bones that indicate a person's height. Widths, necks and heads vary more between people.
_TELL_HEIGHT = ("torso", "thigh", "calf", "upper_arm", "forearm")
# A foreshortened bone indicates too small a height. A limb that is long for the person indicates
# too large a height. This quantile had the least error on drawn people whose limbs differ by 15 %
# from an adult's.
_HEIGHT_QUANTILE = 0.6
# The range of plausible lengths, as multiples of the adult's length. Below it the bone is
# foreshortened in all poses; above it a joint is misplaced. Children have large heads.
_LIMB, _WIDTH = (0.85, 1.25), (0.8, 1.5)
_PLAUSIBLE = {
    **dict.fromkeys(_TELL_HEIGHT, _LIMB),
    "shoulders": _WIDTH,
    "hips": _WIDTH,
    "neck": _WIDTH,
    "face": (0.8, 1.8),
}
# This quantile of a bone's lengths over a clip is used, because greater lengths come from
# misplaced joints.
_LENGTH_QUANTILE = 0.95
_LIMBS = {
    "thigh": ("hip", "knee"),
    "calf": ("knee", "ankle"),
    "upper_arm": ("shoulder", "elbow"),
    "forearm": ("elbow", "wrist"),
}
_WIDTHS = {"shoulders": "shoulder", "hips": "hip"}
# The largest apparent distances in the face at any angle, as multiples of the distance between the
# ears.
_FACE = (
    ("left_ear", "right_ear", 1.0),
    ("left_eye", "right_eye", 0.42),
    ("left_ear", "nose", 0.9),
    ("right_ear", "nose", 0.9),
    ("left_ear", "left_eye", 0.7),
    ("right_ear", "right_eye", 0.7),
    ("left_ear", "right_eye", 0.93),
    ("right_ear", "left_eye", 0.93),
)


def estimate_lengths(keypoints: np.ndarray, skeleton: Skeleton) -> dict[str, float]:
    """Estimate the full lengths of a person's bones from one or more poses.

    A bone never looks longer than it is. Its length is therefore the longest one seen, over both
    sides of the body and all poses (the 95th percentile over time). A bone may be foreshortened in
    all poses, especially in a single photograph: arms towards the camera, a sitting person's
    thighs, or shoulders in a side view. Therefore the person's height is estimated: for an adult's
    proportions (`SHARES_OF_HEIGHT`) the torso and each limb bone indicate a height, of which a
    quantile above the median is used (other bones count only if none of these is seen). Each length
    is then limited to plausible multiples of the adult's length at that height: at least 0.85 (0.8
    for widths and heads).

    Args:
        keypoints: float [T, J, 3] of (y, x, confidence) in pixels; a joint is missing if its
            confidence is not positive.
        skeleton: the joints' layout.

    Returns:
        Lengths in pixels by the names of `SHARES_OF_HEIGHT`; empty if the poses show no bone.
    """
    seen = _longest_seen(named_joints(keypoints, skeleton))
    heights = [seen[kind] / SHARES_OF_HEIGHT[kind] for kind in _TELL_HEIGHT if kind in seen]
    heights = heights or [length / SHARES_OF_HEIGHT[kind] for kind, length in seen.items()]
    if not heights:
        return {}
    height = float(np.quantile(heights, _HEIGHT_QUANTILE))
    lengths = {}
    for kind, share in SHARES_OF_HEIGHT.items():
        low, high = _PLAUSIBLE[kind]
        usual = height * share
        lengths[kind] = float(np.clip(seen.get(kind, usual), low * usual, high * usual))
    return lengths


def _longest_seen(named: dict[str, np.ndarray]) -> dict[str, float]:
    pairs = {
        "torso": [("pelvis", "chest", 1.0)],
        "neck": [("chest", "head", 1.0)],
        "face": list(_FACE),
    }
    for kind, (start, end) in _LIMBS.items():
        pairs[kind] = [(f"{side}_{start}", f"{side}_{end}", 1.0) for side in ("left", "right")]
    for kind, joint in _WIDTHS.items():
        pairs[kind] = [(f"left_{joint}", f"right_{joint}", 1.0)]
    longest = {}
    for kind, ends in pairs.items():
        lengths = [
            length
            for start, end, share in ends
            if (length := _usual_maximum(named[start] - named[end]) / share) > 0
        ]
        if lengths:
            longest[kind] = max(lengths)
    return longest


def _usual_maximum(bone: np.ndarray) -> float:
    lengths = np.hypot(*bone.T)
    lengths = lengths[np.isfinite(lengths)]
    return float(np.quantile(lengths, _LENGTH_QUANTILE)) if len(lengths) else 0.0
