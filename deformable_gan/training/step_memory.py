"""Logging the memory that a training step needs, once after the first step."""

import logging
from typing import Any

import keras

from deformable_gan.devices.memory_use import MemoryUse

# If a step uses more than this share of the memory, little is left for scores and grids.
_NEARLY_ALL = 0.9

log = logging.getLogger(__name__)


class StepMemory(keras.callbacks.Callback):
    """Callback that logs the memory of the first step, and warns if little memory is left.

    Args:
        batch_size: pairs in a step.
    """

    def __init__(self, batch_size: int):
        super().__init__()
        self._batch_size = batch_size
        self._before: MemoryUse | None = None
        self._said = False

    def on_train_batch_begin(self, batch, logs=None):
        """Record the memory in use before the first step."""
        if not self._said and self._before is None:
            self._before = MemoryUse.now()

    def on_train_batch_end(self, batch, logs=None):
        """Log the memory after the first step."""
        if not self._said and self._before:
            self._said = True
            after: Any = MemoryUse.now()  # known, as it was before the step
            log.info("%s", describe(self._batch_size, self._before, after))
            if after.total and after.peak > _NEARLY_ALL * after.total:
                log.warning(
                    "warning: this is nearly all of the memory: if it runs out, lower --batch-size "
                    "(and set --accumulate to keep the number of pairs per update), or add "
                    "--recompute"
                )


def describe(batch_size: int, before: MemoryUse, after: MemoryUse) -> str:
    """Return a line about the memory of a step.

    Args:
        batch_size: pairs in the step.
        before: the memory use before the step.
        after: the memory use after the step.
    """
    taken = max(after.peak - before.held, 0)
    of_all = f" of {_gigabytes(after.total)}" if after.total else ""
    return (
        f"memory: a step of {batch_size} pair{'s' if batch_size > 1 else ''} takes about "
        f"{_gigabytes(taken)} GB; at the peak {_gigabytes(after.peak)}{of_all} GB are in use"
    )


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f}"
