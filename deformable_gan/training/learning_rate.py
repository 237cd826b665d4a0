"""The learning rate of a training."""

import keras

from deformable_gan.config import TrainingConfig
from deformable_gan.training.warm_up_schedule import WarmUpSchedule


def learning_rate(
    training: TrainingConfig,
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """Return the learning rate for an optimiser.

    Args:
        training: the options of the training.

    Returns:
        The rate if it is constant, otherwise a schedule of the rate by the number of updates.
    """
    if training.schedule == "constant" and not training.warm_up:
        return training.learning_rate
    updates = training.epochs * training.steps_per_epoch // training.accumulate
    return WarmUpSchedule(
        training.learning_rate,
        training.warm_up // training.accumulate,
        updates if training.schedule == "cosine" else None,
    )
