"""Making room for poses in a photograph: their position, and a crop that contains them."""

from dataclasses import replace

import cv2
import numpy as np

from deformable_gan.pose.body_box import BodyBox
from deformable_gan.pose.clip_crops import usual_extent
from deformable_gan.pose.person_crop import PersonCrop
from deformable_gan.reposing.posed_image import PosedImage

# The largest size of a crop with room for the poses, relative to the source's crop. In a larger one
# the person would be too small for the network.
_LARGEST_CROP = 1.6
# The source's crop is kept unless the poses need one that is larger by more than this factor,
# because the margins of body boxes are generous.
_SPARE = 1.05


def move_inside(keypoints: np.ndarray, width: int) -> np.ndarray:
    """Move all poses sideways by one distance, so that their joints lie in an image.

    Poses that are wider than the image are moved so that equally much is cut off on both sides.

    Args:
        keypoints: float [T, J, 3] of (y, x, confidence) in pixels of the image.
        width: the width of the image, in pixels.

    Returns:
        float32 [T, J, 3].
    """
    keypoints = np.array(keypoints, np.float32)
    present = keypoints[..., 2] > 0
    boxes = [
        BodyBox(*map(float, (*pose[seen, :2].min(axis=0), *pose[seen, :2].max(axis=0))))
        for pose, seen in zip(keypoints, present, strict=True)
        if seen.any()
    ]
    if not boxes:
        return keypoints
    extent = usual_extent(boxes)
    # The free space to the left and to the right of the poses; negative if they extend beyond it.
    left, right = extent.left + 0.5, width - 0.5 - extent.right
    inside = min(right, 0.0) - min(left, 0.0)
    shift = inside if left + right >= 0 else (right - left) / 2
    keypoints[present, 1] += np.float32(shift)
    return keypoints


def with_room(person: PosedImage, keypoints: np.ndarray) -> PosedImage:
    """Return the person cropped again from the photograph, so that the poses fit into the crop.

    The new crop is made to contain the old one, is at most 1.6 times as high and wide, and is then
    fitted into the photograph (`PersonCrop.fitted`). The person is returned unchanged if the old
    crop has enough room.

    Args:
        person: a person cropped from a photograph.
        keypoints: float [T, J, 3] of (y, x, confidence) in pixels of the photograph.
    """
    crop = person.crop
    poses = [pose for pose in keypoints if (pose[:, 2] > 0).sum() > 1]
    if not poses:
        return person
    extent = usual_extent([BodyBox.of_pose(pose, person.skeleton) for pose in poses])
    now = BodyBox(crop.top, crop.left, crop.top + crop.height, crop.left + crop.width)
    up, aside = ((_LARGEST_CROP - 1) / 2 * length for length in (crop.height, crop.width))
    wanted = BodyBox(
        min(now.top, max(extent.top, now.top - up)),
        min(now.left, max(extent.left, now.left - aside)),
        max(now.bottom, min(extent.bottom, now.bottom + up)),
        max(now.right, min(extent.right, now.right + aside)),
    )
    wider = PersonCrop.around(wanted, crop.output_size)
    if wider.height <= _SPARE * crop.height:
        return person
    return _cut_out(person, wider.fitted(person.photograph.shape[:2]))


def _cut_out(person: PosedImage, crop: PersonCrop) -> PosedImage:
    present = person.keypoints[:, 2:] > 0
    joints = crop.to_crop(person.crop.from_crop(person.keypoints))
    mask = person.mask
    if mask is not None:
        # The mask is known only within the old crop, in which the person lies.
        corners = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1]], np.float32)
        places = person.crop.to_crop(crop.from_crop(corners))[:, 1::-1]
        new_to_old = cv2.getAffineTransform(corners[:, 1::-1].copy(), places.copy())
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        mask = cv2.warpAffine(mask, new_to_old, crop.output_size[::-1], flags=flags)
    return replace(
        person,
        image=crop.apply(person.photograph),
        keypoints=np.where(present, joints, np.float32(0)),
        mask=mask,
        crop=crop,
    )
