"""The learning rate of a training, step by step."""

import keras

from deformable_gan.config import TrainingConfig
from deformable_gan.training.warm_up_schedule import WarmUpSchedule


def learning_rate(
    training: TrainingConfig,
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """Return what an optimiser takes as its learning rate.

    Args:
        training: length, rate, warm-up and schedule.

    Returns:
        The rate itself if it is constant, or else a function of the number of updates done.
    """
    if training.schedule == "constant" and not training.warm_up:
        return training.learning_rate
    updates = training.epochs * training.steps_per_epoch // training.accumulate
    return WarmUpSchedule(
        training.learning_rate,
        training.warm_up // training.accumulate,
        updates if training.schedule == "cosine" else None,
    )
