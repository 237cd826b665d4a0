import time

import pytest

from deformable_gan.reposing.stopwatch import Stopwatch


@pytest.fixture
def clock(monkeypatch):
    """A clock that advances only on request."""

    class Clock:
        now = 0.0

        def tick(self, seconds):
            self.now += seconds

    clock = Clock()
    monkeypatch.setattr(time, "perf_counter", lambda: clock.now)
    return clock


def test_what_is_measured_within_a_part_is_not_its(clock):
    watch = Stopwatch()

    def images():
        for _ in range(3):
            clock.tick(2)
            yield None

    with watch.measure("writing"):
        clock.tick(1)
        for _ in watch.each("generator", images()):
            clock.tick(0.5)
    clock.tick(100)
    assert dict(watch.seconds) == {"generator": 6, "writing": 2.5}


def test_report(clock):
    watch = Stopwatch()
    for part, seconds in (("finding poses", 1), ("generator", 2), ("generator", 1)):
        with watch.measure(part):
            clock.tick(seconds)
    assert watch.report(100, 25.0) == (
        "100 frames in 4.00 s, 25.0 frames per second, shown at 25: "
        "finding poses 1.00 s (25%), generator 3.00 s (75%)"
    )
    assert "shown" not in watch.report(100)


def test_an_error_ends_the_part(clock):
    watch = Stopwatch()

    def fail():
        clock.tick(1)
        raise KeyError

    with pytest.raises(KeyError), watch.measure("outer"):
        list(watch.each("inner", iter(fail, None)))
    assert dict(watch.seconds) == {"inner": 1, "outer": 0}
