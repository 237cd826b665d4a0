"""A process that loads MoveNet and prepares one recording after another.

It is started with `spawn`, because a forked TensorFlow hangs. If it dies, because of a defect in a
decoder or a lack of memory, only its current recording is lost.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from deformable_gan.data.preparing.prepare_options import PrepareOptions
from deformable_gan.data.preparing.recordings import Recording
from deformable_gan.errors import DeformableGANError, MediaError, PoseError

_REPORT_SECONDS = 0.2


@dataclass(frozen=True)
class WorkerSettings:
    """The settings of all workers.

    Attributes:
        options: how recordings are prepared.
        movenet: a SavedModel folder or `.tflite` file.
        variant: `lightning` or `thunder`; None to detect it.
        second_look: see `MoveNet`.
        prologue: called first in a worker; it imports TensorFlow.
    """

    options: PrepareOptions
    movenet: Path
    variant: str | None
    second_look: bool
    prologue: Callable[[], None]


class WorkerProcess:
    """A worker process, as its parent sees it.

    Args:
        settings: the worker's settings.

    Attributes:
        connection: becomes readable when the worker has sent a message or has died.
        ready: whether MoveNet has been loaded; set by `receive`.
    """

    def __init__(self, settings: WorkerSettings):
        context = multiprocessing.get_context("spawn")
        self.connection, far_end = context.Pipe()
        self.process = context.Process(target=_work, args=(far_end, settings), daemon=True)
        with _without_interruptions():
            self.process.start()
        far_end.close()  # otherwise the worker's death would not be noticed
        self.ready = False

    def start(self, recording: Recording, path: Path) -> None:
        """Make the worker prepare a recording; call this only when the worker is not busy."""
        self.connection.send((recording, path))

    def receive(self) -> tuple[str, Any]:
        """Wait for the worker's next message.

        Returns:
            `("ready", None)`: MoveNet is loaded; `("opened", N)`: a recording of about N frames is
            open; `("advanced", N)`: N more frames are done; `("done", reason)`: the recording is
            done, with the reason if there is no result, else None; or `("died", exit status)`.

        Raises:
            PoseError: MoveNet cannot be loaded, or the worker died while loading it.
        """
        try:
            kind, value = self.connection.recv()
        except (EOFError, ConnectionResetError):
            self.end()
            if not self.ready:
                raise PoseError(
                    "a worker process ended before it had loaded MoveNet (exit status "
                    f"{self.process.exitcode}): there may not be enough memory for each worker, so "
                    "try fewer --workers"
                ) from None
            return "died", self.process.exitcode
        if kind == "unusable":
            raise PoseError(value)
        self.ready = self.ready or kind == "ready"
        return kind, value

    def prepare(self, recording: Recording, path: Path) -> str | None:
        """Prepare a recording and wait for it.

        Returns:
            The reason if there is no result, else None. If the worker died, `alive` is false.

        Raises:
            PoseError: MoveNet cannot be loaded.
        """
        self.start(recording, path)
        while True:
            kind, value = self.receive()
            if kind == "done":
                return value
            if kind == "died":
                return describe_death(recording, value)

    @property
    def alive(self) -> bool:
        """Whether the worker can accept another recording."""
        return self.process.is_alive()

    def end(self) -> None:
        """End the process."""
        self.connection.close()  # the worker ends when it reads from a closed connection
        self.process.join(timeout=0.5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


@contextlib.contextmanager
def _without_interruptions() -> Iterator[None]:
    """Block Ctrl-C (SIGINT) while a process is started, so that the process inherits the block.

    A worker can ignore the signal only after loading Python and this module; before that it would
    end with a traceback. This process handles a Ctrl-C after the block.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # starting it later would unblock the signals
    former = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


def describe_death(recording: Recording, status: object) -> str:
    """Return the failure message for a recording whose worker died."""
    return (
        f"{recording.path}: its worker process died (exit status {status}): the file may be "
        "damaged, or there was not enough memory"
    )


def _work(connection: Connection, settings: WorkerSettings) -> None:
    """Run in the worker process: load MoveNet, then prepare the recordings that are sent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which ends workers
    threading.Thread(target=_end_with_parent, daemon=True).start()
    settings.prologue()
    import tensorflow as tf

    from deformable_gan.data.preparing.one_recording import prepare_recording
    from deformable_gan.pose.movenet import MoveNet

    # One thread per process: several processes use the cores better than several threads, and the
    # results do not depend on the number of cores, so equal inputs give equal bytes.
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    try:
        movenet = MoveNet.load(
            settings.movenet, settings.variant, settings.second_look, settings.options.looks
        )
    except DeformableGANError as error:
        connection.send(("unusable", str(error)))
        return
    connection.send(("ready", None))
    while True:
        try:
            recording, path = connection.recv()
        except EOFError:
            return
        connection.send(("opened", _expected_frames(recording, settings.options.rate)))
        report = _FrameReport(connection)
        failure = None
        try:
            prepare_recording(recording, path, movenet, settings.options, report.frame)
        except MemoryError:
            failure = f"{recording.path}: not enough memory"
        except DeformableGANError as error:
            failure = str(error)
        except Exception as error:  # one faulty clip must not stop thousands of others
            failure = f"{recording.path}: unexpected {type(error).__name__}: {error}"
        report.send()
        connection.send(("done", failure))


def _end_with_parent() -> None:
    """End this process when its parent has ended, even if the parent was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _expected_frames(recording: Recording, rate: float) -> int:
    try:
        return recording.expected_frames(rate)
    except MediaError:
        return 0  # the error is reported when the recording is read


class _FrameReport:
    """A counter of frames that reports them from time to time."""

    def __init__(self, connection: Connection):
        self._connection = connection
        self._frames = 0
        self._sent = time.monotonic()

    def frame(self) -> None:
        self._frames += 1
        if time.monotonic() - self._sent > _REPORT_SECONDS:
            self.send()

    def send(self) -> None:
        self._connection.send(("advanced", self._frames))
        self._frames = 0
        self._sent = time.monotonic()
