"""Removing the person from a photograph."""

import cv2
import numpy as np

from deformable_gan.backgrounds.fill_hole import fill_hole
from deformable_gan.backgrounds.person_outline import person_outline
from deformable_gan.pose.skeleton import Skeleton

# Masks are widened by this share of the image's longer side, because outlines are soft.
_MASK_MARGIN = 0.012
_PERSON_GREY = 128


def fill_person(
    image: np.ndarray,
    keypoints: np.ndarray,
    skeleton: Skeleton,
    mask: np.ndarray | None = None,
) -> np.ndarray:
    """Return an image in which the person is replaced by a fill from the surroundings.

    This is not in the paper. The fill is a guess: floors, walls, horizons and grass continue;
    objects that the person hides are lost.

    Args:
        image: uint8 [H, W, 3] RGB.
        keypoints: float [J, 3] of (y, x, confidence) in pixels of the image, pixel centres at
            integers; joints whose confidence is not positive are missing. The joints determine the
            person's area (`person_outline`); if all are missing, nothing is filled in.
        skeleton: the joints' layout.
        mask: uint8 [H, W], at least 128 on the person, or bool; replaces the joints and is widened
            slightly. None to use the joints.

    Returns:
        uint8 [H, W, 3] RGB, equal to `image` away from the person.

    Raises:
        ValueError: a shape or dtype does not fit.
    """
    if mask is None:
        hole = person_outline(image, keypoints, skeleton)
    else:
        if mask.shape != image.shape[:2] or mask.dtype not in (np.uint8, np.bool_):
            raise ValueError(
                f"mask must be uint8 or bool with the image's shape {image.shape[:2]}, received "
                f"{mask.dtype} {mask.shape}"
            )
        person = mask if mask.dtype == np.bool_ else mask >= _PERSON_GREY
        reach = max(1, round(_MASK_MARGIN * max(mask.shape)))
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
        hole = cv2.dilate(person.astype(np.uint8), kernel) > 0
    return fill_hole(image, hole)
