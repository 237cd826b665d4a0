"""Stabilising a clip whose camera sways, drifts or turns a little."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from deformable_gan.backgrounds.camera_motion import STILL, CameraMotion, follow_camera
from deformable_gan.backgrounds.panorama import Panorama
from deformable_gan.backgrounds.person_area import person_area
from deformable_gan.data.preparing.backgrounds import plate_positions
from deformable_gan.pose.person_crop import PersonCrop
from deformable_gan.pose.skeleton import Skeleton

# The largest camera motion that is followed, as a share of the frame's longer side.
_MOST_EXTENT = 0.5
# The stabilised frames must differ from a frame in the middle of the clip by less than this share
# of the original frames' difference.
_BETTER = 0.9
# The camera's motion is estimated from the surroundings of the person up to this distance, as a
# share of the crop's size: a clip may show several scenes side by side.
_AROUND = 0.5

Read = Callable[[int], np.ndarray]


@dataclass(frozen=True)
class SteadyCamera:
    """A clip as a still camera would have recorded it.

    Attributes:
        read: returns the frame at a position, uint8 [H, W, 3]; parts that the moving camera did
            not see at that moment come from other frames.
        keypoints: float [N, J, 3] of (y, x, confidence) in pixels of these frames.
        size: (H, W).
        extent: how far a frame's corners moved with the camera, in pixels.
    """

    read: Read
    keypoints: np.ndarray
    size: tuple[int, int]
    extent: float


def steady_camera(
    read: Read,
    keypoints: np.ndarray,
    splits: Sequence[str | None],
    crops: Sequence[PersonCrop],
    skeleton: Skeleton,
) -> SteadyCamera | None:
    """Follow the camera through a clip, and align all frames with the first one.

    The image of the scene is made from training frames alone. Held-out frames contribute only the
    camera's position.

    Args:
        read: returns the frame at a position, uint8 [H, W, 3].
        keypoints: float [N, J, 3] in pixels of the frames.
        splits: N values, each `train`, `test` or None.
        crops: N crops, the parts of the frames that are used.
        skeleton: the joints' layout.

    Returns:
        The clip; None if the camera stands still, cannot be followed or moves too far, or if the
        aligned frames still differ too much from each other, or are not clearly more similar than
        the original ones.
    """
    motion = _camera_motion(read, keypoints, crops, skeleton)
    if motion is None or not STILL < motion.extent <= _MOST_EXTENT * max(motion.size):
        return None
    chosen = plate_positions(splits)
    panorama = Panorama.of_frames(
        ((position, read(position), keypoints[position]) for position in chosen), motion, skeleton
    )
    if not panorama.plate.still or not _is_better(
        panorama, read, keypoints, crops, chosen, skeleton
    ):
        return None
    moved = [panorama.place(position, one) for position, one in enumerate(keypoints)]
    return SteadyCamera(
        lambda position: panorama.steady(position, read(position)),
        np.array(moved),
        panorama.plate.image.shape[:2],
        motion.extent,
    )


def _camera_motion(
    read: Read, keypoints: np.ndarray, crops: Sequence[PersonCrop], skeleton: Skeleton
) -> CameraMotion | None:
    """Estimate the camera's motion from the surroundings of the person."""

    def frames():
        for position, crop in enumerate(crops):
            image = read(position)
            size = image.shape[:2]
            hidden = person_area(keypoints[position], size, skeleton)
            yield image, hidden | ~crop.grown(_AROUND).covers(size)

    return follow_camera(frames())


def _is_better(
    panorama: Panorama,
    read: Read,
    keypoints: np.ndarray,
    crops: Sequence[PersonCrop],
    positions: Sequence[int],
    skeleton: Skeleton,
) -> bool:
    """Return whether the aligned frames differ less from a middle frame than the original ones."""
    middle = positions[len(positions) // 2]
    reference = read(middle)
    size = reference.shape[:2]
    shown = crops[middle].covers(size) & ~person_area(keypoints[middle], size, skeleton)
    before: list[float] = []
    after: list[float] = []
    for position in positions:
        image = read(position)
        moved, place = panorama.seen_from(middle, position, image, keypoints[position])
        for errors, other, pose in ((before, image, keypoints[position]), (after, moved, place)):
            free = shown & ~person_area(pose, size, skeleton)
            if free.any():
                errors.append(float(cv2.absdiff(reference, other)[free].mean()))
    return bool(before) and bool(after) and np.mean(after) < _BETTER * np.mean(before)
