"""Converting poses to another person's proportions, size and place."""

import numpy as np

from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.reposing.retargeting.body_lengths import estimate_lengths
from deformable_gan.reposing.retargeting.body_tree import BONES, PELVIS, named_joints
from deformable_gan.reposing.retargeting.ground import Standing, carry_on_feet


def retarget(keypoints: np.ndarray, source: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Return the driving person's poses converted to the source person.

    Every bone keeps its direction. Its length is multiplied by the ratio of the source's full
    length to the driving person's (`estimate_lengths`), one ratio for the whole clip: a bone that
    is foreshortened in a frame stays equally foreshortened. The face is scaled about the middle of
    the head by the ratio of the heads' sizes, so that a turned or tilted head stays turned or
    tilted.

    Size and place are one scale and one translation for the clip: the movement of the body is
    scaled by the ratio of the legs' lengths, and the driving person's ground line and the middle of
    the movement are moved to the source's ground line and position. In each pose the body is then
    shifted so that the lower foot is where this transform moves it; standing feet do not slide.

    Args:
        keypoints: float [T, J, 3] of (y, x, confidence), poses of the driving person in pixels of
            any image; a joint is missing if its confidence is not positive.
        source: float [J, 3], the pose of the source person in pixels of the image for the
            converted poses.
        skeleton: the layout of both.

    Returns:
        float32 [T, J, 3] in pixels of the source's image. Confidences are unchanged and missing
        joints stay missing, with all three numbers 0. A joint whose parent is missing is placed
        from the nearest ancestor that is present. Joints may lie outside the image. If the source
        or the poses have no bone, the poses are returned unchanged.
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
    placed = _place_joints(driving, ratios, theirs, move)
    shift = carry_on_feet(driving, placed, move, theirs)
    result = np.zeros_like(keypoints)
    for index, joint in enumerate(skeleton.joints):
        result[:, index, :2] = placed[joint] + shift
    result[..., 2] = keypoints[..., 2]
    return np.where(keypoints[..., 2:] > 0, result, np.float32(0))


def _place_joints(driving, ratios, lengths, move) -> dict[str, np.ndarray]:
    """Place all joints, parents first.

    Args:
        driving: the driving person's joints by name.
        ratios: length ratios by kind of bone.
        lengths: the driving person's lengths.
        move: maps the driving person's positions to those in the source's image.

    Returns:
        float64 [T, 2] by joint, NaN for missing joints.
    """
    bones = {joint: (parent, kind) for joint, parent, kind in BONES}
    placed = {PELVIS: move(driving[PELVIS])}
    for joint, (parent, kind) in bones.items():
        if joint not in driving:
            continue
        place = np.full_like(driving[joint], np.nan)
        # Across missing joints the distance is the sum of the bones in between.
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
        # `move` places a joint that no bone connects to a joint in view, as it does the pelvis; for
        # example the chest if both hips are missing.
        placed[joint] = np.where(np.isnan(place), move(driving[joint]), place)
    return placed
