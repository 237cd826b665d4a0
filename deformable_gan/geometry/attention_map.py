"""Weights for the parts of an image that people look at."""

from keras import ops

from deformable_gan.geometry.background_mask import person_mask
from deformable_gan.geometry.region_masks import head_mask
from deformable_gan.geometry.regions import joint_positions, select_joints, torso_size
from deformable_gan.pose.skeleton import Skeleton

HANDS = ("left_wrist", "right_wrist")
# A hand lies within this distance of its wrist, in torso sizes.
_HAND_REACH = 0.3


def attention_map(keypoints, size, skeleton: Skeleton, head_weight: float = 1.0):
    """Return pixel weights: 0 off the person, `head_weight` times as large on head and hands.

    Not in the paper.

    Args:
        keypoints: float [B, J, 3] of (y, x, confidence) in pixels of the image.
        size: (H, W) of the image.
        skeleton: the layout.
        head_weight: the weight of the head and the hands relative to the rest of the person.

    Returns:
        float32 [B, H, W] with a mean of 1 over each image; 0 away from the person. Every pixel
        counts as the person's if a shoulder or a hip is missing. No gradient flows into the key
        points.
    """
    keypoints = ops.stop_gradient(keypoints)
    positions, presence = joint_positions(keypoints, skeleton)
    y = ops.arange(size[0], dtype="float32")
    x = ops.arange(size[1], dtype="float32")
    torso, torso_known = torso_size(positions, presence, skeleton)
    wrists, seen = select_joints(positions, presence, skeleton.indices(*HANDS))
    rows = y[:, None] - wrists[..., 0, None, None]
    columns = x[None, :] - wrists[..., 1, None, None]
    reach = (_HAND_REACH * torso)[:, None, None, None]
    hands = (rows * rows + columns * columns < reach * reach) & seen[..., None, None]
    special = ops.any(hands, axis=1) & torso_known[:, None, None]
    for head in skeleton.regions_of("head"):
        special = special | head_mask(positions, presence, skeleton, head.joints, y, x)
    person = person_mask(keypoints, size, skeleton)
    weights = ops.where(special, head_weight, 1.0) * ops.maximum(
        person, ops.cast(special, "float32")
    )
    return weights / ops.maximum(ops.mean(weights, axis=(1, 2), keepdims=True), 1e-6)
