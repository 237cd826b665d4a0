"""A process that holds MoveNet and prepares one recording after another.

It is started afresh (`spawn`): a forked TensorFlow hangs. If it dies, by a defect in a decoder or
for want of memory, it takes only its recording with it.
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
    """What every worker needs to know.

    Attributes:
        options: how recordings are prepared.
        movenet: a SavedModel folder or `.tflite` file.
        variant: `lightning` or `thunder`; None for whichever it is.
        second_look: see `MoveNet`.
        prologue: called first of all in a worker; it imports TensorFlow.
    """

    options: PrepareOptions
    movenet: Path
    variant: str | None
    second_look: bool
    prologue: Callable[[], None]


class WorkerProcess:
    """The near end of the process.

    Args:
        settings: for the worker.

    Attributes:
        connection: has something to receive when the worker has said something, or is dead.
        ready: whether MoveNet has been loaded; set by `receive`.
    """

    def __init__(self, settings: WorkerSettings):
        context = multiprocessing.get_context("spawn")
        self.connection, far_end = context.Pipe()
        self.process = context.Process(target=_work, args=(far_end, settings), daemon=True)
        with _without_interruptions():
            self.process.start()
        far_end.close()  # or its death would not be noticed
        self.ready = False

    def start(self, recording: Recording, path: Path) -> None:
        """Have a recording prepared into its result file, once the last one is done."""
        self.connection.send((recording, path))

    def receive(self) -> tuple[str, Any]:
        """Wait for what the worker says next.

        Returns:
            `("ready", None)`, MoveNet is loaded; `("opened", N)`, a recording of about N frames;
            `("advanced", N)`, N more frames are done; `("done", reason)`, the recording is, with
            why there is no result or None; or `("died", exit status)`.

        Raises:
            PoseError: MoveNet cannot be loaded, or the worker died over it.
        """
        try:
            kind, value = self.connection.recv()
        except (EOFError, ConnectionResetError):
            self.end()
            if not self.ready:
                raise PoseError(
                    "a worker process ended before it had loaded MoveNet (exit status "
                    f"{self.process.exitcode}): is there enough memory for each "
                    "worker? Try fewer --workers"
                ) from None
            return "died", self.process.exitcode
        if kind == "unusable":
            raise PoseError(value)
        self.ready = self.ready or kind == "ready"
        return kind, value

    def prepare(self, recording: Recording, path: Path) -> str | None:
        """Prepare a recording and wait for it.

        Returns:
            Why there is no result; None if there is one. A worker that died is not `alive`.

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
        """Whether it can be given more to do."""
        return self.process.is_alive()

    def end(self) -> None:
        """End the process."""
        self.connection.close()  # a worker that reads from it ends
        self.process.join(timeout=0.5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


@contextlib.contextmanager
def _without_interruptions() -> Iterator[None]:
    """Start a process that Ctrl-C does not reach; this one notices it after the block.

    A worker can refuse it only when Python and this module are loaded, and would end with a
    traceback before. The signals that are blocked are passed on to a new process.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # would unblock them once it is started
    former = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


def describe_death(recording: Recording, status: object) -> str:
    """Say that a recording took its worker with it."""
    return f"{recording.path}: the process that worked on it died (exit status {status})"


def _work(connection: Connection, settings: WorkerSettings) -> None:
    """Run in the worker process: load MoveNet, then prepare what comes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which ends us
    threading.Thread(target=_end_with_parent, daemon=True).start()
    settings.prologue()
    import tensorflow as tf

    from deformable_gan.data.preparing.one_recording import prepare_recording
    from deformable_gan.pose.movenet import MoveNet

    # One thread each: processes make better use of the cores, and sums do not depend on how many
    # cores there are, so that the bytes do not either.
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
        except Exception as error:  # one strange clip must not stop thousands
            failure = f"{recording.path}: unexpected {type(error).__name__}: {error}"
        report.send()
        connection.send(("done", failure))


def _end_with_parent() -> None:
    """End this process when the parent is gone, also when it was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _expected_frames(recording: Recording, rate: float) -> int:
    try:
        return recording.expected_frames(rate)
    except MediaError:
        return 0  # it will be said when it is read


class _FrameReport:
    """Counts frames and passes them on now and then."""

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
