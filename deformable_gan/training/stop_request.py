"""Ctrl-C and SIGTERM as a request to stop after the current step."""

import logging
import os
import signal
import socket
import threading

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

log = logging.getLogger(__name__)


class StopRequest:
    """Context that records a request to stop.

    The first SIGINT (Ctrl-C) or SIGTERM is recorded in `signal`. The training reads it after every
    step and ends when everything is saved. A further Ctrl-C ends the process at once with status
    130. Signals that were ignored before (as under nohup) stay ignored. Outside the main thread,
    where Python delivers no signals, the context does nothing.

    Attributes:
        signal: the number of the received signal, or None.
    """

    def __init__(self):
        self.signal: int | None = None
        self._handlers: dict = {}

    def __enter__(self) -> "StopRequest":
        if threading.current_thread() is not threading.main_thread():
            return self
        # Python's handlers run only when the main thread returns from TensorFlow. The interpreter
        # writes a signal's number to this socket at once, and a second thread reads it.
        self._received, self._sent = socket.socketpair()
        self._sent.setblocking(False)
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._handlers[number] = signal.signal(number, _do_nothing)
        self._wakeup = signal.set_wakeup_fd(self._sent.fileno(), warn_on_full_buffer=False)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exception) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._handlers.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        self._sent.close()
        self._thread.join()
        self._received.close()

    def _listen(self) -> None:
        while data := self._received.recv(1):
            number = data[0]
            if number not in self._handlers:
                continue
            if self.signal is None:
                self.signal = number
                again = "a second Ctrl-C" if number == signal.SIGINT else "Ctrl-C"
                name = signal.Signals(number).name
                log.warning("%s: saving after this step; %s quits at once", name, again)
            elif number == signal.SIGINT:
                os._exit(128 + signal.SIGINT)


def _do_nothing(number, frame) -> None:
    """Do nothing; with this handler the signal does not end the process."""
