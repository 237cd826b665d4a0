import itertools

import pytest

from deformable_gan.data.original_pairs import original_pairs

NAMES = [f"{person}_{index}.jpg" for index in range(4) for person in ("0007", "0002", "0010")]


def by_permutations(names):
    """Return the permutations of each person's images, with people in order of appearance."""
    people = list(dict.fromkeys(name.split("_")[0] for name in names))
    return [
        pair
        for person in people
        for pair in itertools.permutations([n for n in names if n.startswith(person)], 2)
    ]


def test_all_pairs_in_the_originals_order():
    assert original_pairs(NAMES) == by_permutations(NAMES)
    assert len(original_pairs(NAMES)) == 36
    assert original_pairs(NAMES)[0] == ("0007_0.jpg", "0007_1.jpg")


@pytest.mark.parametrize(
    ("names", "limit", "seed", "rows"),
    [
        (NAMES, 5, 0, [31, 20, 16, 30, 22]),
        (NAMES, 5, 7, [32, 2, 24, 1, 18]),
        (NAMES[::3][:3], 12_000, 0, [5, 2, 1, 3, 0, 4]),  # all pairs, but shuffled
    ],
)
def test_drawn_as_pandas_draws(names, limit, seed, rows):
    """The rows that pandas 3.1's `sample(n, replace=False, random_state=seed)` takes."""
    everything = by_permutations(names)
    assert original_pairs(names, limit, seed) == [everything[row] for row in rows]


def test_no_more_than_there_are():
    assert original_pairs(["a_1.jpg", "b_1.jpg"], 12_000) == []
    assert original_pairs([]) == []
