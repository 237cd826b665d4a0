"""Filling the gaps of a background plate with frames taken at other times."""

from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np

from deformable_gan.backgrounds.background_plate import MOST_CHANGE, VISIBLE, BackgroundPlate
from deformable_gan.backgrounds.fill_hole import fill_hole
from deformable_gan.backgrounds.masked_median import masked_median
from deformable_gan.backgrounds.person_area import person_area
from deformable_gan.pose.skeleton import Skeleton

# Number of fits of the exposure; each ignores the pixels that differ visibly after the previous
# one, such as shadows and reflections.
_FITS = 3
# The fewest common pixels from which the exposure can be estimated.
_LEAST_PIXELS = 100


def complete_plate(
    plate: BackgroundPlate, frames: Iterable[tuple[np.ndarray, np.ndarray]], skeleton: Skeleton
) -> BackgroundPlate:
    """Return the plate with its unseen pixels taken from other frames of the same camera.

    With automatic exposure the empty scene is brighter or darker than the scene with a person.
    Each frame is therefore adjusted to the plate's exposure by a gain and an offset for each
    channel, fitted by least squares to the pixels that both show. A frame that still differs
    visibly from the plate in more than `MOST_CHANGE` of these pixels, or has another size, shows
    another view and is left out, and so is a frame that shares too few pixels with the plate.
    Pixels that the plate already shows stay unchanged.

    Args:
        plate: the plate of one person's frames.
        frames: images, uint8 [H, W, 3], and the joints of the person in each, float [J, 3] of
            (y, x, confidence) in pixels; a joint is missing if its confidence is 0.
        skeleton: the joints' layout.
    """
    if not plate.unseen.any():
        return plate
    size = plate.unseen.shape
    images, holes = [], []
    for image, keypoints in frames:
        if image.shape != plate.image.shape:
            continue
        hole = person_area(keypoints, size, skeleton)
        exposed = _as_exposed(image, plate, ~hole & ~plate.unseen)
        if exposed is not None:
            images.append(exposed)
            holes.append(hole)
    if not images:
        return plate
    median, count = masked_median(images, holes)
    found = plate.unseen & (count > 0)
    unseen = plate.unseen & ~found
    image = np.where(found[..., None], median, plate.image)
    return replace(plate, image=fill_hole(image, unseen), unseen=unseen)


def _as_exposed(image: np.ndarray, plate: BackgroundPlate, common: np.ndarray) -> np.ndarray | None:
    """Return the image with the plate's exposure; None if the frame is to be left out."""
    if common.sum() < _LEAST_PIXELS:
        return None
    wanted = plate.image[common].astype(np.float64)
    given = image[common].astype(np.float64)
    alike = np.ones(len(wanted), bool)
    lines = np.tile((1.0, 0.0), (3, 1))
    for _ in range(_FITS):
        if alike.sum() < _LEAST_PIXELS:
            return None
        for channel in range(3):
            columns = np.stack([given[alike, channel], np.ones(alike.sum())], axis=1)
            lines[channel] = np.linalg.lstsq(columns, wanted[alike, channel], rcond=None)[0]
        alike = np.abs(given * lines[:, 0] + lines[:, 1] - wanted).max(axis=1) <= VISIBLE
    if 1 - alike.mean() > MOST_CHANGE:
        return None
    exposed = image * lines[:, 0].astype(np.float32) + lines[:, 1].astype(np.float32)
    return cv2.convertScaleAbs(np.clip(exposed, 0, 255))
