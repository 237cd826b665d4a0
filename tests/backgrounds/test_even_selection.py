"""Selections spread evenly over a sequence or a stream."""

import pytest

from deformable_gan.backgrounds.even_selection import EvenSelection, evenly


def test_both_ends_of_a_sequence_are_chosen():
    assert evenly(range(9), 3) == [0, 4, 8]
    assert evenly("abc", 5) == ["a", "b", "c"]
    assert evenly([], 5) == []


@pytest.mark.parametrize(
    ("most", "count", "kept"),
    [
        (4, 4, [0, 1, 2, 3]),
        (4, 5, [0, 2, 4]),
        (4, 9, [0, 4, 8]),
        (4, 100, [0, 32, 64, 96]),
        (3, 4, [0, 2]),
        (3, 5, [0, 2, 4]),
    ],
)
def test_a_stream_is_thinned_when_the_selection_is_full(most, count, kept):
    selection = EvenSelection(most)
    for item in range(count):
        if selection.wants_next():
            selection.items.append(item)
    assert selection.items == kept
