from deformable_gan.data.preparing.report import warnings_of


def test_datasets_that_are_too_small():
    assert warnings_of({"train": 20, "test": 2}) == []
    (few,) = warnings_of({"train": 20, "test": 0})
    assert "gives no held-out scores" in few
    (none,) = warnings_of({"train": 0, "test": 0})
    assert "cannot be trained" in none
    assert warnings_of({}) == [none]
