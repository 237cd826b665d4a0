"""The person mask of a pose, and the background that a still camera shows in two images."""

from keras import ops

from deformable_gan.geometry.rectangles import Rectangles, rectangles_between
from deformable_gan.geometry.region_masks import head_and_limb_masks
from deformable_gan.geometry.regions import joint_positions, select_joints, torso_size
from deformable_gan.pose.skeleton import Skeleton

# Added to half the torso's width, in torso sizes, because clothes reach beyond the joints.
_TORSO_MARGIN = 0.15

# The margin around the regions, for hair, shoes and objects in the hands, in image heights.
_MARGIN = 1 / 24


def background_mask(
    source_keypoints,
    target_keypoints,
    size,
    skeleton: Skeleton,
    stride=(1.0, 1.0),
    offset=(0.0, 0.0),
):
    """Return where both images show background, assuming a still camera.

    Not in the paper. A pixel is background if it lies outside the regions (head, limbs, and the
    torso's rectangle) of both poses and outside a margin of 1/24 of the height around them.
    A pose in which a shoulder or a hip is missing makes everything foreground.

    Convention: sample (i, j) looks at the image at (y, x) = stride · (i, j) + offset.

    Args:
        source_keypoints: float [B, J, 3] of (y, x, confidence) in pixels of the full image.
        target_keypoints: float [B, J, 3], in the same form.
        size: (h, w), the number of samples.
        skeleton: the layout.
        stride: (y, x) distance of the samples in pixels of the image.
        offset: (y, x) of the first sample.

    Returns:
        float32 [B, h, w] of 0 and 1.
    """
    people = person_masks([source_keypoints, target_keypoints], size, skeleton, stride, offset)
    return 1.0 - ops.maximum(*people)


def person_masks(poses, size, skeleton: Skeleton, stride=(1.0, 1.0), offset=(0.0, 0.0)):
    """Return the person masks of several batches of poses; see `person_mask`.

    All masks are computed in one call, because a graph with fewer operations is prepared faster.

    Args:
        poses: a list of float [B, J, 3].
        size: as for `person_mask`.
        skeleton: as for `person_mask`.
        stride: as for `person_mask`.
        offset: as for `person_mask`.

    Returns:
        A list of float32 [B, h, w], one for each batch.
    """
    poses = [ops.convert_to_tensor(one, "float32") for one in poses]
    masks = person_mask(ops.concatenate(poses, axis=0), size, skeleton, stride, offset)
    return ops.split(masks, len(poses), axis=0)


def person_mask(keypoints, size, skeleton: Skeleton, stride=(1.0, 1.0), offset=(0.0, 0.0)):
    """Return the person mask of a pose: its regions and the margin of `background_mask`.

    Args:
        keypoints: float [B, J, 3] of (y, x, confidence) in pixels of the full image.
        size: (h, w), the number of samples.
        skeleton: the layout.
        stride: (y, x) distance of the samples in pixels of the image.
        offset: (y, x) of the first sample.

    Returns:
        float32 [B, h, w] of 0 and 1; 1 everywhere if a shoulder or a hip is missing.
    """
    person = _person(keypoints, size, skeleton, stride, offset)
    # Pooling rows and then columns gives the same maximum from far fewer numbers. "Same" pooling
    # also covers a map that is smaller than the window. The other axis takes the place of the
    # channels, over which pooling is fastest; it is the last one after each transposition.
    for step in stride:
        window = 2 * round(_MARGIN * size[0] * stride[0] / step) + 1
        person = ops.expand_dims(person, axis=2)
        person = ops.max_pool(person, (window, 1), strides=1, padding="same")
        person = ops.transpose(ops.squeeze(person, axis=2), (0, 2, 1))
    return person


def _person(keypoints, size, skeleton, stride, offset):
    keypoints = ops.stop_gradient(keypoints)
    positions, presence = joint_positions(keypoints, skeleton)
    y = ops.arange(size[0], dtype="float32") * stride[0] + offset[0]
    x = ops.arange(size[1], dtype="float32") * stride[1] + offset[1]
    trunk = trunk_rectangle(positions, presence, skeleton)
    parts = head_and_limb_masks(positions, presence, skeleton, y, x)
    parts.append(ops.expand_dims(trunk.cover(y, x), axis=1))
    person = ops.max(ops.cast(ops.concatenate(parts, axis=1), "float32"), axis=1)
    return ops.where(trunk.valid[:, None, None], person, 1.0)


def trunk_rectangle(
    positions, presence, skeleton: Skeleton, margin: float = _TORSO_MARGIN
) -> Rectangles:
    """Return the rectangle that covers each torso, clothes included.

    Args:
        positions: float32 [B, J, 2] of `regions.joint_positions`.
        presence: bool [B, J] of the same function.
        skeleton: the layout.
        margin: how far the rectangle goes beyond the joints on both sides, in torso sizes.

    Returns:
        `Rectangles` [B]; not valid where a shoulder or a hip is missing.
    """
    torso, torso_known = torso_size(positions, presence, skeleton)
    ends, widths, seen = [], [], []
    for part in ("shoulder", "hip"):
        pair, pair_seen = select_joints(
            positions, presence, skeleton.indices(f"left_{part}", f"right_{part}")
        )
        ends.append(ops.mean(pair, axis=-2))
        across = pair[..., 0, :] - pair[..., 1, :]
        widths.append(ops.sqrt(ops.sum(across * across, axis=-1) + 1e-12))
        seen.append(ops.all(pair_seen, axis=-1))
    return rectangles_between(
        ends[0],
        ends[1],
        half_width=ops.maximum(*widths) / 2 + margin * torso,
        valid=seen[0] & seen[1] & torso_known,
        start_extension=0.2,
        end_extension=0.2,
    )
