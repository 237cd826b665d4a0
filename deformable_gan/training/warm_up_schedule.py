"""A learning-rate schedule with a warm-up."""

import math

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="deformable_gan")
class WarmUpSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A linear rise to the peak, followed by half a cosine to 0 or by a constant rate.

    Args:
        peak: the highest rate.
        warm_up: number of updates of the rise, which begins at `peak / warm_up`; 0 for no rise.
        total: number of updates until the rate is 0; None keeps the peak.
    """

    def __init__(self, peak: float, warm_up: int = 0, total: int | None = None):
        super().__init__()
        self.peak = peak
        self.warm_up = warm_up
        self.total = total

    def __call__(self, step):
        """Return the rate of the update with the index `step`."""
        step = ops.cast(step, "float32")
        rate = ops.convert_to_tensor(self.peak, "float32")
        if self.total is not None:
            length = max(1, self.total - self.warm_up)
            done = ops.clip((step - self.warm_up) / length, 0.0, 1.0)
            rate = rate * 0.5 * (1.0 + ops.cos(math.pi * done))
        if self.warm_up:
            rate = rate * ops.minimum((step + 1.0) / self.warm_up, 1.0)
        return rate

    def get_config(self):
        """Return the constructor's arguments."""
        return {"peak": self.peak, "warm_up": self.warm_up, "total": self.total}
