"""Producing the next items while earlier ones are used."""

import queue
import threading
from collections.abc import Generator, Iterable
from typing import TypeVar

Item = TypeVar("Item")

_END = object()


def read_ahead(items: Iterable[Item], count: int = 4) -> Generator[Item, None, None]:
    """Iterate over `items` in a separate thread, a few items ahead.

    Decoding and MoveNet both release Python's global interpreter lock, so they overlap.

    Args:
        items: the iterable; only the separate thread uses it.
        count: the largest number of items to hold.

    Yields:
        The items, in order. The thread ends when the generator ends or is closed.

    Raises:
        Exception: whatever `items` raises, after its earlier items were yielded.
    """
    waiting: queue.Queue = queue.Queue(max(1, count - 1))  # the thread holds one more
    closed = threading.Event()

    def hand_over(entry: tuple) -> None:
        while not closed.is_set():
            try:
                waiting.put(entry, timeout=0.1)
                return
            except queue.Full:
                pass

    def run() -> None:
        end: tuple = (_END, None)
        try:
            for item in items:
                hand_over((item, None))
                if closed.is_set():
                    return
        except BaseException as error:  # raised again in the thread that uses the items
            end = (_END, error)
        finally:
            if hasattr(items, "close"):
                items.close()
        hand_over(end)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        while True:
            item, error = waiting.get()
            if item is _END:
                if error is not None:
                    raise error
                return
            yield item
    finally:
        closed.set()
        thread.join()
