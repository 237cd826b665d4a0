"""Ctrl-C and SIGTERM of one process as a wish that all processes grant at the same step."""

import signal

from deformable_gan.training.stop_request import StopRequest

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class AgreedStop:
    """What the processes of a training know together of the wishes to stop.

    Args:
        own: notes this process' signals.

    Attributes:
        signal: as of `StopRequest`, but the same in all processes.
    """

    def __init__(self, own: StopRequest):
        self._own = own
        self._alone = False
        self._agreed: int | None = None

    @property
    def signal(self) -> int | None:
        """The number of the signal that one of the processes received; None so far."""
        return self._own.signal if self._alone else self._agreed

    def votes(self) -> list[float]:
        """Return what this process adds to the sums over all of them."""
        return [float(number == self._own.signal) for number in _SIGNALS]

    def count(self, votes: list[float]) -> None:
        """Take note of the sums."""
        for number, wanted in zip(_SIGNALS, votes, strict=True):
            if wanted and self._agreed is None:
                self._agreed = int(number)

    def part(self) -> None:
        """From now on heed the own signals only: no step follows that others take part in."""
        self._alone = True
