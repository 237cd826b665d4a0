import math

import numpy as np
import pytest

from deformable_gan.training.curves import draw_curves

BLUE = (31, 97, 165)


def blue(picture):
    """Return a mask of the pixels in the colour of curves."""
    return (np.abs(picture.astype(int) - BLUE) < 8).all(axis=-1)


def lines(values, name="content"):
    return [{"epoch": number + 1, name: value} for number, value in enumerate(values)]


def plot(picture):
    """Return the mask of one panel's curve, below the panel's title and right of its numbers."""
    return blue(picture)[26:, 60:]


def test_a_panel_for_each_metric():
    one = draw_curves(lines([1.0, 2.0]))
    epochs = [{"epoch": 1, "a": 1.0, "b": 2.0, "c": 3.0}, {"epoch": 2, "a": 1.0, "d": 2.0}]
    four = draw_curves(epochs)
    assert one.dtype == np.uint8
    # Two rows, with three panels and one, and two pixels between and around the panels.
    assert (four.shape[0] - 2, four.shape[1] - 2) == (
        2 * (one.shape[0] - 2),
        3 * (one.shape[1] - 2),
    )


def test_a_falling_loss_falls_from_the_left_to_the_right():
    curve = plot(draw_curves(lines([4.0, 3.0, 2.0, 1.0])))
    rows = [np.nonzero(part)[0].mean() for part in np.array_split(curve, 6, axis=1) if part.any()]
    assert rows == sorted(rows)  # rows are counted downward
    assert rows[-1] - rows[0] > 80


def test_the_highest_value_lies_on_its_rule():
    """The axis ends at the round numbers 0 and 4, so the curve fills the height of the plot."""
    picture = draw_curves(lines([0.0, 4.0]))
    rules = np.flatnonzero((picture[:, 70:280] == 228).all(axis=-1).mean(axis=1) > 0.8)
    marked = np.flatnonzero(plot(picture).any(axis=1)) + 26
    # A mark reaches three pixels beyond its middle.
    assert abs(marked[0] + 3 - rules[0]) <= 1
    assert rules[0] < 40
    assert marked[-1] - marked[0] > picture.shape[0] / 2


def test_what_is_not_finite_leaves_a_gap():
    whole = plot(draw_curves(lines([1.0, 2.0, 1.0, 2.0, 1.0])))
    gap = plot(draw_curves(lines([1.0, math.nan, 1.0, math.inf, 1.0])))
    missing = plot(draw_curves([*lines([1.0]), {"epoch": 2}, *lines([0, 0, 1.0])[2:]]))
    assert whole.any(axis=0)[5:-20].all()
    # Three and two marks, of about seven pixels each.
    assert 3 <= gap.any(axis=0).sum() <= 3 * 8
    assert 2 <= missing.any(axis=0).sum() <= 2 * 8


@pytest.mark.parametrize(
    "values", [[2.0], [2.0, 2.0], [0.0, 0.0], [math.nan], [-1e-12, 1e12], [1e300, 1e300]]
)
def test_any_range_can_be_drawn(values):
    assert draw_curves(lines(values)).shape == draw_curves(lines([1.0, 2.0])).shape


def test_many_epochs_are_a_line_without_marks():
    few = plot(draw_curves(lines([1.0] * 10)))
    many = plot(draw_curves(lines([1.0] * 100)))
    assert few.any(axis=1).sum() >= 5
    assert 1 <= many.any(axis=1).sum() <= 3


@pytest.mark.parametrize("metrics", [[], [{"epoch": 1}]])
def test_nothing_to_draw(metrics):
    with pytest.raises(ValueError, match="at least one epoch with a metric"):
        draw_curves(metrics)
