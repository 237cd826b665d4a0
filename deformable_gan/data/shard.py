"""A part of the work that one of several machines does."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Shard:
    """Every `count`-th piece of work, beginning with number `index`.

    Attributes:
        index: from 1 to `count`.
        count: how many shards there are.

    Raises:
        ValueError: the index is out of its range.
    """

    index: int
    count: int

    def __post_init__(self):
        if not 1 <= self.index <= self.count:
            raise ValueError(f"a shard's index lies between 1 and its count, received {self}")

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    def of(self, items: Sequence) -> Sequence:
        """Return this shard's part of a sequence."""
        return items[self.index - 1 :: self.count]

    def stretch_of(self, items: Sequence) -> Sequence:
        """Return a part of a sequence as `of` does, but of neighbours, which share something."""
        start, end = (len(items) * place // self.count for place in (self.index - 1, self.index))
        return items[start:end]
