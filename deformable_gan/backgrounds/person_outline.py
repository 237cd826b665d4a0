"""The outline of a person in an image, found by colour within the area from the joints."""

import cv2
import numpy as np

from deformable_gan.backgrounds.occupied_span import occupied_span
from deformable_gan.backgrounds.person_area import person_area, person_core
from deformable_gan.pose.skeleton import Skeleton

# GrabCut runs on an image of at most this height; outlines of larger images are enlarged.
_CUT_HEIGHT = 256
# Pixels of the area that are farther from the core than this multiple of the torso's size start as
# probable background.
_NEAR_CORE = 0.16
# A border around the area, whose width is this share of the image's height, gives the background's
# colours.
_SURROUNDINGS = 0.06
_ITERATIONS = 1
# The margin, as a share of the image's height: outlines are soft, and GrabCut may cut off the
# person's edge.
_MARGIN = 0.016


def person_outline(image: np.ndarray, keypoints: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Return the pixels of a person and a narrow margin around them.

    `person_area` gives the area where a person may be, with room for wide clothes and long hair.
    Inside it GrabCut (Rother et al. 2004) separates the person's colours from those of the
    surroundings. The centre lines of the limbs and the trunk always belong to the person.

    Args:
        image: uint8 [H, W, 3] RGB.
        keypoints: float [J, 3] of (y, x, confidence) in pixels; see `person_area`.
        skeleton: the joints' layout.

    Returns:
        bool [H, W], a part of `person_area`. It is the whole area if no part of the image
        surrounds it, because the background's colours are then unknown, or if the joints give no
        centre line (`person_core` is empty).

    Raises:
        ValueError: the key points do not have the layout's shape.
    """
    size = image.shape[:2]
    area = person_area(keypoints, size, skeleton)
    scale = min(1.0, _CUT_HEIGHT / size[0])
    if scale == 1.0:
        return _cut(image, keypoints, area, skeleton)
    height, width = (max(1, round(length * scale)) for length in size)
    scales = np.array([height / size[0], width / size[1]])
    moved = np.array(keypoints, np.float64)
    moved[:, :2] = (moved[:, :2] + 0.5) * scales - 0.5
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    outline = _cut(small, moved, person_area(moved, (height, width), skeleton), skeleton)
    outline = cv2.resize(outline.astype(np.float32), size[::-1], interpolation=cv2.INTER_LINEAR)
    return area & (outline > 0.5)


def _cut(
    image: np.ndarray, keypoints: np.ndarray, area: np.ndarray, skeleton: Skeleton
) -> np.ndarray:
    core, unit = person_core(keypoints, image.shape[:2], skeleton)
    core &= area
    if not core.any():
        return area
    surroundings = max(2, round(_SURROUNDINGS * image.shape[0]))
    rows, columns = (occupied_span(area.any(axis=axis), surroundings) for axis in (1, 0))
    area_part, core_part = area[rows, columns], core[rows, columns]
    if area_part.all():
        return area
    # The parts of the area far from the core start as probable background.
    apart = cv2.distanceTransform((~core_part).astype(np.uint8), cv2.DIST_L2, 3)
    labels = np.full(area_part.shape, cv2.GC_BGD, np.uint8)
    labels[area_part] = cv2.GC_PR_FGD
    labels[area_part & (apart > _NEAR_CORE * unit)] = cv2.GC_PR_BGD
    labels[core_part] = cv2.GC_FGD
    cv2.setRNGSeed(0)  # for this thread, so that equal images give equal outlines
    cv2.grabCut(
        *(np.ascontiguousarray(image[rows, columns]), labels, None),
        *(np.zeros((1, 65)), np.zeros((1, 65)), _ITERATIONS, cv2.GC_INIT_WITH_MASK),
    )
    person = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
    reach = max(1, round(_MARGIN * image.shape[0]))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    outline = np.zeros(image.shape[:2], bool)
    outline[rows, columns] = cv2.dilate(person.astype(np.uint8), kernel) > 0
    return outline & area
