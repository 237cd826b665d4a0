"""The discriminator of the `dance` preset, which judges the image alone."""

from typing import Any

import keras
from keras import ops

from deformable_gan.errors import ConfigurationError


@keras.saving.register_keras_serializable(package="deformable_gan")
class ImageDiscriminator(keras.Model):
    """A discriminator that sees the judged image only, without pose or source.

    It has three convolutions of stride 2 (3x3 without bias, 5x5, and 10x10 to a single map) and
    three dense layers, with LeakyReLU(0.2) between all layers. It is small and, with few people,
    cannot memorise which person belongs to which source image.

    Call arguments:
        inputs: see `deformable_gan.models.discriminators`; only `image` is read.

    Returns:
        float32 [B, 1].

    Args:
        image_size: (H, W).
        filters: the filters of the first two convolutions.
        units: the units of the first two dense layers.

    Raises:
        ConfigurationError: `filters` does not have two entries.
    """

    def __init__(
        self,
        image_size: tuple[int, int],
        filters: tuple[int, int] = (64, 128),
        units: tuple[int, int] = (128, 64),
        name: str = "discriminator",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        if len(filters) != 2:
            raise ConfigurationError(
                f"the image discriminator needs two filters, received {tuple(filters)}: give the "
                "number of filters of each of its first two convolutions"
            )
        self.image_size = (image_size[0], image_size[1])
        self.filters = tuple(filters)
        self.units = tuple(units)
        first, second = filters
        self.convolutions = [
            keras.layers.Conv2D(
                first, 3, strides=2, padding="same", use_bias=False, name="convolve_1"
            ),
            keras.layers.Conv2D(second, 5, strides=2, padding="same", name="convolve_2"),
            keras.layers.Conv2D(1, 10, strides=2, padding="same", name="convolve_3"),
        ]
        self.dense = [
            keras.layers.Dense(width, name=f"dense_{index}")
            for index, width in enumerate((*units, 1), start=1)
        ]
        self.activate = keras.layers.LeakyReLU(0.2, name="activate")

    def build(self, input_shape=None):
        """Create the weights; shapes are known from the arguments."""
        if self.built:  # type: ignore[has-type]  # set by Keras
            return
        shape: Any = (None, *self.image_size, 3)
        for layer in self.convolutions:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        width = shape[1] * shape[2]
        for layer in self.dense:
            layer.build((None, width))
            width = layer.units
        self.built = True

    def call(self, inputs, training=False):
        """Return the logits; see the class."""
        features = inputs["image"]
        for layer in self.convolutions:
            features = self.activate(layer(features))
        features = ops.reshape(features, (-1, features.shape[1] * features.shape[2]))
        for layer in self.dense[:-1]:
            features = self.activate(layer(features))
        return ops.cast(self.dense[-1](features), "float32")

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "image_size": self.image_size,
            "filters": self.filters,
            "units": self.units,
        }
