"""The evaluation mask: the rough area of the person, to which masked metrics are restricted."""

from keras import ops

from deformable_gan.geometry.rectangles import rectangles_between
from deformable_gan.geometry.regions import joint_positions, select_joints, shoulder_midpoint
from deformable_gan.pose.skeleton import Skeleton

_LIMBS = (
    ("neck", "right_shoulder"),
    ("neck", "left_shoulder"),
    ("right_shoulder", "right_elbow"),
    ("right_elbow", "right_wrist"),
    ("left_shoulder", "left_elbow"),
    ("left_elbow", "left_wrist"),
    ("neck", "right_hip"),
    ("right_hip", "right_knee"),
    ("right_knee", "right_ankle"),
    ("neck", "left_hip"),
    ("left_hip", "left_knee"),
    ("left_knee", "left_ankle"),
    ("neck", "nose"),
    ("nose", "left_eye"),
    ("left_eye", "left_ear"),
    ("nose", "right_eye"),
    ("right_eye", "right_ear"),
    ("neck", "left_ear"),
    ("neck", "right_ear"),
    ("right_hip", "left_hip"),
    ("left_hip", "left_shoulder"),
    ("right_hip", "right_shoulder"),
    ("left_ear", "right_ear"),
)

_RADIUS = 4.0
_CLOSING = 5


def evaluation_mask(keypoints, size, skeleton: Skeleton):
    """Return the mask to which masked metrics, such as the masked SSIM, are restricted.

    It consists of bands of half width 4 along 23 lines between joints and discs of radius 4 at the
    joints, closed (dilated, then eroded) with a 5 x 5 square. The widths are in pixels at every
    image size, as in the original.

    Convention: joints are (y, x, confidence) in pixels, pixel centres at integers.

    Args:
        keypoints: float [B, J, 3], of the target pose.
        size: (H, W) of the image.
        skeleton: the layout. If it has no neck, the middle of the shoulders is used.

    Returns:
        float32 [B, H, W] of 0 and 1. No gradient flows into the key points.

    Raises:
        ValueError: the key points do not have the layout's shape.
    """
    positions, presence = joint_positions(ops.stop_gradient(keypoints), skeleton)
    names = skeleton.joints
    if "neck" not in names:
        neck, neck_seen = shoulder_midpoint(positions, presence, skeleton)
        positions = ops.concatenate([positions, neck[:, None]], axis=1)
        presence = ops.concatenate([presence, neck_seen[:, None]], axis=1)
        names = (*names, "neck")
    y, x = ops.arange(size[0], dtype="float32"), ops.arange(size[1], dtype="float32")

    start, start_seen = select_joints(positions, presence, [names.index(a) for a, _ in _LIMBS])
    end, end_seen = select_joints(positions, presence, [names.index(b) for _, b in _LIMBS])
    half_width = ops.full((1, 1), _RADIUS, dtype="float32")
    bands = rectangles_between(start, end, half_width, start_seen & end_seen).cover(y, x)

    square = (y[:, None] - positions[..., 0, None, None]) ** 2
    square = square + (x - positions[..., 1, None, None]) ** 2
    discs = (square < _RADIUS**2) & presence[..., None, None]

    drawn = ops.cast(ops.any(bands, axis=1) | ops.any(discs, axis=1), "float32")[..., None]
    dilated = ops.max_pool(drawn, _CLOSING, strides=1, padding="same")
    return -ops.max_pool(-dilated, _CLOSING, strides=1, padding="same")[..., 0]
