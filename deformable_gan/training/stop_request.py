"""Ctrl-C and SIGTERM as a wish to stop soon, rather than an end in the middle of something."""

import logging
import os
import signal
import socket
import threading

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

log = logging.getLogger(__name__)


class StopRequest:
    """Notes, while its block runs, that the process was asked to end.

    The first SIGINT (Ctrl-C) or SIGTERM is noted; who does the work looks at `signal` and ends
    when everything is saved. A Ctrl-C after it ends the process at once with status 130. Signals
    that were ignored before (as under nohup) stay ignored. Outside the main thread, where Python
    delivers no signals, it does nothing.

    Attributes:
        signal: the number of the signal received; None so far.
    """

    def __init__(self):
        self.signal: int | None = None
        self._handlers: dict = {}

    def __enter__(self) -> "StopRequest":
        if threading.current_thread() is not threading.main_thread():
            return self
        # Python's handlers wait until the main thread is back from TensorFlow. What the operating
        # system's handler writes here a second thread reads at once.
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
    """Be there, so that the signal does not end the process."""
