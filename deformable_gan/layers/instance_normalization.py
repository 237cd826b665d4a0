"""Instance normalisation: the original's variant and the usual one."""

import math

import keras
from keras import ops

from deformable_gan.errors import ConfigurationError

STATISTICS = ("sample", "channel")


@keras.saving.register_keras_serializable(package="deformable_gan")
class InstanceNormalization(keras.layers.Layer):
    """Normalisation of each sample to mean 0 and standard deviation 1, then a scale and a shift.

    - `statistics="sample"`: over height, width **and channels**, with scalar gamma and beta.
      keras-contrib's `InstanceNormalization()` with its default axis computed this, and so did the
      original implementation.
    - `statistics="channel"`: over height and width, with gamma and beta per channel. This is the
      usual meaning of the name. On a 1x1 map it returns beta.

    Both add epsilon to the standard deviation, not to the variance.

    Call arguments:
        inputs: float [B, h, w, C].

    Returns:
        float [B, h, w, C].

    Args:
        statistics: `sample` or `channel`.
        epsilon: the number added to the standard deviation.

    Raises:
        ConfigurationError: `statistics` is unknown.
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
        """Return the normalised inputs; see the class."""
        axes = (1, 2, 3) if self.statistics == "sample" else (1, 2)
        gamma, beta = (ops.cast(weight, "float32") for weight in (self.gamma, self.beta))
        return _normalise(inputs, gamma, beta, axes, self.epsilon)

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "statistics": self.statistics,
            "epsilon": self.epsilon,
        }


def _normalise(inputs, gamma, beta, axes, epsilon):
    """Normalise over `axes`, keeping no maps but the inputs for the gradient.

    With automatic differentiation, a training step keeps three more maps of the inputs' size for
    every layer.
    """

    @ops.custom_gradient
    def normalise(inputs, gamma, beta):
        # Half precision cannot hold the squares of a whole feature map.
        values = ops.cast(inputs, "float32")
        mean, variance = ops.moments(values, axes=axes, keepdims=True)
        # A 1x1 map has variance 0, where the root has no finite slope; its gradient is set to zero.
        positive = variance > 0
        deviation = ops.where(positive, ops.sqrt(ops.where(positive, variance, 1.0)), 0.0)
        scale = gamma / (deviation + epsilon)

        def gradient(*arguments, upstream=None):
            slope = ops.cast(arguments[0] if upstream is None else upstream, "float32")
            centered = ops.cast(inputs, "float32") - mean
            along = ops.mean(slope * centered, axis=axes, keepdims=True)
            level = ops.mean(slope, axis=axes, keepdims=True)
            bend = ops.where(positive, along / ops.where(positive, deviation, 1.0), 0.0)
            bend = bend / (deviation + epsilon)
            of_inputs = scale * (slope - level - bend * centered)
            count = _count(slope, axes)
            of_gamma = _sum_like(gamma, count * along / (deviation + epsilon))
            of_beta = _sum_like(beta, count * level)
            return ops.cast(of_inputs, inputs.dtype), of_gamma, of_beta

        outputs = (values - mean) * scale + beta
        return ops.cast(outputs, inputs.dtype), gradient

    return normalise(inputs, gamma, beta)


def _count(values, axes):
    return float(math.prod(values.shape[axis] for axis in axes))


def _sum_like(weight, values):
    """Sum [B, 1, 1, C] or [B, 1, 1, 1] to the shape of gamma and beta."""
    return ops.reshape(ops.sum(values, axis=0), weight.shape)
