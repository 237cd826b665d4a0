"""Fitting poses to the person of a photograph."""

from dataclasses import replace

import numpy as np

from deformable_gan.data.usable_pose import keep_seen_joints
from deformable_gan.reposing.pose_sequence import PoseSequence
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.retargeting.retarget import retarget
from deformable_gan.reposing.retargeting.room import move_inside, with_room


def fit_poses(person: PosedImage, poses: PoseSequence) -> tuple[PosedImage, PoseSequence]:
    """Convert poses to the proportions, the size and the place of the source person.

    All poses of a clip are moved sideways by one distance if they would otherwise leave the
    photograph. A person who was cropped from a photograph is cropped again with room for the poses,
    because raised arms need more room than hanging ones. Joints that are still outside become
    missing.

    Args:
        person: the source.
        poses: in the layout of `person`; returned unchanged if they are not to be retargeted.

    Returns:
        The person, and poses in pixels of the person's image, which are not to be retargeted again.
    """
    if not poses.retarget:
        return person, poses
    keypoints = retarget(poses.keypoints, person.keypoints, person.skeleton)
    size = person.image.shape[:2]
    if person.crop is None:
        keypoints = move_inside(keypoints, size[1])
    else:
        outside = person.crop.from_crop(keypoints)
        outside = move_inside(outside, person.photograph.shape[1])
        person = with_room(person, outside)
        keypoints = person.crop.to_crop(outside)
    keypoints = np.array([keep_seen_joints(pose, size, 0.0) for pose in keypoints])
    return person, replace(poses, keypoints=keypoints, retarget=False)
