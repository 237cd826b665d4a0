"""Recordings spread over processes, one recording at a time in each.

Worker processes are started afresh (`spawn`): a forked TensorFlow hangs. A worker that dies, by
a defect in a decoder or for want of memory, takes only its recording with it.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Protocol

from deformable_gan.data.preparing.options import PrepareOptions
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


class ProgressListener(Protocol):
    """Is told how the work goes on; numbers are positions in the list of tasks."""

    def opened(self, task: int, expected: int) -> None: ...  # noqa: D102
    def advanced(self, task: int, frames: int) -> None: ...  # noqa: D102
    def closed(self, task: int) -> None: ...  # noqa: D102


def run_workers(
    tasks: Sequence[tuple[Recording, Path]],
    settings: WorkerSettings,
    count: int,
    progress: ProgressListener,
) -> dict[int, str]:
    """Prepare recordings, each into its result file.

    Args:
        tasks: the recordings and where their results belong.
        settings: for the workers.
        count: how many processes.
        progress: told how the work goes on.

    Returns:
        For each recording without a result, its position in `tasks` and why.

    Raises:
        PoseError: no worker could load MoveNet.
    """
    failed: dict[int, str] = {}
    waiting = list(reversed(range(len(tasks))))
    context = multiprocessing.get_context("spawn")
    workers: list[_Worker] = []
    try:
        while waiting or any(worker.task is not None for worker in workers):
            while waiting and len(workers) < count:
                if len(workers) >= len(waiting) + sum(w.task is not None for w in workers):
                    break
                workers.append(_Worker(context, settings))
            for worker in workers:
                if worker.ready and worker.task is None and waiting:
                    worker.start(waiting.pop(), tasks)
            busy = {worker.connection: worker for worker in workers}
            for connection in wait(list(busy)):
                worker = busy[connection]
                try:
                    message = connection.recv()
                except (EOFError, ConnectionResetError):
                    workers.remove(worker)
                    worker.end()
                    if not worker.ready:
                        raise PoseError(
                            "a worker process ended before it had loaded MoveNet (exit status "
                            f"{worker.process.exitcode}): is there enough memory for each "
                            "worker? Try fewer --workers"
                        ) from None
                    if worker.task is None:
                        continue
                    failed[worker.task] = (
                        f"{tasks[worker.task][0].path}: the process that worked on it died (exit "
                        f"status {worker.process.exitcode})"
                    )
                    progress.closed(worker.task)
                    continue
                worker.handle(message, tasks, failed, progress)
    finally:
        for worker in workers:
            worker.end()
    return failed


class _Worker:
    """The near end of a worker process."""

    def __init__(self, context, settings: WorkerSettings):
        self.connection, far_end = context.Pipe()
        self.process = context.Process(target=_work, args=(far_end, settings), daemon=True)
        self.process.start()
        far_end.close()  # or its death would not be noticed
        self.ready = False
        self.task: int | None = None

    def start(self, task: int, tasks: Sequence[tuple[Recording, Path]]) -> None:
        self.task = task
        self.connection.send(tasks[task])

    def handle(
        self,
        message: tuple,
        tasks: Sequence[tuple[Recording, Path]],
        failed: dict[int, str],
        progress: ProgressListener,
    ) -> None:
        kind, value = message
        if kind == "unusable":
            raise PoseError(value)
        if kind == "ready":
            self.ready = True
        elif kind == "opened":
            progress.opened(self.task, value)
        elif kind == "advanced":
            progress.advanced(self.task, value)
        elif kind == "done":
            if value is not None:
                failed[self.task] = value
            progress.closed(self.task)
            self.task = None

    def end(self) -> None:
        self.connection.close()  # a worker that reads from it ends
        self.process.join(timeout=0.5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


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
        movenet = MoveNet.load(settings.movenet, settings.variant, settings.second_look)
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
