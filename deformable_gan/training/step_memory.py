"""What a training step takes of the memory, said when the first one is done."""

import logging
from typing import Any

import keras

from deformable_gan.devices.memory_use import MemoryUse

# Of the device's memory: from here on, little is left for longer batches, scores and pictures.
_NEARLY_ALL = 0.9

log = logging.getLogger(__name__)


class StepMemory(keras.callbacks.Callback):
    """Logs after the first step what a batch takes, and warns where little memory is left.

    Args:
        batch_size: pairs in a step.
    """

    def __init__(self, batch_size: int):
        super().__init__()
        self._batch_size = batch_size
        self._before: MemoryUse | None = None
        self._said = False

    def on_train_batch_begin(self, batch, logs=None):
        """Note what is held before the first step."""
        if not self._said and self._before is None:
            self._before = MemoryUse.now()

    def on_train_batch_end(self, batch, logs=None):
        """Log it."""
        if not self._said and self._before:
            self._said = True
            after: Any = MemoryUse.now()  # it was known before the step
            log.info("%s", describe(self._batch_size, self._before, after))
            if after.total and after.peak > _NEARLY_ALL * after.total:
                log.warning(
                    "warning: this is nearly all: should memory run out, lower --batch-size (with "
                    "--accumulate, which keeps the batch a step learns from), or add --recompute"
                )


def describe(batch_size: int, before: MemoryUse, after: MemoryUse) -> str:
    """Return a line about the memory that a step takes.

    Args:
        batch_size: pairs in the step.
        before: what was in use when the step began.
        after: what was in use when it was done.
    """
    taken = max(after.peak - before.held, 0)
    of_all = f" of {_gigabytes(after.total)}" if after.total else ""
    return (
        f"memory: a step of {batch_size} pair{'s' if batch_size > 1 else ''} takes about "
        f"{_gigabytes(taken)} GB; with all else {_gigabytes(after.peak)}{of_all} GB are in use"
    )


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f}"
