"""The part of a work list that one of several machines does."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A share of a work list that is divided into `count` parts.

    Attributes:
        index: the number of this part, from 1 to `count`.
        count: number of parts.

    Raises:
        ValueError: the index is out of range.
    """

    index: int
    count: int

    def __post_init__(self):
        if not 1 <= self.index <= self.count:
            raise ValueError(f"a part's index must be between 1 and its count, received {self}")

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    def of(self, items: Sequence) -> Sequence:
        """Return every `count`-th item of a sequence, beginning with item number `index`."""
        return items[self.index - 1 :: self.count]

    def block_of(self, items: Sequence) -> Sequence:
        """Return this part's share of a sequence as consecutive items."""
        start, end = (len(items) * place // self.count for place in (self.index - 1, self.index))
        return items[start:end]
