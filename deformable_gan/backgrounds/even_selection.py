"""Selections that are spread evenly over a sequence or a stream."""

from collections.abc import Sequence

import numpy as np


def evenly(items: Sequence, most: int) -> list:
    """Return all items, or if there are more than `most`, that many at even intervals."""
    places = np.linspace(0, len(items) - 1, min(len(items), most)).round().astype(int)
    return [items[place] for place in places]


class EvenSelection:
    """A bounded selection from a stream of unknown length, spread evenly over it.

    At first every item of the stream is kept. Whenever the selection is full and another item is to
    be kept, every second kept item is dropped, and from then on only half as many items of the
    stream are kept as before: every second one, then every fourth one, and so on.

    ::

        for item in stream:
            if selection.wants_next():
                selection.items.append(item)

    Args:
        most: the largest number of items to keep; at least 2.

    Attributes:
        items: the items kept.
    """

    def __init__(self, most: int):
        self._most = most
        self._step = 1
        self._count = 0
        self.items: list = []

    def wants_next(self) -> bool:
        """Count the stream's next item, make room if necessary, and return whether to keep it."""
        number = self._count
        self._count += 1
        if number % self._step == 0 and len(self.items) == self._most:
            self.items = self.items[::2]
            self._step *= 2
        return number % self._step == 0
