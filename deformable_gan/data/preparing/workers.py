"""Distributing recordings over processes, one recording at a time in each."""

from collections.abc import Sequence
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, Protocol

from deformable_gan.data.preparing.recordings import Recording
from deformable_gan.data.preparing.worker_process import (
    WorkerProcess,
    WorkerSettings,
    describe_death,
)


class ProgressListener(Protocol):
    """A listener to the progress of the work; `task` is a position in the list of tasks."""

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
        tasks: the recordings and the paths of their results.
        settings: the workers' settings.
        count: number of processes.
        progress: receives the progress.

    Returns:
        For each recording without a result, its position in `tasks` and the reason.

    Raises:
        PoseError: a worker cannot load MoveNet.
    """
    failed: dict[int, str] = {}
    waiting = list(reversed(range(len(tasks))))
    workers: dict[WorkerProcess, int | None] = {}  # each with the position of its task
    try:
        while waiting or any(task is not None for task in workers.values()):
            busy = sum(task is not None for task in workers.values())
            while waiting and len(workers) < min(count, len(waiting) + busy):
                workers[WorkerProcess(settings)] = None
            for worker, task in workers.items():
                if worker.ready and task is None and waiting:
                    workers[worker] = waiting.pop()
                    worker.start(*tasks[workers[worker]])  # type: ignore[index]  # not None here
            speaking = {worker.connection: worker for worker in workers}
            ready: Any = wait(list(speaking))
            for connection in ready:
                worker = speaking[connection]
                task = workers[worker]
                kind, value = worker.receive()
                if kind == "opened":
                    progress.opened(task, value)  # type: ignore[arg-type]  # not None here
                elif kind == "advanced":
                    progress.advanced(task, value)  # type: ignore[arg-type]  # not None here
                elif kind in ("done", "died"):
                    if kind == "died":
                        del workers[worker]
                        if task is None:
                            continue
                        value = describe_death(tasks[task][0], value)
                    else:
                        workers[worker] = None
                    if value is not None:
                        failed[task] = value  # type: ignore[index]  # not None here
                    progress.closed(task)  # type: ignore[arg-type]  # not None here
    finally:
        for worker in workers:
            worker.end()
    return failed
