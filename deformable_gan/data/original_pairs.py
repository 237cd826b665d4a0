"""Exactly the pairs that the original implementation draws."""

from collections.abc import Sequence

import numpy as np

from deformable_gan.data.annotations import person_of


def original_pairs(
    names: Sequence[str], limit: int | None = None, seed: int = 0
) -> list[tuple[str, str]]:
    """Return all ordered pairs of two images of one person, or a random selection of them.

    The original goes through people and images in the order of its annotations file and draws
    test pairs with pandas, which uses `numpy.random.RandomState`. With the names in the order of
    the original's annotations file, seed 0 and limit 12,000, this function returns the same test
    pairs in the same order.

    Args:
        names: names of usable images, in the order of the annotations file.
        limit: the largest number of pairs, drawn without repetition. The pairs are in random order,
            even if there are no more than `limit`. None returns all pairs, person by person.
        seed: the seed of the random selection; it has no effect without `limit`.
    """
    people: dict[str, list[str]] = {}
    for name in names:
        people.setdefault(person_of(name), []).append(name)
    pairs = [
        (source, target)
        for images in people.values()
        for source in images
        for target in images
        if source != target
    ]
    if limit is None:
        return pairs
    size = min(limit, len(pairs))
    # NumPy's legacy random numbers on purpose: the published splits were drawn with them.
    drawn = np.random.RandomState(seed).choice(len(pairs), size=size, replace=False)
    return [pairs[index] for index in drawn]
