"""The side from which a pose shows the body."""

import numpy as np

from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.reposing.retargeting.body_lengths import SHARES_OF_HEIGHT

_TORSO = SHARES_OF_HEIGHT["torso"]
# Widths of adults who face the camera, in torso lengths.
_WIDTHS = {
    "shoulder": SHARES_OF_HEIGHT["shoulders"] / _TORSO,
    "hip": SHARES_OF_HEIGHT["hips"] / _TORSO,
}
# Sideways distance of the nose from the middle of the ears in a side view, in torso lengths: 0.9
# times the width between the ears.
_NOSE = 0.9 * SHARES_OF_HEIGHT["face"] / _TORSO
# A head that is turned by less than this (1 is a side view) does not show to which side the body is
# turned.
_LEAST_TURN = 0.15
_SIDES = ("left", "right")


def body_view(keypoints: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Return the direction of the front of the body, seen from above.

    The order and the width of the shoulders and of the hips, in torso lengths, show how much the
    body faces the camera; the shoulders have twice the weight of the hips. The head shows to which
    side the body is turned, by the position of the nose relative to the middle of the ears or of
    the shoulders, or by the only visible ear.

    *Convention.* Everything is measured across the torso, so that a person who leans or lies has
    the same view as an upright person.

    Args:
        keypoints: float [..., J, 3] of (y, x, confidence); a joint is missing if its confidence is
            not positive.
        skeleton: the joints' layout.

    Returns:
        float64 [..., 2]: (1, 0) faces the camera, (-1, 0) is seen from behind, (0, 1)
        looks towards the right of the image and (0, -1) towards its left. The second number is 0 if
        the head does not show the side, and both are 0 if shoulders or hips are missing.
    """
    keypoints = np.asarray(keypoints, np.float64)
    places = dict(zip(skeleton.joints, np.moveaxis(keypoints[..., :2], -2, 0), strict=True))
    sure = dict(zip(skeleton.joints, np.moveaxis(keypoints[..., 2], -1, 0), strict=True))
    known = np.all([sure[f"{side}_{part}"] > 0 for side in _SIDES for part in _WIDTHS], axis=0)
    chest, pelvis = (
        (places[f"left_{part}"] + places[f"right_{part}"]) / 2 for part in ("shoulder", "hip")
    )
    down = pelvis - chest
    length = np.maximum(np.linalg.norm(down, axis=-1), 1e-6)
    # A quarter turn from down: to the right of the image for an upright person.
    across = np.stack([-down[..., 1], down[..., 0]], axis=-1) / length[..., None]

    def width(left, right):
        return np.sum((left - right) * across, axis=-1) / length

    facing = {
        part: width(places[f"left_{part}"], places[f"right_{part}"]) / usual
        for part, usual in _WIDTHS.items()
    }
    facing = np.clip((2 * facing["shoulder"] + facing["hip"]) / 3, -1, 1)
    turn = _turn_of_head(places, sure, width, chest)
    side = np.sqrt(1 - facing**2) * np.where(np.abs(turn) < _LEAST_TURN, 0, np.sign(turn))
    view = np.stack([facing, side], axis=-1)
    return np.where(known[..., None], view, 0.0)


def _turn_of_head(places, sure, width, chest) -> np.ndarray:
    """Return how far the head is turned, from -1 (to the left of the image) to 1 (to its right)."""
    nose = sure["nose"] > 0
    ears = [sure[f"{side}_ear"] > 0 for side in _SIDES]
    middle = (places["left_ear"] + places["right_ear"]) / 2
    middle = np.where((ears[0] & ears[1])[..., None], middle, chest)
    of_nose = np.clip(width(places["nose"], middle) / _NOSE, -1, 1)
    # A person who looks to the right of the image shows the right ear.
    of_ears = ears[1].astype(float) - ears[0]
    return np.where(ears[0] == ears[1], np.where(nose, of_nose, 0.0), of_ears)
