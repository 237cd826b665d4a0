import itertools

from deformable_gan.data.pairs import pairs_within_people

NAMES = [f"{person}_{index}.jpg" for person in ("anna", "ben", "eve") for index in range(3)]


def test_all_ordered_pairs_within_people():
    expected = [
        (source, target)
        for source, target in itertools.permutations(sorted(NAMES), 2)
        if source.split("_")[0] == target.split("_")[0]
    ]
    assert pairs_within_people(NAMES) == expected
    assert len(expected) == 3 * 3 * 2


def test_order_of_names_does_not_matter():
    assert pairs_within_people(NAMES[::-1], 7, seed=3) == pairs_within_people(NAMES, 7, seed=3)


def test_a_draw_is_without_repetition_and_follows_the_seed():
    every = pairs_within_people(NAMES)
    drawn = pairs_within_people(NAMES, limit=7, seed=1)
    assert len(set(drawn)) == 7
    assert set(drawn) <= set(every)
    assert drawn == sorted(drawn)
    assert drawn == pairs_within_people(NAMES, limit=7, seed=1)
    assert drawn != pairs_within_people(NAMES, limit=7, seed=2)


def test_a_limit_that_is_not_reached_keeps_all():
    assert pairs_within_people(NAMES, limit=18) == pairs_within_people(NAMES)
    assert pairs_within_people(NAMES, limit=1000) == pairs_within_people(NAMES)


def test_people_with_one_image_have_no_pairs():
    assert pairs_within_people(["anna_1.jpg", "ben_1.jpg"]) == []
    assert pairs_within_people([]) == []
