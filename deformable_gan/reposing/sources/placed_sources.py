"""Moving photographs of one person to the place of the first one."""

from dataclasses import replace

import cv2
import numpy as np

from deformable_gan.backgrounds.fill_person import fill_person
from deformable_gan.backgrounds.masked_median import masked_median
from deformable_gan.backgrounds.person_area import person_area
from deformable_gan.pose.body_box import BodyBox
from deformable_gan.pose.person_crop import PersonCrop
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.retargeting.body_lengths import estimate_lengths

# Two photographs of the same size show the same place if at least half of the pixels outside the
# people differ by at most this many grey levels, and no shift makes the photographs more alike. The
# second condition is needed because walls and floors look alike even if a hand-held camera has
# moved.
_SAME_PLACE = 8
# Shifts by this share of the longer side are tested, on images with this many pixels along it.
_SHIFT, _TESTED_LENGTH = 0.015, 128
# The edge of the person is soft over this share of the longer side.
_SOFT = 0.006


def placed_sources(person: PosedImage) -> list[PosedImage]:
    """Return all photographs of a person, with the people in `more` moved to the first one's place.

    All get the size and the crop of the first photograph, so that the same key points of a pose are
    valid for all of them, and their results match. Where nothing moves, all show the place of the
    first one: the `still` of another photograph is the first one's background with the person of
    that photograph. A photograph of the same place (from a still camera) also shows parts of the
    background that the person hides in the first one. It is not resampled if its person lies
    within the first one's crop. In every other photograph the person is scaled to the torso length
    of the person in the first one (or to a smaller one that fits into the first one's crop) and
    moved into that crop.

    Args:
        person: with other photographs in `more`, all without person masks.

    Returns:
        The photographs, beginning with the photograph of `person`; none has `more`.
    """
    first = replace(person, more=())
    whole, keypoints = _whole(first)
    others = [_Other(first, other) for other in person.more]
    same = [other for other in others if other.same_place]
    background = first.background
    if background is None:
        background = fill_person(whole, keypoints, first.skeleton)
    background = _seen_background(whole, keypoints, first.skeleton, background, same)
    first = replace(first, background=background)
    return [first, *(other.placed(background) for other in others)]


class _Other:
    """Another photograph, to be moved to the place of the first one."""

    def __init__(self, first: PosedImage, other: PosedImage):
        self._first, self._other = first, other
        whole, keypoints = _whole(first)
        theirs, joints = _whole(other)
        self.area = person_area(joints, theirs.shape[:2], other.skeleton)
        self.image = theirs
        self.same_place = False
        if theirs.shape == whole.shape:
            beside = ~self.area & ~person_area(keypoints, whole.shape[:2], first.skeleton)
            if beside.any():
                apart = cv2.absdiff(theirs, whole).max(axis=-1)[beside]
                self.same_place = bool(np.median(apart) <= _SAME_PLACE) and _camera_stands_still(
                    theirs, whole, beside
                )
        self._stays = self.same_place and _inside(joints, first.crop)

    def placed(self, background: np.ndarray) -> PosedImage:
        first, other = self._first, self._other
        image, joints = _whole(other)
        behind = None
        if not self._stays:
            window = _window(first, other)
            behind = other.background
            if behind is None:
                behind = fill_person(image, joints, other.skeleton)
            image, behind = window.apply(image), window.apply(behind)
            joints = np.where(joints[:, 2:] > 0, window.to_crop(joints), np.float32(0))
        still = _person_on(background, image, joints, other.skeleton)
        placed = PosedImage(
            *(image, joints, other.skeleton), background=background, still=still, behind=behind
        )
        if first.crop is None:
            return placed
        return replace(
            placed,
            image=first.crop.apply(image),
            keypoints=np.where(joints[:, 2:] > 0, first.crop.to_crop(joints), np.float32(0)),
            photograph=image,
            crop=first.crop,
            behind=None if behind is None else first.crop.apply(behind),
        )


def _camera_stands_still(one: np.ndarray, other: np.ndarray, beside: np.ndarray) -> bool:
    """Return whether no shift makes two images more alike.

    Args:
        one: uint8 [H, W, 3].
        other: uint8 [H, W, 3].
        beside: bool [H, W], true where neither image shows the person.
    """
    scale = min(1.0, _TESTED_LENGTH / max(beside.shape))
    size = [max(1, round(length * scale)) for length in beside.shape[::-1]]
    one, other, free = (
        cv2.resize(image.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        for image in (one, other, beside)
    )
    # The blur removes noise, which would add the same difference at any shift.
    one, other = (cv2.GaussianBlur(image, (0, 0), 1) for image in (one, other))
    height, width = free.shape
    reach = max(1, round(_SHIFT * max(height, width)))
    if min(height, width) <= 2 * reach:
        return True
    inner = slice(reach, height - reach), slice(reach, width - reach)
    differences = {}
    for y in (-reach, 0, reach):
        for x in (-reach, 0, reach):
            shifted = slice(reach + y, height - reach + y), slice(reach + x, width - reach + x)
            seen = (free[inner] > 0.99) & (free[shifted] > 0.99)
            if seen.any():
                apart = np.abs(one[shifted] - other[inner]).mean(axis=-1)
                differences[y, x] = apart[seen].mean()
    return (0, 0) not in differences or bool(differences[0, 0] <= min(differences.values()))


def _whole(person: PosedImage) -> tuple[np.ndarray, np.ndarray]:
    """Return the photograph of a person, or the image if there is none, and key points in it."""
    if person.crop is None:
        return person.image, person.keypoints
    joints = person.crop.from_crop(person.keypoints)
    return person.photograph, np.where(person.keypoints[:, 2:] > 0, joints, np.float32(0))


def _window(first: PosedImage, other: PosedImage) -> PersonCrop:
    """Return the part of another photograph that is resampled to the first one's size."""
    whole, keypoints = _whole(first)
    _, joints = _whole(other)
    size = whole.shape[:2]
    torsos = [
        estimate_lengths(pose[None], first.skeleton).get("torso", 0.0)
        for pose in (keypoints, joints)
    ]
    box = BodyBox.of_pose(joints, other.skeleton)
    crop = first.crop or PersonCrop.whole(size)
    room = min(crop.height / box.height, crop.width / box.width)
    scale = min(torsos[0] / torsos[1], room) if min(torsos) > 0 else room
    # The person is placed where the first photograph's person stands, as far as the crop allows.
    wanted = BodyBox.of_pose(keypoints, first.skeleton).centre
    y, x = (
        _clamped(middle, start + length * scale / 2, start + extent - length * scale / 2)
        for middle, start, extent, length in zip(
            wanted,
            (crop.top, crop.left),
            (crop.height, crop.width),
            (box.height, box.width),
            strict=True,
        )
    )
    middle = box.centre
    return PersonCrop(
        middle[0] - (y + 0.5) / scale,
        middle[1] - (x + 0.5) / scale,
        size[0] / scale,
        size[1] / scale,
        size,
    )


def _inside(joints: np.ndarray, crop: PersonCrop | None) -> bool:
    """Return whether all joints lie in a crop; true if the crop is None."""
    if crop is None:
        return True
    places = crop.to_crop(joints)[joints[:, 2] > 0, :2]
    return bool(((places > -0.5) & (places < np.array(crop.output_size) - 0.5)).all())


def _clamped(value: float, low: float, high: float) -> float:
    return (low + high) / 2 if low > high else min(max(value, low), high)


def _person_on(background, image, keypoints, skeleton) -> np.ndarray:
    """Return a background with the person of an image on it, with soft edges."""
    area = person_area(keypoints, image.shape[:2], skeleton).astype(np.float32)
    share = cv2.GaussianBlur(area, (0, 0), max(_SOFT * max(area.shape), 0.5))[..., None]
    mixed = background + share * (image.astype(np.float32) - background)
    return np.round(mixed).astype(np.uint8)


def _seen_background(whole, keypoints, skeleton, filled, same: list[_Other]) -> np.ndarray:
    """Return the background behind the person of the first photograph, as far as others show it.

    The background is the median of the photographs in `same` where at least one of them shows it,
    and `filled` elsewhere.
    """
    if not same:
        return filled
    hidden = person_area(keypoints, whole.shape[:2], skeleton)
    median, count = masked_median([other.image for other in same], [other.area for other in same])
    shown = (hidden & (count > 0)).astype(np.float32)
    share = cv2.GaussianBlur(shown, (0, 0), max(_SOFT * max(shown.shape), 0.5))
    share = np.minimum(share, (count > 0))[..., None]
    return np.round(filled + share * (median.astype(np.float32) - filled)).astype(np.uint8)
