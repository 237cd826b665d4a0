"""Instance normalisation, in the original's sense and in today's."""

import keras
from keras import ops

from deformable_gan.errors import ConfigurationError

STATISTICS = ("sample", "channel")


@keras.saving.register_keras_serializable(package="deformable_gan")
class InstanceNormalization(keras.layers.Layer):
    """Shifts and scales each sample to mean 0 and standard deviation 1, then by gamma and beta.

    - `statistics="sample"`: over height, width **and channels**, scalar gamma and beta: what
      keras-contrib's `InstanceNormalization()` with its default axis computed, and with it the
      original implementation.
    - `statistics="channel"`: over height and width, gamma and beta a channel: what the name means
      today. On a 1x1 map it returns beta.

    In both, epsilon is added to the standard deviation, not to the variance.

    Call arguments:
        inputs: float [B, h, w, C].

    Returns:
        float [B, h, w, C].

    Args:
        statistics: `sample` or `channel`.
        epsilon: what is added to the standard deviation.

    Raises:
        ConfigurationError: unknown statistics.
    """

    def __init__(self, statistics: str = "sample", epsilon: float = 1e-3, **kwargs):
        super().__init__(**kwargs)
        if statistics not in STATISTICS:
            raise ConfigurationError(
                f"statistics must be one of {STATISTICS}, received {statistics!r}"
            )
        self.statistics = statistics
        self.epsilon = epsilon

    def build(self, input_shape):
        """Create gamma and beta."""
        shape = (1,) if self.statistics == "sample" else (input_shape[-1],)
        self.gamma = self.add_weight(name="gamma", shape=shape, initializer="ones")
        self.beta = self.add_weight(name="beta", shape=shape, initializer="zeros")

    def call(self, inputs):
        """Normalise; see the class."""
        axes = (1, 2, 3) if self.statistics == "sample" else (1, 2)
        # Half precision cannot hold the squares of a whole feature map.
        values = ops.cast(inputs, "float32")
        mean, variance = ops.moments(values, axes=axes, keepdims=True)
        scale = ops.cast(self.gamma, "float32") / (_safe_sqrt(variance) + self.epsilon)
        normalised = (values - mean) * scale + ops.cast(self.beta, "float32")
        return ops.cast(normalised, self.compute_dtype)

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "statistics": self.statistics,
            "epsilon": self.epsilon,
        }


def _safe_sqrt(variance):
    """Square root whose gradient at zero is zero, not infinite: a 1x1 map has variance 0."""
    positive = variance > 0
    return ops.where(positive, ops.sqrt(ops.where(positive, variance, 1.0)), 0.0)
