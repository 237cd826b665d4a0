"""Drawing many people in one or several processes."""

import multiprocessing
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import cv2

from deformable_gan.dancers.drawn_image import DrawnImage
from deformable_gan.dancers.sitting import Sitting
from deformable_gan.errors import DatasetError

# Starting a process takes about as long as drawing this many images.
_WORTH_A_PROCESS = 150


def draw_people(sittings: list[Sitting], workers: int = 1) -> Iterator[list[DrawnImage]]:
    """Yield the images of each person, in order.

    Args:
        sittings: descriptions of the images, one per person.
        workers: number of drawing processes; fewer are started for few images.

    Raises:
        DatasetError: a process was killed.
    """
    total = sum(sitting.images for sitting in sittings)
    workers = min(workers, len(sittings), total // _WORTH_A_PROCESS)
    if workers <= 1:
        yield from map(Sitting.draw, sittings)
        return
    # Spawned, because TensorFlow hangs in a forked process.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, initializer=_prepare)
    try:
        yield from pool.map(Sitting.draw, sittings, chunksize=2)
    except BrokenProcessPool as error:
        raise DatasetError(
            "a process that draws dancers was killed (often for lack of memory): try again with "
            "fewer workers (--workers)"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _prepare() -> None:
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # after Ctrl-C the parent ends the pool
