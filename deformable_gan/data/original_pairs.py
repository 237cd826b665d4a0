"""Exactly the pairs that the original implementation draws."""

from collections.abc import Sequence

import numpy as np

from deformable_gan.data.annotations import person_of


def original_pairs(
    names: Sequence[str], limit: int | None = None, seed: int = 0
) -> list[tuple[str, str]]:
    """Return all ordered pairs of images of one person, or a random selection of them.

    The original goes through people and images in the order of its annotations file and draws
    test pairs with pandas, which uses `numpy.random.RandomState`. With the same names in the same
    order, seed 0 and limit 12,000, this function returns the test pairs of the paper, in their
    order.

    Args:
        names: names of usable images, in the order of the annotations file.
        limit: the largest number of pairs, drawn without repetition and in random order (even if
            there are not more pairs than that); None keeps all, in the order of `names`.
        seed: the seed of the random selection.
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
    # The legacy generator on purpose: published splits were drawn from its stream.
    drawn = np.random.RandomState(seed).choice(len(pairs), size=size, replace=False)
    return [pairs[index] for index in drawn]
