"""Stick figures: the pose as an image of three channels."""

from keras import ops

from deformable_gan.geometry.rectangles import rectangles_between
from deformable_gan.geometry.regions import (
    TORSO_JOINTS,
    joint_positions,
    select_joints,
    shoulder_midpoint,
)
from deformable_gan.pose.skeleton import Skeleton

_SIDE = ("ankle", "knee", "hip", "shoulder", "elbow", "wrist")


def stick_figure(keypoints, size, skeleton: Skeleton):
    """Draw the pose as a stick figure, the original's alternative to heat maps.

    Channel 0 shows the right side of the body from ankle to wrist, channel 1 the left side, and
    channel 2 the filled torso. Channels 0 and 1 also show the face, with the value 0.5: a line from
    the middle of the shoulders to the nose, and a line from the nose to the right eye (channel 0)
    or to the left eye (channel 1). The lines to the eyes are drawn only if both eyes are present.

    Convention: joints are (y, x, confidence) in pixels, pixel centres at integers. A pixel is
    drawn if its centre lies in the shape or on its edge.

    Args:
        keypoints: float [B, J, 3].
        size: (H, W) of the image; the half width of a line is int(3 W / 128) pixels.
        skeleton: the layout. Its neck, if it has one, is not used.

    Returns:
        float32 [B, H, W, 3] in {0, 0.5, 1}. No gradient flows into the key points.

    Raises:
        ValueError: the key points do not have the layout's shape.
    """
    positions, presence = joint_positions(ops.stop_gradient(keypoints), skeleton)
    y, x = ops.arange(size[0], dtype="float32"), ops.arange(size[1], dtype="float32")

    def lines(start, start_seen, end, end_seen, half_width=3 * size[1] // 128):
        half_width = ops.full((1, 1), half_width, dtype="float32")
        drawn = rectangles_between(start, end, half_width, start_seen & end_seen).cover(y, x)
        return ops.cast(ops.any(drawn, axis=-3), "float32")

    def side(name):
        joints = skeleton.indices(*(f"{name}_{joint}" for joint in _SIDE))
        points, seen = select_joints(positions, presence, joints)
        return lines(points[:, :-1], seen[:, :-1], points[:, 1:], seen[:, 1:])

    neck, neck_seen = shoulder_midpoint(positions, presence, skeleton)
    nose, nose_seen = select_joints(positions, presence, skeleton.indices("nose"))
    face = lines(neck[:, None], neck_seen[:, None], nose, nose_seen)
    eyes = skeleton.indices("right_eye", "left_eye")
    both_eyes = ops.all(ops.take(presence, eyes, axis=-1), axis=-1, keepdims=True)

    channels = []
    for name, eye in zip(("right", "left"), eyes, strict=True):
        glance = lines(nose, nose_seen, positions[:, eye : eye + 1], both_eyes)
        channels.append(ops.maximum(side(name), 0.5 * ops.maximum(face, glance)))
    corners, seen = select_joints(positions, presence, skeleton.indices(*TORSO_JOINTS))
    complete = ops.all(seen, axis=-1, keepdims=True)
    filled = _inside_polygon(corners, y, x) & complete[..., None]
    outline = lines(ops.roll(corners, 1, axis=1), complete, corners, complete, half_width=0)
    torso = ops.maximum(ops.cast(filled, "float32"), outline)
    return ops.stack([*channels, torso], axis=-1)


def _inside_polygon(corners, y, x):
    """Return which pixels lie inside a polygon, by the even-odd rule for a ray to the right.

    Args:
        corners: float32 [B, N, 2] of (y, x).
        y: float32 [H].
        x: float32 [W].

    Returns:
        bool [B, H, W].
    """
    inside = None
    for index in range(corners.shape[1]):
        start, end = corners[:, index - 1, :, None], corners[:, index, :, None]
        start_y, start_x, end_y, end_x = start[:, 0], start[:, 1], end[:, 0], end[:, 1]
        spans = (start_y > y) != (end_y > y)
        rise = ops.where(spans, end_y - start_y, 1.0)
        crossing = start_x + (y - start_y) / rise * (end_x - start_x)
        crosses = spans[:, :, None] & (x < crossing[:, :, None])
        inside = crosses if inside is None else inside != crosses
    return inside
