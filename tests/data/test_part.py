import pytest

from deformable_gan.data.part import Part


def test_parts_divide_the_list():
    items = list(range(11))
    parts = [Part(index, 3).of(items) for index in (1, 2, 3)]
    assert parts[0] == [0, 3, 6, 9]
    assert sorted(item for part in parts for item in part) == items
    assert str(Part(2, 3)) == "2/3"
    assert Part(5, 7).of([1, 2]) == []


@pytest.mark.parametrize("index", [0, 4])
def test_out_of_range(index):
    with pytest.raises(ValueError, match="between 1 and"):
        Part(index, 3)
