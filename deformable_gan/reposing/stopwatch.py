"""Measuring the time of each part of the work on a clip."""

import contextlib
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


class Stopwatch:
    """A timer for named parts of some work; time of a nested part counts only for that part.

    Attributes:
        seconds: the time of each part, by the part's name.
    """

    def __init__(self):
        self.seconds: dict[str, float] = defaultdict(float)
        # Seconds measured within each of the parts in progress.
        self._within: list[float] = []

    @contextlib.contextmanager
    def measure(self, part: str) -> Iterator[None]:
        """Add the block's time to a part."""
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
        """Yield the items and add the time of making them, not of using them, to a part."""
        iterator = iter(items)
        while True:
            with self.measure(part):
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item

    def report(self, frames: int, rate: float | None = None) -> str:
        """Return a line of text about the speed.

        Args:
            frames: number of frames made.
            rate: frames per second at which the clip is shown.
        """
        total = sum(self.seconds.values())
        parts = ", ".join(
            f"{part} {seconds:.2f} s ({seconds / total:.0%})"
            for part, seconds in self.seconds.items()
        )
        shown = f", shown at {rate:.4g}" if rate else ""
        speed = f"{frames} frames in {total:.2f} s, {frames / total:.1f} frames per second"
        return f"{speed}{shown}: {parts}"
