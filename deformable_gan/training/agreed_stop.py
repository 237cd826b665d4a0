"""A stop at the same step in all processes after Ctrl-C or SIGTERM in one of them."""

import signal

from deformable_gan.training.stop_request import StopRequest

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class AgreedStop:
    """A stop request that all processes of a training share.

    Args:
        own: the stop request of this process.

    Attributes:
        signal: as in `StopRequest`, but the same in all processes.
    """

    def __init__(self, own: StopRequest):
        self._own = own
        self._alone = False
        self._agreed: int | None = None

    @property
    def signal(self) -> int | None:
        """The number of a signal that one of the processes received, or None."""
        return self._own.signal if self._alone else self._agreed

    def votes(self) -> list[float]:
        """Return, for SIGTERM and for SIGINT, 1 if this process received the signal, else 0.

        The values are summed over all processes.
        """
        return [float(number == self._own.signal) for number in _SIGNALS]

    def count(self, votes: list[float]) -> None:
        """Record the sums of all processes' votes."""
        for number, wanted in zip(_SIGNALS, votes, strict=True):
            if wanted and self._agreed is None:
                self._agreed = int(number)

    def part(self) -> None:
        """Use only this process's signals from now on, since no further step is shared."""
        self._alone = True
