"""The part of an axis with true entries."""

import numpy as np


def occupied_span(occupied: np.ndarray, margin: int) -> slice:
    """Return the range from the first to the last true entry, widened within the array.

    Args:
        occupied: bool [N] with at least one true entry.
        margin: number of entries to add at each end.
    """
    positions = np.flatnonzero(occupied)
    first, last = int(positions[0]) - margin, int(positions[-1]) + 1 + margin
    return slice(max(0, first), min(len(occupied), last))
