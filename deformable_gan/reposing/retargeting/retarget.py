"""Poses of one person with the proportions, the size and the place of another."""

import numpy as np

from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.reposing.retargeting.body_lengths import estimate_lengths
from deformable_gan.reposing.retargeting.body_tree import BONES, CHEST, PELVIS, named_joints
from deformable_gan.reposing.retargeting.ground import Standing, carry_on_feet


def retarget(keypoints: np.ndarray, source: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Return poses of the driving person as the source person takes them.

    Every bone keeps its direction, and its length is multiplied by the ratio of the source's full
    length to the driving person's (`estimate_lengths`), one ratio for the whole clip: a bone that
    looks foreshortened in a frame stays foreshortened by as much. The face is scaled about the
    middle of the head by the ratio of the heads' sizes, so that a turned or tilted head stays one.

    Size and place are one scale and one translation for the clip: the movement of the body is
    scaled by the ratio of the legs' lengths, the driving person's ground line comes to lie on the
    source's, and the middle of the movement where the source stands. The body is then shifted so
    that the lower foot is exactly where that movement takes it: standing feet do not slide.

    Args:
        keypoints: float [T, J, 3] of (y, x, confidence), poses of the driving person in pixels of
            any image; missing where the confidence is not positive.
        source: float [J, 3], the pose of the source person in pixels of the image in which the
            poses are wanted.
        skeleton: the layout of both.

    Returns:
        float32 [T, J, 3] in pixels of the source's image. Confidences are unchanged and missing
        joints stay missing, all three 0. A joint whose parent is missing is placed from the nearest
        ancestor that is present. Joints may lie outside the image. Without a bone in the source or
        in the poses the poses are returned as they are.
    """
    keypoints = np.asarray(keypoints, np.float32)
    source = np.asarray(source, np.float32)
    theirs, own = estimate_lengths(keypoints, skeleton), estimate_lengths(source[None], skeleton)
    if not theirs or not own:
        return keypoints.copy()
    ratios = {kind: own[kind] / theirs[kind] for kind in theirs}
    driving, standing = named_joints(keypoints, skeleton), named_joints(source[None], skeleton)
    scale = (own["thigh"] + own["calf"]) / (theirs["thigh"] + theirs["calf"])
    move = Standing.of(driving, theirs).onto(Standing.of(standing, own), scale)
    placed = _grow(driving, ratios, theirs, move)
    shift = carry_on_feet(driving, placed, move, theirs)
    result = np.zeros_like(keypoints)
    for index, joint in enumerate(skeleton.joints):
        result[:, index, :2] = placed[joint] + shift
    result[..., 2] = keypoints[..., 2]
    return np.where(keypoints[..., 2:] > 0, result, np.float32(0))


def _grow(driving, ratios, lengths, move) -> dict[str, np.ndarray]:
    """Place all joints, parents first.

    Args:
        driving: the driving person's joints by name.
        ratios: of lengths, by kind of bone.
        lengths: the driving person's.
        move: from the driving person's places to those in the source's image.

    Returns:
        float64 [T, 2] by joint, NaN where missing.
    """
    bones = {joint: (parent, kind) for joint, parent, kind in BONES}
    placed = {PELVIS: move(driving[PELVIS])}
    for joint, (parent, kind) in bones.items():
        if joint not in driving:
            continue
        place = np.full_like(driving[joint], np.nan)
        # Across missing joints the way is as long as the bones on it together.
        ancestor, ours, theirs = parent, ratios[kind] * lengths[kind], lengths[kind]
        while True:
            bone = driving[joint] - driving[ancestor]
            reached = placed[ancestor] + bone * (ours / theirs)
            place = np.where(np.isnan(place), reached, place)
            if ancestor not in bones:
                break
            ancestor, kind = bones[ancestor]
            ours += ratios[kind] * lengths[kind]
            theirs += lengths[kind]
        if joint == CHEST:
            # Without hips the body hangs from the shoulders.
            place = np.where(np.isnan(place), move(driving[joint]), place)
        placed[joint] = np.where(np.isnan(place), move(driving[joint]), place)
    return placed
