"""Handling of Ctrl-C while a command is loading.

Python raises KeyboardInterrupt at any point, including in the middle of an import, where this
package cannot catch it and where extension modules turn it into other errors. Until a command runs,
and while TensorFlow is imported, Ctrl-C therefore ends the process at once: no work is lost.

A command imports this module first, and this module imports very little itself.
"""

import os
import signal
import sys
from typing import Any

EXIT_INTERRUPTED = 128 + signal.SIGINT
_COMMAND = "deformable-gan"
_PACKAGE = "deformable_gan"


def end_quietly_until_ready() -> None:
    """End the process at Ctrl-C from now on, if it runs a command of this package."""
    if _is_command() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        _set_handler(_end)


def ready_for_interruption() -> None:
    """Raise KeyboardInterrupt at Ctrl-C again."""
    if signal.getsignal(signal.SIGINT) is _end:
        _set_handler(signal.default_int_handler)


class EndingQuietly:
    """Context in which Ctrl-C ends the process at once; if Ctrl-C is ignored, it stays ignored.

    Args:
        stderr: the file descriptor for the message.
    """

    def __init__(self, stderr: int = 2):
        self._stderr = stderr
        self._former: Any = None

    def __enter__(self) -> None:
        former = signal.getsignal(signal.SIGINT)
        if former is signal.default_int_handler and _set_handler(self._end):
            self._former = former

    def __exit__(self, *exception: object) -> None:
        if self._former is not None:
            _set_handler(self._former)

    def _end(self, *_: object) -> None:
        _end(stderr=self._stderr)


def _end(*_: object, stderr: int = 2) -> None:
    os.write(stderr, b"interrupted\n")
    os._exit(EXIT_INTERRUPTED)


def _set_handler(handler) -> bool:
    """Set a handler, and return whether that worked: only the main thread can set handlers."""
    try:
        signal.signal(signal.SIGINT, handler)
    except ValueError:
        return False
    return True


def _is_command() -> bool:
    """Return whether this is `python -m deformable_gan.COMMAND` or `deformable-gan COMMAND`."""
    arguments = list(sys.orig_argv)
    if "-m" in arguments[1:-1]:
        module = arguments[arguments.index("-m", 1) + 1]
        return module == _PACKAGE or module.startswith(f"{_PACKAGE}.")
    return bool(sys.argv) and os.path.basename(sys.argv[0]).startswith(_COMMAND)  # noqa: PTH119
