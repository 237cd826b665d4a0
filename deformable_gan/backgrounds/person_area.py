"""Two areas of an image, from the joints alone: where a person may be, and certainly is."""

from collections.abc import Iterator

import cv2
import numpy as np

from deformable_gan.pose.skeleton import Skeleton

# All lengths are multiples of the torso's size (shoulders to hips, about half a metre) unless a
# comment says otherwise.
# Sleeves, trousers and things that a limb carries extend this far to each side of it.
_LIMB_REACH = 0.3
# Hair and hats: a disc around the middle of the head's joints.
_HEAD_REACH = 0.62
# Hands end this far beyond the wrists, as a multiple of the forearm's length.
_HAND = 0.5
# Shoes extend this far around the ankles, which are above the sole.
_FOOT_REACH = 0.42
# The clothes of the torso, and a skirt between the knees, extend this far outwards.
_TRUNK_REACH = 0.28
# A torso seen from above or bent towards the camera looks short. Its size therefore counts as at
# least this multiple of the extent of all joints.
_LEAST_TORSO_IN_BODY = 0.25
# Areas are drawn on a map of at most this many pixels in the longer direction.
_DRAWN_SIZE = 360

# The core is the area that certainly shows the person. Half widths of arms and legs in it:
_CORE_REACHES = (0.05, 0.06)
# The head's half width in the core, and the distance from the head's middle to its crown.
_CORE_HEAD_REACH = 0.17
_CORE_CROWN = 0.12
# The palm extends beyond the wrist, and the foot beyond the ankle, by these multiples of the
# forearm's and the lower leg's length.
_CORE_HAND = 0.3
_CORE_FOOT = 0.25

# Fractional bits of coordinates in OpenCV's drawing functions.
_SHIFT = 4
_THICKEST = 2000
_ANGLES = np.linspace(0, 2 * np.pi, 16, endpoint=False)
_CIRCLE = np.stack([np.sin(_ANGLES), np.cos(_ANGLES)], axis=-1)

_SIDES = ("left", "right")
_HEAD = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
_LIMBS = (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle"))


def person_area(keypoints: np.ndarray, size: tuple[int, int], skeleton: Skeleton) -> np.ndarray:
    """Return the area where a person may be, with room for hair, clothes, hands and shoes.

    The area covers the head, the limbs, the torso and the space between the thighs (a skirt). It
    is too large rather than too small, so that the pixels outside show the background.

    *Convention.* Pixel centres are at integers.

    Args:
        keypoints: float [J, 3] of (y, x, confidence) in pixels of the image. Joints whose
            confidence is not positive, whose numbers are not finite, or that lie more than 100,000
            pixels away are missing.
        size: (height, width) of the image in pixels.
        skeleton: the joints' layout.

    Returns:
        bool [height, width]. It is all false if no joint is present, and a disc around the joint
        if there is only one.

    Raises:
        ValueError: the key points do not have the layout's shape.
    """
    height, width = size
    scale = min(1.0, _DRAWN_SIZE / max(size))
    drawn = np.zeros((max(1, round(height * scale)), max(1, round(width * scale))), np.uint8)
    places = _places(keypoints, np.array(drawn.shape) / size, skeleton)
    if places:
        _draw(drawn, places)
    if scale < 1:
        drawn = cv2.resize(drawn, (width, height), interpolation=cv2.INTER_LINEAR)
    return drawn > 0


def person_core(
    keypoints: np.ndarray, size: tuple[int, int], skeleton: Skeleton
) -> tuple[np.ndarray, float]:
    """Return the pixels that certainly show the person, and the size of the torso.

    The pixels are thin limbs, parts of the hands and feet, the trunk and the middle of the head.

    Args:
        keypoints: float [J, 3]; as in `person_area`.
        size: (height, width) of the image in pixels.
        skeleton: the joints' layout.

    Returns:
        bool [height, width], all false if too few joints are present, and the size of the torso in
        pixels (at least 2).

    Raises:
        ValueError: the key points do not have the layout's shape.
    """
    core = np.zeros(size, np.uint8)
    places = _places(keypoints, np.ones(2), skeleton)
    if not places:
        return core > 0, 2.0
    unit = _torso_size(places)
    for side in _SIDES:
        for names, reach, beyond in zip(
            _LIMBS, _CORE_REACHES, (_CORE_HAND, _CORE_FOOT), strict=True
        ):
            root, middle, end = (places.get(f"{side}_{name}") for name in names)
            if root is not None and middle is not None:
                _stroke(core, root, middle, reach * unit)
            if middle is not None and end is not None:
                _stroke(core, middle, end + beyond * (end - middle), reach * unit)
    head = [places[name] for name in _HEAD if name in places]
    shoulders = _of_both_sides(places, "shoulder")
    if head:
        center = crown = np.mean(head, axis=0)
        if shoulders:
            up = center - np.mean(shoulders, axis=0)
            crown = center + _CORE_CROWN * unit * up / max(np.linalg.norm(up), 1e-6)
        _stroke(core, center, crown, _CORE_HEAD_REACH * unit)
    corners = _of_both_sides(places, "shoulder", "hip")
    if len(corners) > 2:
        _hull(core, np.array(corners), 0.0)
    return core > 0, unit


def _places(keypoints: np.ndarray, scales: np.ndarray, skeleton: Skeleton) -> dict:
    """Return the present joints' positions by name, in an image `scales` times as large."""
    keypoints = np.asarray(keypoints, np.float64)
    if keypoints.shape != (len(skeleton), 3):
        raise ValueError(
            f"keypoints must have the shape {(len(skeleton), 3)} of the layout "
            f"{skeleton.name!r}, received {keypoints.shape}: choose the matching skeleton or "
            "convert the key points"
        )
    return {
        name: (place[:2] + 0.5) * scales - 0.5
        for name, place in zip(skeleton.joints, keypoints, strict=True)
        if np.isfinite(place).all() and place[2] > 0 and np.abs(place[:2]).max() < 1e5
    }


def _of_both_sides(places: dict[str, np.ndarray], *parts: str) -> list[np.ndarray]:
    """Return the positions of the joints with these names on both sides, if present."""
    return [
        places[f"{side}_{part}"] for part in parts for side in _SIDES if f"{side}_{part}" in places
    ]


def _draw(area: np.ndarray, places: dict[str, np.ndarray]) -> None:
    unit = _torso_size(places)
    for name in places:
        _stroke(area, places[name], places[name], _LIMB_REACH * unit)
    for side in _SIDES:
        for root, middle, end in _LIMBS:
            names = [f"{side}_{joint}" for joint in (root, middle, end)]
            for start, stop in _segments(names, places):
                _stroke(area, start, stop, _LIMB_REACH * unit)
        if (ankle := places.get(f"{side}_ankle")) is not None:
            _stroke(area, ankle, ankle, _FOOT_REACH * unit)
    _draw_head(area, places, unit)
    for parts in (("shoulder", "hip"), ("hip", "knee")):
        corners = _of_both_sides(places, *parts)
        if len(corners) > 2:
            _hull(area, np.array(corners), _TRUNK_REACH * unit)


def _segments(
    names: list[str], places: dict[str, np.ndarray]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the lines along an arm or a leg, which is assumed to be straight at missing joints."""
    root, middle, end = (places.get(name) for name in names)
    if middle is None:
        if root is not None and end is not None:
            yield root, end
        return
    if root is not None:
        yield root, middle
    if end is None:
        if root is not None:
            yield middle, 2 * middle - root
        return
    yield middle, end + (_HAND * (end - middle) if names[-1].endswith("wrist") else 0)


def _draw_head(area: np.ndarray, places: dict[str, np.ndarray], unit: float) -> None:
    head = [places[name] for name in _HEAD if name in places]
    shoulders = _of_both_sides(places, "shoulder")
    if not head:
        return
    center = np.mean(head, axis=0)
    _stroke(area, center, center, _HEAD_REACH * unit)
    if shoulders:  # the neck, and hair on it
        _stroke(area, center, np.mean(shoulders, axis=0), 0.8 * _HEAD_REACH * unit)


def _torso_size(places: dict[str, np.ndarray]) -> float:
    squares = [
        np.sum((places[f"{side}_shoulder"] - places[f"{side}_hip"]) ** 2)
        for side in _SIDES
        if f"{side}_shoulder" in places and f"{side}_hip" in places
    ]
    torso = np.sqrt(np.mean(squares)) if squares else 0.0
    joints = np.array(list(places.values()))
    extent = (joints.max(axis=0) - joints.min(axis=0)).max()
    return float(max(torso, _LEAST_TORSO_IN_BODY * extent, 2.0))


def _stroke(area: np.ndarray, start: np.ndarray, end: np.ndarray, reach: float) -> None:
    """Draw everything within `reach` of a line."""
    ends = (_fixed(point[::-1]) for point in (start, end))
    thickness = min(max(1, round(2 * reach)), _THICKEST)
    cv2.line(area, *(tuple(point.tolist()) for point in ends), 1, thickness, cv2.LINE_8, _SHIFT)


def _hull(area: np.ndarray, points: np.ndarray, reach: float) -> None:
    """Draw everything within `reach` of the convex hull of points [N, 2] of (y, x)."""
    outline = _fixed((points[:, None] + reach * _CIRCLE).reshape(-1, 2)[:, ::-1])
    cv2.fillConvexPoly(area, cv2.convexHull(outline), 1, cv2.LINE_8, _SHIFT)


def _fixed(points: np.ndarray) -> np.ndarray:
    """Return coordinates as OpenCV draws them: int32 with fractional bits."""
    return np.round(points * 2**_SHIFT).clip(-(2**30), 2**30).astype(np.int32)
