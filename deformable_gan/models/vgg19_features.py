"""The first layers of VGG19, whose features content losses compare (paper section 3.4)."""

import keras
from keras import ops

from deformable_gan.errors import ConfigurationError

_BLOCKS = {1: (2, 64), 2: (2, 128), 3: (4, 256), 4: (4, 512), 5: (4, 512)}
LAYERS = tuple(
    f"block{block}_conv{index}"
    for block, (count, _) in _BLOCKS.items()
    for index in range(1, count + 1)
)
PREPROCESSINGS = ("caffe", "original")
# ImageNet's mean blue, green and red, which were subtracted from VGG19's training images.
_MEAN_BGR = (103.939, 116.779, 123.68)


@keras.saving.register_keras_serializable(package="deformable_gan")
class VGG19Features(keras.Model):
    """The activations of one convolution of VGG19 (after its ReLU).

    The weights are random at first; `load_vgg19_weights` fills them. They are not trained.

    Call arguments:
        inputs: float [B, H, W, 3] RGB in [-1, 1].

    Returns:
        float [B, h, w, C]: for `block1_conv2` [B, H, W, 64], for `block2_conv1`
        [B, H // 2, W // 2, 128].

    Args:
        layer: the convolution's name in VGG19, e.g. `block1_conv2`.
        preprocessing: `caffe`, as in VGG19's training: BGR minus the channels' means; or
            `original`, which repeats a mistake of the original implementation: it subtracts the
            means before it swaps red and blue, so blue's mean is subtracted from red and red's from
            blue.
        seed: the seed of the random weights.

    Raises:
        ConfigurationError: the layer or the preprocessing is unknown.
    """

    def __init__(
        self,
        layer: str = "block1_conv2",
        preprocessing: str = "caffe",
        seed: int = 0,
        name: str = "vgg19_features",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        if layer not in LAYERS:
            raise ConfigurationError(f"layer must be one of {LAYERS}, received {layer!r}")
        if preprocessing not in PREPROCESSINGS:
            raise ConfigurationError(
                f"preprocessing must be one of {PREPROCESSINGS}, received {preprocessing!r}"
            )
        self.layer = layer
        self.preprocessing = preprocessing
        self.seed = seed
        self.convolutions = [
            keras.layers.Conv2D(
                _BLOCKS[int(name_[5])][1],
                3,
                padding="same",
                activation="relu",
                kernel_initializer=keras.initializers.HeNormal(seed=seed + index),
                name=name_,
            )
            for index, name_ in enumerate(LAYERS[: LAYERS.index(layer) + 1])
        ]
        self.pool = keras.layers.MaxPooling2D(2, name="pool")
        self.trainable = False

    def build(self, input_shape=None):
        """Create the weights."""
        if self.built:  # type: ignore[has-type]  # set by Keras
            return
        channels = 3
        for layer in self.convolutions:
            layer.build((None, None, None, channels))
            channels = layer.filters
        self.built = True

    def call(self, inputs):
        """Return the activations; see the class."""
        pixels = (inputs + 1) * 127.5
        mean = ops.convert_to_tensor(_MEAN_BGR, pixels.dtype)
        pixels = pixels - (mean[::-1] if self.preprocessing == "caffe" else mean)
        # VGG19 expects BGR. Swapping the kernel's channels is cheaper than swapping the image's.
        first = self.convolutions[0]
        features = ops.conv(pixels, ops.flip(first.kernel, axis=2), padding="same")
        features = ops.relu(features + first.bias)
        for layer in self.convolutions[1:]:
            if layer.name.endswith("conv1"):
                features = self.pool(features)
            features = layer(features)
        return features

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "layer": self.layer,
            "preprocessing": self.preprocessing,
            "seed": self.seed,
        }
