"""Losses that go bad are noticed at the step where they do."""

import logging
import math
from collections.abc import Callable

import keras

from deformable_gan.errors import RunError

# Steps that the moving averages look back on, and how many to wait for them to mean something.
_MEMORY = 50
_WARM_UP = 100
_EXPLOSION = 10.0
# Of what a discriminator loses that cannot tell real from generated.
_COLLAPSE = 0.02
_UNDECIDED = {"logistic": 2 * math.log(2), "least_squares": 0.5, "hinge": 2.0}

log = logging.getLogger(__name__)


class LossWatch(keras.callbacks.Callback):
    """Stops a training whose losses are no numbers any more, and warns of one that goes astray.

    `fit` brings the running means of the loss terms to the host at every step anyway, or with
    `LateLosses` those of the step before. One value that is not finite makes them so for the rest
    of the epoch, so that they are all it takes to notice it at once; a single step's value is the
    difference of two means.

    Args:
        steps_per_epoch: to count steps by.
        adversarial: the kind of adversarial loss; see `LossConfig`.
        names_of_step: gives the (source, target) image names that a step, counted from 1, saw.
        skipped: how many steps of the first epoch were done before.
        stride: how many steps are done between two calls of `on_train_batch_end`.

    Raises:
        RunError: a loss term is not finite.
    """

    def __init__(
        self,
        steps_per_epoch: int,
        adversarial: str,
        names_of_step: Callable[[int], list[tuple[str, str]]],
        skipped: int = 0,
        stride: int = 1,
    ):
        super().__init__()
        self._steps_per_epoch = steps_per_epoch
        self._undecided = _UNDECIDED[adversarial]
        self._names_of_step = names_of_step
        self._skipped = skipped
        self._stride = stride
        self._averages: dict[str, float] = {}
        self._lowest: dict[str, float] = {}
        self._seen = 0

    def on_epoch_begin(self, epoch, logs=None):
        """Begin new running means, or go on with those of an epoch begun before."""
        self._first_step = epoch * self._steps_per_epoch
        self._done = self._skipped
        self._skipped = 0
        self._means = {
            name: float(tracker.result()) for name, tracker in self.model.loss_trackers.items()
        }
        self._warned: set[str] = set()

    def on_train_batch_end(self, batch, logs=None):
        """Look at the losses of the steps just done."""
        if logs:
            self._look(logs)

    def on_epoch_end(self, epoch, logs=None):
        """Look at the epoch's last step, where nobody has told of it yet."""
        if logs and self._done < self._steps_per_epoch:
            self._look({name: float(logs[name]) for name in self.model.loss_trackers})

    def _look(self, logs: dict[str, float]) -> None:
        before, self._done = self._done, self._done + self._stride
        for name, mean in logs.items():
            if not math.isfinite(mean):
                self._stop(self._first_step + self._done, name)
        self._seen += 1
        decay = 1 - 1 / min(self._seen, _MEMORY)
        for name, mean in logs.items():
            value = self._done * mean - before * self._means.get(name, 0.0)
            value /= self._stride
            self._averages[name] = decay * self._averages.get(name, 0.0) + (1 - decay) * value
        self._means = logs
        if self._seen > _WARM_UP:
            self._warn(self._first_step + self._done)

    def _stop(self, step: int, term: str) -> None:
        first = step - self._stride + 1
        when = f"step {step}" if first == step else f"one of the steps {first} to {step}"
        message = f"training has diverged: at {when} {term} is not finite. "
        message += "The batch: " if first == step else "The first one's batch: "
        message += _listed(self._names_of_step(first))
        if first > 1:
            # Gradients may be no numbers where the loss still is one.
            message += ". If its own update was fine, the one before was not: "
            message += _listed(self._names_of_step(first - 1))
        raise RunError(
            f"{message}. The last good checkpoint is kept: look at these images and their joints, "
            "and go on with --resume, or start anew with a smaller --learning-rate"
        )

    def _warn(self, step: int) -> None:
        for term in ("content", "generator_loss"):
            if term not in self._averages:
                continue
            average = self._averages[term]
            lowest = self._lowest[term] = min(average, self._lowest.get(term, math.inf))
            if lowest > 0 and average > _EXPLOSION * lowest:
                self._warn_once(
                    f"step {step}: {term} has grown to {average:.3g} from {lowest:.3g} at its "
                    "lowest: the training may be exploding; try a smaller --learning-rate, from "
                    "an earlier checkpoint or anew",
                    term,
                )
        average = self._averages.get("discriminator_loss", self._undecided)
        if average < _COLLAPSE * self._undecided:
            self._warn_once(
                f"step {step}: discriminator_loss has fallen to {average:.3g}: it tells every "
                "generated image and teaches the generator little; try a narrower or another "
                "--discriminator, more data, or a smaller --learning-rate",
                "discriminator_loss",
            )

    def _warn_once(self, message: str, what: str) -> None:
        """Warn, once an epoch of the same."""
        if what not in self._warned:
            self._warned.add(what)
            log.warning("warning: %s", message)


def _listed(pairs: list[tuple[str, str]]) -> str:
    return ", ".join(f"{source} -> {target}" for source, target in pairs)
