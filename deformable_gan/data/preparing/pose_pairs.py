"""Useful pairs of images: one person in two different poses."""

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from deformable_gan.data.annotations import person_of
from deformable_gan.pose.skeleton import Skeleton

# With more images of a person than this, pairs are drawn and then checked instead of checking all
# pairs.
_MOST_COMPARED = 1000
_DRAWS_PER_PAIR = 20


def pose_distances(source: np.ndarray, target: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Return the distances between poses: the mean distance of their joints, in torso lengths.

    Joints missing in either pose do not count. Two poses without a common joint are infinitely far
    apart, because nothing shows that they are equal. The position in the image counts, since the
    generator must move the person there.

    Args:
        source: float [..., J, 3] of (y, x, confidence) in pixels; shapes broadcast.
        target: float [..., J, 3].
        skeleton: the joints' layout. A torso length is the mean over both poses of a pose's mean
            shoulder-hip distance on the sides that are seen (0 if none is).

    Returns:
        float64 [...].
    """
    both = (source[..., 2] > 0) & (target[..., 2] > 0)
    apart = np.hypot(source[..., 0] - target[..., 0], source[..., 1] - target[..., 1])
    count = both.sum(axis=-1)
    mean = np.where(both, apart, 0.0).sum(axis=-1) / np.maximum(count, 1)
    torso = (_torso_lengths(source, skeleton) + _torso_lengths(target, skeleton)) / 2
    return np.where(count > 0, mean / np.maximum(torso, 1.0), np.inf)


def pose_pairs(
    names: Sequence[str],
    keypoints: np.ndarray,
    skeleton: Skeleton,
    least_distance: float = 0.1,
    limit: int | None = None,
    person_limit: int | None = None,
    seed: int = 0,
) -> list[tuple[str, str]]:
    """Return ordered pairs (source, target) of images of one person in different poses.

    A pair with nearly equal poses teaches the networks to copy. Pairs nearer than `least_distance`
    are left out; if all pairs of a person are nearer, because the person hardly moves, the farther
    half of them is kept. If there are more pairs than `limit`, the same number is drawn at random
    for each person, or all pairs of a person who has fewer.

    Args:
        names: N image names; the person is the part up to the first `_`.
        keypoints: float [N, J, 3] of (y, x, confidence).
        skeleton: the joints' layout.
        least_distance: in torso lengths (`pose_distances`); 0 keeps all.
        limit: the largest number of pairs; None for all.
        person_limit: the largest number of pairs of one person; None for all.
        seed: the seed of the random selections. The random numbers for a person do not depend on
            the other people.

    Returns:
        The pairs, sorted by person, then source, then target. The result does not depend on the
        order of `names`.
    """
    people: dict[str, list[int]] = {}
    for index in sorted(range(len(names)), key=lambda index: names[index]):
        people.setdefault(person_of(names[index]), []).append(index)
    poses = {
        person: np.asarray(keypoints, np.float32)[indices] for person, indices in people.items()
    }
    least = {
        person: _least_distance(of_one, skeleton, least_distance)
        for person, of_one in poses.items()
    }
    ceilings = [limit for limit in (limit, person_limit) if limit is not None]
    available = {
        person: min([_count_pairs(of_one, skeleton, least[person]), *ceilings])
        for person, of_one in poses.items()
    }
    shares = _equal_shares(available, limit)
    pairs = []
    for person, indices in sorted(people.items()):
        rng = np.random.default_rng([seed, zlib.crc32(person.encode())])
        chosen = _draw_pairs(poses[person], skeleton, least[person], shares[person], rng)
        pairs += [(names[indices[source]], names[indices[target]]) for source, target in chosen]
    return pairs


def _torso_lengths(keypoints: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    lengths: Any = 0.0
    counts: Any = 0
    for shoulder, hip in (
        skeleton.indices("left_shoulder", "left_hip"),
        skeleton.indices("right_shoulder", "right_hip"),
    ):
        a, b = keypoints[..., shoulder, :], keypoints[..., hip, :]
        seen = (a[..., 2] > 0) & (b[..., 2] > 0)
        lengths = lengths + np.where(
            seen, np.hypot(a[..., 0] - b[..., 0], a[..., 1] - b[..., 1]), 0
        )
        counts = counts + seen
    return lengths / np.maximum(counts, 1)


def _rows(poses: np.ndarray, skeleton: Skeleton):
    """Yield each pose's distances to all poses; its distance to itself is -1."""
    for index, pose in enumerate(poses):
        distances = pose_distances(pose[None], poses, skeleton)
        distances[index] = -1.0
        yield distances


def _least_distance(poses: np.ndarray, skeleton: Skeleton, wanted: float) -> float:
    """Return the smallest distance to accept for a person, who may hardly move."""
    if wanted <= 0 or len(poses) < 2:
        return 0.0
    some = poses[np.linspace(0, len(poses) - 1, min(len(poses), 200)).round().astype(int)]
    distances = np.concatenate([row[row >= 0] for row in _rows(some, skeleton)])
    if (distances >= wanted).any():
        return wanted
    return float(np.median(distances))


def _count_pairs(poses: np.ndarray, skeleton: Skeleton, least: float) -> int:
    count = len(poses)
    if count > _MOST_COMPARED or least <= 0:
        return count * (count - 1)
    return sum(int((row >= least).sum()) for row in _rows(poses, skeleton))


def _equal_shares(available: dict[str, int], limit: int | None) -> dict[str, int]:
    """Return equal numbers that add up to `limit`, as far as each person has that many."""
    if limit is None or sum(available.values()) <= limit:
        return available
    shares, left = {}, limit
    by_number = sorted(available, key=lambda person: (available[person], person))
    for position, person in enumerate(by_number):
        shares[person] = min(available[person], left // (len(by_number) - position))
        left -= shares[person]
    return shares


def _draw_pairs(
    poses: np.ndarray, skeleton: Skeleton, least: float, wanted: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw int [P, 2] pairs of positions without repetition, sorted."""
    count = len(poses)
    if wanted <= 0:
        return np.zeros((0, 2), np.int64)
    # Even with very many images all pairs are checked if more than a quarter of them are wanted:
    # the list of all pairs is then at most four times as long as the result.
    if count <= _MOST_COMPARED or 4 * wanted > count * (count - 1):
        codes = np.concatenate(
            [
                source * count + np.flatnonzero(row >= least)
                for source, row in enumerate(_rows(poses, skeleton))
            ]
        )
        if len(codes) > wanted:
            codes = rng.choice(codes, size=wanted, replace=False)
    else:
        codes = _draw_among_many(poses, skeleton, least, wanted, rng)
    codes = np.sort(codes)
    return np.stack([codes // count, codes % count], axis=1)


def _draw_among_many(
    poses: np.ndarray, skeleton: Skeleton, least: float, wanted: int, rng: np.random.Generator
) -> np.ndarray:
    count = len(poses)
    found = np.zeros(0, np.int64)
    tries = 0
    while len(found) < wanted and tries < _DRAWS_PER_PAIR * wanted:
        batch = min(2 * (wanted - len(found)) + 100, 50_000)
        tries += batch
        source, target = rng.integers(count, size=(2, batch))
        far = pose_distances(poses[source], poses[target], skeleton) >= least
        codes = np.concatenate([found, (source * count + target)[far & (source != target)]])
        _, first = np.unique(codes, return_index=True)
        found = codes[np.sort(first)][:wanted]
    return found
