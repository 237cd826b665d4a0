import itertools

import numpy as np
import pytest

from deformable_gan.reposing.sources.steady_choice import (
    SteadyChoice,
    choose_steadily,
    cross_fade,
)


def cost_of(path, costs, change):
    path = np.asarray(path)
    return costs[np.arange(len(path)), path].sum() + change * (np.diff(path) != 0).sum()


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("change", [0.0, 0.3, 2.0])
def test_no_path_is_cheaper(seed, change):
    """The chosen path's cost is compared with those of all 3^7 paths."""
    costs = np.random.default_rng(seed).uniform(size=(7, 3))
    least = min(cost_of(path, costs, change) for path in itertools.product(range(3), repeat=7))
    assert cost_of(choose_steadily(costs, change), costs, change) == pytest.approx(least)


def test_a_known_path():
    """A short advantage is not worth two changes; a long one is."""
    costs = np.tile([0.0, 1.0], (30, 1))
    costs[5:7] = [1.0, 0.0]  # saves 2, but two changes cost 3
    costs[15:25] = [1.0, 0.0]
    expected = np.zeros(30, int)
    expected[15:25] = 1
    np.testing.assert_array_equal(choose_steadily(costs, 1.5), expected)


def test_one_frame_and_one_source():
    assert choose_steadily(np.array([[3.0, 1.0, 2.0]]), 9).tolist() == [1]
    assert choose_steadily(np.zeros((4, 1)), 1).tolist() == [0] * 4


def test_online_a_change_waits_until_it_pays():
    choice = SteadyChoice(1.5)
    costs = np.tile([0.0, 1.0], (20, 1))
    costs[5:6] = [1.0, 0.0]
    costs[10:] = [1.0, 0.0]
    path = [choice.next(cost) for cost in costs]
    # The choice changes when the sum of savings exceeds 1.5: at the second frame of the long
    # advantage, where it is 2.
    assert path == [0] * 11 + [1] * 9


def test_online_trembling_costs_change_nothing():
    rng = np.random.default_rng(1)
    choice = SteadyChoice(2.0)
    choice.next(np.array([0.5, 0.55]))
    path = [choice.next(np.array([0.5, 0.55]) + rng.normal(0, 0.1, 2)) for _ in range(200)]
    assert set(path) == {0}


def test_fades():
    path = np.array([0] * 5 + [1] * 5)
    shares = cross_fade(path, 3, 3)
    expected = np.array([1, 1, 1, 1, 2 / 3, 1 / 3, 0, 0, 0, 0])
    np.testing.assert_allclose(
        shares, np.stack([expected, 1 - expected, 0 * expected], 1), atol=1e-6
    )
    np.testing.assert_array_equal(cross_fade(path, 2, 1), np.eye(2)[path])
    np.testing.assert_allclose(cross_fade(path, 2, 40).sum(axis=1), 1, rtol=1e-6)
