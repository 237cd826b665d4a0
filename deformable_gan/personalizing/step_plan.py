"""How many training steps fit into the time that is left."""

import math
from dataclasses import asdict, dataclass

from deformable_gan.errors import ConfigurationError
from deformable_gan.personalizing.recipe import EPOCH_STEPS, LEAST_STEPS, MOST_STEPS

# Of the time that is left: a machine that does other things, too, gets slower.
_USED_SHARE = 0.9


@dataclass(frozen=True)
class StepPlan:
    """The length of a training.

    Attributes:
        epochs: the number of epochs; pictures and checkpoints are made at the end of each.
        steps_per_epoch: the steps of each.
        seconds_per_step: as measured; None where the number of steps was given.
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
        """What the plan changes in a configuration; see `ExperimentConfig.replace`."""
        return {
            "training__epochs": self.epochs,
            "training__steps_per_epoch": self.steps_per_epoch,
        }

    def to_json(self) -> dict:
        """Return JSON values."""
        return {"steps": self.steps, **asdict(self)}


def plan_of_steps(steps: int, seconds_per_step: float | None = None) -> StepPlan:
    """Return a plan of about so many steps (never more), in epochs of about 50.

    Args:
        steps: 1 or more.
        seconds_per_step: see `StepPlan`.
    """
    epochs = max(1, steps // EPOCH_STEPS)
    return StepPlan(epochs, steps // epochs, seconds_per_step)


def plan_for_seconds(seconds: float, seconds_per_step: float) -> StepPlan:
    """Return a plan that fits into a time, with a tenth of it to spare.

    Args:
        seconds: the time for the steps alone.
        seconds_per_step: as measured.

    Raises:
        ConfigurationError: too few steps fit into it.
    """
    fitting = math.floor(max(0.0, seconds) * _USED_SHARE / seconds_per_step)
    if fitting < LEAST_STEPS:
        raise ConfigurationError(
            f"{max(0.0, seconds):.0f} seconds are left for training, and a step takes "
            f"{seconds_per_step:.2f} seconds here: expected time for {LEAST_STEPS} steps or more; "
            "give the same command with more --minutes (what was prepared is kept)"
        )
    return plan_of_steps(min(fitting, MOST_STEPS), seconds_per_step)
