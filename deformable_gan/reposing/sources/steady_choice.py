"""Choosing sources over time without flicker."""

import numpy as np


def choose_steadily(costs: np.ndarray, change: float) -> np.ndarray:
    """Return the cheapest choice of a source for every frame, including the cost of changes.

    The choice minimises the sum of the frames' costs and of `change` for every change of the source
    (Viterbi's algorithm).

    Args:
        costs: float [T, K], the cost of every source in every frame.
        change: the cost of using another source than in the previous frame.

    Returns:
        int [T].
    """
    costs = np.asarray(costs, np.float64)
    count, frames = costs.shape[1], len(costs)
    came_from = np.empty((frames, count), int)
    total = np.zeros(count)
    for frame, cost in enumerate(costs):
        best = int(np.argmin(total))
        came_from[frame] = np.where(total <= total[best] + change, np.arange(count), best)
        total = np.minimum(total, total[best] + change) + cost
    path = np.empty(frames, int)
    choice = int(np.argmin(total))
    for frame in reversed(range(frames)):
        path[frame] = choice
        choice = came_from[frame, choice]
    return path


class SteadyChoice:
    """A steady choice of a source for each frame of a stream whose later frames are not yet known.

    For every other source, there is a sum of how much more the current source costs. A frame in
    which the current source is cheaper lowers the sum, but not below 0. When the largest sum
    exceeds `change`, the choice changes to that source, and all sums start again at 0.

    Args:
        change: as in `choose_steadily`.
    """

    def __init__(self, change: float):
        self._change = change
        self._choice: int | None = None
        self._excess = np.zeros(0)

    def next(self, costs: np.ndarray) -> int:
        """Return the source for the next frame.

        Args:
            costs: float [K], the cost of every source in this frame.
        """
        costs = np.asarray(costs, np.float64)
        if self._choice is None:
            self._choice, self._excess = int(np.argmin(costs)), np.zeros(len(costs))
        self._excess = np.maximum(self._excess + costs[self._choice] - costs, 0)
        best = int(np.argmax(self._excess))
        if self._excess[best] > self._change:
            self._choice = best
            self._excess[:] = 0
        return self._choice


def cross_fade(path: np.ndarray, count: int, frames: int) -> np.ndarray:
    """Return the share of every source in every frame, with changes spread over several frames.

    Args:
        path: int [T], the source of every frame.
        count: number of sources.
        frames: number of frames over which a change is spread, rounded up to an odd number; 1 for
            no spreading.

    Returns:
        float32 [T, count]; the shares of each frame sum to 1.
    """
    shown = np.eye(count)[path]
    reach = frames // 2
    padded = np.concatenate([shown[:1].repeat(reach, 0), shown, shown[-1:].repeat(reach, 0)])
    sums = np.cumsum(np.concatenate([np.zeros((1, count)), padded]), axis=0)
    length = 2 * reach + 1
    return ((sums[length:] - sums[:-length]) / length).astype(np.float32)
