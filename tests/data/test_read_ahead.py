import threading
import time

import pytest

from deformable_gan.data.read_ahead import read_ahead


def test_items_in_order_a_few_ahead():
    made = []

    def items():
        for number in range(20):
            made.append(number)
            yield number

    ahead = read_ahead(items(), count=4)
    assert next(ahead) == 0
    time.sleep(0.2)
    assert len(made) <= 1 + 4  # what was taken, and four more
    assert list(ahead) == list(range(1, 20))


def test_errors_come_after_the_items_before_them():
    def items():
        yield 1
        raise KeyError("broken")

    ahead = read_ahead(items())
    assert next(ahead) == 1
    with pytest.raises(KeyError, match="broken"):
        next(ahead)


def test_closing_early_ends_the_thread_and_the_items():
    closed = threading.Event()

    def items():
        try:
            while True:
                yield 0
        finally:
            closed.set()

    before = threading.active_count()
    ahead = read_ahead(items())
    next(ahead)
    assert threading.active_count() == before + 1
    ahead.close()
    assert closed.wait(2)
    assert threading.active_count() == before


def test_nothing():
    assert list(read_ahead([])) == []
