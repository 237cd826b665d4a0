"""Pairs of two images of one person: a source and a target."""

from collections.abc import Sequence

import numpy as np

from deformable_gan.data.annotations import person_of


def pairs_within_people(
    names: Sequence[str], limit: int | None = None, seed: int = 0
) -> list[tuple[str, str]]:
    """Return ordered pairs (source, target) of different images of the same person.

    The person is the part of an image's name up to the first `_` (the original's rule).

    Args:
        names: image names.
        limit: number of pairs to draw at random, without repetition, if there are more; None
            keeps all.
        seed: the seed of the random selection.

    Returns:
        The pairs, sorted by person, then source, then target. The result does not depend on the
        order of `names`.
    """
    people: dict[str, list[str]] = {}
    for name in sorted(names):
        people.setdefault(person_of(name), []).append(name)
    pairs = [
        (source, target)
        for _, images in sorted(people.items())
        for source in images
        for target in images
        if source != target
    ]
    if limit is None or len(pairs) <= limit:
        return pairs
    chosen = np.random.default_rng(seed).choice(len(pairs), size=limit, replace=False)
    return [pairs[index] for index in np.sort(chosen)]
