"""The options of a personal model."""

from dataclasses import dataclass

from deformable_gan.personalizing.recipe import DANCERS

#: The weights that a finished run contains: those with the better scores, the fine-tuned weights,
#: or the starting weights, from which the training began.
BETTER, FINE_TUNED, START = "better", "fine-tuned", "start"


@dataclass(frozen=True)
class PersonalOptions:
    """The options of a personal model.

    Attributes:
        minutes: the time from the start of the command to the last score; it has no effect if
            `steps` is given.
        steps: the number of training steps; None for as many as fit into the time, at most
            `recipe.MOST_STEPS`.
        keep: the weights that the run contains at the end: `BETTER`, `FINE_TUNED` or `START`.
        dancers: the number of drawn dancers; 0 to train on the person's images alone.
    """

    minutes: float = 15.0
    steps: int | None = None
    keep: str = BETTER
    dancers: int = DANCERS
