"""Where the time of a clip goes."""

import contextlib
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


class Stopwatch:
    """Adds up the seconds of named parts of some work; what is measured within a part is not its.

    Attributes:
        seconds: of each part, by its name.
    """

    def __init__(self):
        self.seconds: dict[str, float] = defaultdict(float)
        # Seconds measured within each of the parts under way.
        self._within: list[float] = []

    @contextlib.contextmanager
    def measure(self, part: str) -> Iterator[None]:
        """Count the block's time as that part's."""
        start = time.perf_counter()
        self._within.append(0.0)
        try:
            yield
        finally:
            elapsed = time.perf_counter() - start
            self.seconds[part] += elapsed - self._within.pop()
            if self._within:
                self._within[-1] += elapsed

    def each(self, part: str, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the items, counting the time of making them, not that of using them."""
        iterator = iter(items)
        while True:
            with self.measure(part):
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item

    def report(self, frames: int, rate: float | None = None) -> str:
        """Return a line on how fast it was.

        Args:
            frames: how many were made.
            rate: frames per second of what was shown.
        """
        total = sum(self.seconds.values())
        parts = ", ".join(
            f"{part} {seconds:.2f} s ({seconds / total:.0%})"
            for part, seconds in self.seconds.items()
        )
        shown = f", to be shown at {rate:.4g}" if rate else ""
        speed = f"{frames} frames in {total:.2f} s, {frames / total:.1f} frames a second"
        return f"{speed}{shown}: {parts}"
