"""Measuring how poorly each photograph of a person suits a pose."""

import numpy as np

from deformable_gan.pose.skeleton import Skeleton
from deformable_gan.reposing.sources.body_view import body_view

#: Weights of the terms of `source_costs`. They were fitted by non-negative least squares to the
#: mean differences on the person for 73 frames of eight real clips from six sources each, made by a
#: composite generator that was trained on drawn dancers alone; a cost of 1 is about 17 grey levels.
WEIGHTS = {"view": 0.3, "places": 1.0, "size": 0.75, "unseen": 0.6, "crowded": 1.0}

# The ends of the bones of the arms and legs.
_LIMBS = tuple(
    (f"{side}_{start}", f"{side}_{end}")
    for side in ("left", "right")
    for start, end in (
        ("shoulder", "elbow"),
        ("elbow", "wrist"),
        ("hip", "knee"),
        ("knee", "ankle"),
    )
)
_HEAD = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
# Limbs whose midpoints are nearer than this may hide each other; as a multiple of the pose's size.
_CROWDED = 0.3


def source_costs(targets: np.ndarray, sources: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Return how poorly each source suits each target pose.

    The cost is the sum of these terms, weighted by `WEIGHTS`. A pose's *size* is the root mean
    square distance of its joints from their middle.

    - *view*: half the distance between the two results of `body_view`: 0 for the same side, 1 for
      front and back;
    - *places*: the mean distance of the joints that both poses have, after moving their middle to 0
      and scaling their size to 1;
    - *size*: the absolute logarithm of the ratio of the sizes, as between a crouching and an
      upright person;
    - *unseen*: the share of the target's limb bones and head that the source does not show;
    - *crowded*: how near the source's limbs are to each other (the mean over the bones), because
      one may hide the other.

    Args:
        targets: float [T, J, 3] of (y, x, confidence); a joint is missing if its confidence is not
            positive.
        sources: float [K, J, 3], at the scale of the targets.
        skeleton: the layout of both.

    Returns:
        float64 [T, K], not negative.
    """
    targets, sources = (np.asarray(poses, np.float64) for poses in (targets, sources))
    views = [body_view(poses, skeleton) for poses in (targets, sources)]
    sizes = [_size(poses) for poses in (targets, sources)]
    terms = {
        "view": np.linalg.norm(views[0][:, None] - views[1][None], axis=-1) / 2,
        "places": _distance_of_places(targets, sources),
        "size": np.abs(np.log(sizes[0][:, None] / sizes[1][None])),
        "unseen": _share_unseen(targets, sources, skeleton),
        "crowded": _crowding(sources, sizes[1], skeleton)[None],
    }
    return sum(WEIGHTS[name] * term for name, term in terms.items())


def _centred(places: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Return positions [..., J, 2] relative to their middle, 0 for joints not present [..., J]."""
    present = present[..., None]
    count = np.maximum(present.sum(axis=-2, keepdims=True), 1)
    middle = np.where(present, places, 0.0).sum(axis=-2, keepdims=True) / count
    return np.where(present, places - middle, 0.0)


def _size(poses: np.ndarray) -> np.ndarray:
    present = poses[..., 2] > 0
    squares = (_centred(poses[..., :2], present) ** 2).sum(axis=(-2, -1))
    return np.sqrt(np.maximum(squares / np.maximum(present.sum(axis=-1), 1), 1e-6))


def _distance_of_places(targets: np.ndarray, sources: np.ndarray) -> np.ndarray:
    both = (targets[:, None, :, 2] > 0) & (sources[None, :, :, 2] > 0)
    count = np.maximum(both.sum(axis=-1), 1)
    places = []
    for poses in (targets[:, None], sources[None]):
        pose = _centred(np.broadcast_to(poses[..., :2], (*both.shape, 2)), both)
        size = np.sqrt((pose**2).sum(axis=(-2, -1)) / count)
        places.append(pose / np.maximum(size, 1e-6)[..., None, None])
    return np.linalg.norm(places[0] - places[1], axis=-1).sum(axis=-1) / count


def _share_unseen(targets: np.ndarray, sources: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    in_target, in_source = (
        np.concatenate(
            [
                _bones_seen(poses, skeleton),
                (poses[:, skeleton.indices(*_HEAD), 2] > 0).any(axis=1, keepdims=True),
            ],
            axis=1,
        )
        for poses in (targets, sources)
    )
    wanted = np.maximum(in_target.sum(axis=-1), 1)
    return (in_target[:, None] & ~in_source[None]).sum(axis=-1) / wanted[:, None]


def _bones_seen(poses: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    ends = np.array([skeleton.indices(*limb) for limb in _LIMBS])
    return (poses[:, ends, 2] > 0).all(axis=-1)


def _crowding(sources: np.ndarray, sizes: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    ends = np.array([skeleton.indices(*limb) for limb in _LIMBS])
    seen = _bones_seen(sources, skeleton)
    middles = sources[:, ends, :2].mean(axis=2)
    apart = np.linalg.norm(middles[:, :, None] - middles[:, None], axis=-1) / sizes[:, None, None]
    both = seen[:, :, None] & seen[:, None] & ~np.eye(len(_LIMBS), dtype=bool)
    nearest = np.where(both, apart, np.inf).min(axis=-1)
    return np.maximum(0.0, 1 - nearest / _CROWDED).mean(axis=-1)
