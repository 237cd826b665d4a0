"""The part of an axis with true entries."""

import numpy as np


def occupied_span(occupied: np.ndarray, margin: int) -> slice:
    """Return the range from the first to the last true entry, widened within the array.

    Args:
        occupied: bool [N], true somewhere.
        margin: entries to add at either end.
    """
    positions = np.flatnonzero(occupied)
    first, last = int(positions[0]) - margin, int(positions[-1]) + 1 + margin
    return slice(max(0, first), min(len(occupied), last))
