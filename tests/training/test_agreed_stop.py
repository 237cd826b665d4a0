import signal
from types import SimpleNamespace

import pytest

from deformable_gan.training.agreed_stop import AgreedStop


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_wish_is_everybodys(number):
    asked, other = SimpleNamespace(signal=int(number)), SimpleNamespace(signal=None)
    stops = [AgreedStop(asked), AgreedStop(other)]
    assert [stop.signal for stop in stops] == [None, None]
    sums = [sum(votes) for votes in zip(*(stop.votes() for stop in stops), strict=True)]
    for stop in stops:
        stop.count(sums)
    assert [stop.signal for stop in stops] == [number, number]


def test_no_wish():
    stop = AgreedStop(SimpleNamespace(signal=None))
    stop.count(stop.votes())
    assert stop.signal is None


def test_a_wish_that_comes_between_two_sums_waits():
    own = SimpleNamespace(signal=None)
    stop = AgreedStop(own)
    votes = stop.votes()
    own.signal = signal.SIGTERM
    stop.count(votes)
    assert stop.signal is None
    stop.count(stop.votes())
    assert stop.signal == signal.SIGTERM


def test_after_the_last_step_everybody_is_on_their_own():
    own = SimpleNamespace(signal=None)
    stop = AgreedStop(own)
    stop.part()
    own.signal = signal.SIGINT
    assert stop.signal == signal.SIGINT
