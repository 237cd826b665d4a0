"""Detection of diverging losses at the step where they diverge."""

import logging
import math
from collections.abc import Callable

import keras

from deformable_gan.errors import RunError

# Number of values in the moving averages, and number of values before the averages are used. There
# is one value per call of `on_train_batch_end`.
_MEMORY = 50
_WARM_UP = 100
# A loss that has grown from its minimum by more than this factor may be exploding.
_EXPLOSION = 10.0
# A discriminator is too strong if its loss is below this share of `_UNDECIDED`, the loss of a
# discriminator that cannot distinguish real from generated images.
_COLLAPSE = 0.02
_UNDECIDED = {"logistic": 2 * math.log(2), "least_squares": 0.5, "hinge": 2.0}

log = logging.getLogger(__name__)


class LossWatch(keras.callbacks.Callback):
    """Callback that stops a training with non-finite losses and warns of suspicious ones.

    `fit` copies the running means of the loss terms to the host at every step (with `LateLosses`,
    the means of the previous step). One non-finite value makes a mean non-finite for the rest of
    the epoch, so that checking the means is sufficient. The mean loss of the steps since the last
    call is computed from the running means of the two calls.

    Args:
        steps_per_epoch: used to count steps.
        adversarial: the type of the adversarial loss; see `LossConfig`.
        names_of_step: returns the (source, target) image names of a step; steps are counted from 1.
        skipped: number of steps of the first epoch that were done before.
        stride: number of steps between two calls of `on_train_batch_end`.

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
        """Read the running means, which are not 0 in a resumed epoch."""
        self._first_step = epoch * self._steps_per_epoch
        self._done = self._skipped
        self._skipped = 0
        self._means = {
            name: float(tracker.result()) for name, tracker in self.model.loss_trackers.items()
        }
        self._warned: set[str] = set()

    def on_train_batch_end(self, batch, logs=None):
        """Check the losses of the steps since the last call."""
        if logs:
            self._check_losses(logs)

    def on_epoch_end(self, epoch, logs=None):
        """Check the last step of the epoch if its losses have not been received before."""
        if logs and self._done < self._steps_per_epoch:
            self._check_losses({name: float(logs[name]) for name in self.model.loss_trackers})

    def _check_losses(self, logs: dict[str, float]) -> None:
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
        message += "The batch: " if first == step else f"The batch of step {first}: "
        message += _listed(self._names_of_step(first))
        if first > 1:
            # Gradients may be non-finite although the loss is finite.
            message += ". The batch of the previous step, which may also be the cause: "
            message += _listed(self._names_of_step(first - 1))
        raise RunError(
            f"{message}. The last good checkpoint is kept: check these images and their joints, "
            "then continue with --resume, or start a new run with a smaller --learning-rate"
        )

    def _warn(self, step: int) -> None:
        for term in ("content", "generator_loss"):
            if term not in self._averages:
                continue
            average = self._averages[term]
            lowest = self._lowest[term] = min(average, self._lowest.get(term, math.inf))
            if lowest > 0 and average > _EXPLOSION * lowest:
                self._warn_once(
                    f"step {step}: {term} has grown to {average:.3g} from its minimum of "
                    f"{lowest:.3g}: the training may be exploding; try a smaller --learning-rate "
                    "in a new run or from an earlier checkpoint",
                    term,
                )
        average = self._averages.get("discriminator_loss", self._undecided)
        if average < _COLLAPSE * self._undecided:
            self._warn_once(
                f"step {step}: discriminator_loss has fallen to {average:.3g}: the discriminator "
                "recognises every generated image, so that the generator learns little; try "
                "another --discriminator, more data, or a smaller --learning-rate",
                "discriminator_loss",
            )

    def _warn_once(self, message: str, what: str) -> None:
        """Log a warning at most once per epoch."""
        if what not in self._warned:
            self._warned.add(what)
            log.warning("warning: %s", message)


def _listed(pairs: list[tuple[str, str]]) -> str:
    return ", ".join(f"{source} -> {target}" for source, target in pairs)
