"""The number of training steps that fit into the time left."""

import math
from dataclasses import asdict, dataclass

from deformable_gan.errors import ConfigurationError
from deformable_gan.personalizing.recipe import EPOCH_STEPS, LEAST_STEPS, MOST_STEPS

# The share of the remaining time that is planned for. The rest is a reserve, because other work on
# the machine can slow the training down.
_USED_SHARE = 0.9


@dataclass(frozen=True)
class StepPlan:
    """The length of a training.

    Attributes:
        epochs: the number of epochs; sample images and checkpoints are made at the end of each.
        steps_per_epoch: the number of steps per epoch.
        seconds_per_step: the measured time of a step; None if the number of steps was given.
    """

    epochs: int
    steps_per_epoch: int
    seconds_per_step: float | None = None

    @property
    def steps(self) -> int:
        """The number of steps."""
        return self.epochs * self.steps_per_epoch

    @property
    def changes(self) -> dict[str, int]:
        """The configuration fields that the plan sets; see `ExperimentConfig.replace`."""
        return {
            "training__epochs": self.epochs,
            "training__steps_per_epoch": self.steps_per_epoch,
        }

    def to_json(self) -> dict:
        """Return the plan as JSON values."""
        return {"steps": self.steps, **asdict(self)}


def plan_of_steps(steps: int, seconds_per_step: float | None = None) -> StepPlan:
    """Return a plan of about `steps` steps, never more, in equal epochs of 50 to 99 steps.

    Fewer than 50 steps are a single epoch.

    Args:
        steps: the number of steps, 1 or more.
        seconds_per_step: see `StepPlan`.
    """
    epochs = max(1, steps // EPOCH_STEPS)
    return StepPlan(epochs, steps // epochs, seconds_per_step)


def plan_for_seconds(seconds: float, seconds_per_step: float) -> StepPlan:
    """Return a plan of at most `MOST_STEPS` steps that fits into nine tenths of a time.

    Args:
        seconds: the time for the steps alone.
        seconds_per_step: the measured time of a step.

    Raises:
        ConfigurationError: too few steps fit into the time.
    """
    fitting = math.floor(max(0.0, seconds) * _USED_SHARE / seconds_per_step)
    if fitting < LEAST_STEPS:
        raise ConfigurationError(
            f"{max(0.0, seconds):.0f} seconds are left for training, and a step takes "
            f"{seconds_per_step:.2f} seconds on this machine, but {LEAST_STEPS} steps or more are "
            "needed: repeat the command with more --minutes (prepared data is kept)"
        )
    return plan_of_steps(min(fitting, MOST_STEPS), seconds_per_step)
