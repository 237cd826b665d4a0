"""Composing an image from a photograph and from its mirror image.

Not in the paper. Nothing prefers left or right, but a network answers a little differently for a
mirrored input. The mean of both answers is better than either. The mean of the two images is itself
a mixture of the same candidates, with the mean weights, so it can also be computed at another size.
"""

from collections.abc import Mapping
from typing import Any

from keras import ops

from deformable_gan.pose.skeleton import Skeleton

# Added to the sum of both weights of the drawn image where it is a divisor.
_TINY = 1e-6


def both_ways(inputs: Mapping[str, Any], skeleton: Skeleton) -> dict[str, Any]:
    """Return a generator's inputs followed by their mirror images.

    Args:
        inputs: images [B, H, W, C] and key points [B, J, 3] by name; batches may differ.
        skeleton: the joints' layout.

    Returns:
        The same names with batches of twice the size.
    """
    width = inputs["source_image"].shape[2]
    return {
        name: ops.concatenate([value, _mirrored(name, value, width, skeleton)], axis=0)
        for name, value in inputs.items()
    }


def mean_image(images):
    """Return the mean of the images of both ways.

    Args:
        images: float [2 B, H, W, 3], results for the inputs from `both_ways`.

    Returns:
        float [B, H, W, 3].
    """
    straight, mirrored = ops.split(images, 2)
    return (straight + ops.flip(mirrored, axis=2)) / 2


def mean_parts(parts: Mapping[str, Any], skeleton: Skeleton) -> dict[str, Any]:
    """Return the parts of the mean of the images of both ways.

    Args:
        parts: `weights`, `drawn` and `transforms` of `Generator.compose` for the inputs from
            `both_ways`.
        skeleton: the joints' layout.

    Returns:
        The same names with batches of half the size. Mixing them gives the mean of the two images.
    """
    weights, mirrored_weights = ops.split(parts["weights"], 2)
    mirrored_weights = ops.flip(
        ops.take(mirrored_weights, _mirrored_candidates(skeleton, weights.shape[-1]), axis=-1),
        axis=2,
    )
    drawn, mirrored_drawn = ops.split(parts["drawn"], 2)
    share, mirrored_share = weights[..., -1:], mirrored_weights[..., -1:]
    drawn = (drawn * share + ops.flip(mirrored_drawn, axis=2) * mirrored_share) / (
        share + mirrored_share + _TINY
    )
    return {
        "weights": (weights + mirrored_weights) / 2,
        "drawn": drawn,
        "transforms": ops.split(parts["transforms"], 2)[0],
    }


def _mirrored(name: str, value, width: int, skeleton: Skeleton):
    if not name.endswith("_keypoints"):
        return ops.flip(value, axis=2)
    y, x, confidence = ops.unstack(ops.take(value, skeleton.mirror_permutation, axis=1), axis=-1)
    return ops.stack([y, ops.where(confidence > 0, width - 1 - x, 0.0), confidence], axis=-1)


def _mirrored_candidates(skeleton: Skeleton, count: int) -> list[int]:
    """Return the position of each candidate's partner; those after the regions have none."""
    names = [region.name for region in skeleton.regions]
    partners = [names.index(region.mirror.name) for region in skeleton.regions]
    return [*partners, *range(len(names), count)]
