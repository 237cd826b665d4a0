"""The localisation network of the `stn` skip: a transform learned from the key points."""

import keras
from keras import ops

from deformable_gan.geometry.regions import present


@keras.saving.register_keras_serializable(package="deformable_gan")
class KeypointLocalization(keras.layers.Layer):
    """A network that predicts one affine transform from the coordinates of both poses.

    It belongs to a spatial transformer (Jaderberg et al., 2015) and sees the 4 J coordinates of the
    source and target joints (72 for the original's 18) instead of an image. It is the paper's
    learned alternative to transforms computed from the joints. It starts as the identity.

    *Convention*: target pixel -> source pixel at full image size, (x, y) order.

    Call arguments:
        source_keypoints: float32 [B, J, 3].
        target_keypoints: float32 [B, J, 3].

    Returns:
        float32 [B, 1, 8].

    Args:
        image_size: (H, W).
        hidden_units: the number of units of the hidden layer.
    """

    def __init__(self, image_size: tuple[int, int], hidden_units: int = 64, **kwargs):
        kwargs["dtype"] = "float32"  # these are coordinates
        super().__init__(**kwargs)
        self.image_size = tuple(image_size)
        self.hidden_units = hidden_units
        self.hidden = keras.layers.Dense(
            hidden_units, activation="relu", name="hidden", dtype="float32"
        )
        self.correction = keras.layers.Dense(
            6, kernel_initializer="zeros", name="correction", dtype="float32"
        )

    def build(self, source_keypoints_shape, target_keypoints_shape):
        """Create the weights."""
        joints = source_keypoints_shape[1]
        self.hidden.build((None, 4 * joints))
        self.correction.build((None, self.hidden_units))

    def call(self, source_keypoints, target_keypoints):
        """Return the transform; see the class."""
        height, width = self.image_size
        coordinates = ops.concatenate(
            [self._normalize(source_keypoints), self._normalize(target_keypoints)], axis=-1
        )
        a0, a1, a2, b0, b1, b2 = ops.unstack(self.correction(self.hidden(coordinates)), 6, axis=-1)
        # In coordinates of [-1, 1] along both axes the map is identity + correction; in pixels:
        center_x, center_y = (width - 1) / 2, (height - 1) / 2
        a0, a1 = 1 + a0, a1 * (center_x / center_y)
        b0, b1 = b0 * (center_y / center_x), 1 + b1
        a2 = center_x * (a2 + 1) - a0 * center_x - a1 * center_y
        b2 = center_y * (b2 + 1) - b0 * center_x - b1 * center_y
        zero = ops.zeros_like(a0)
        return ops.stack([a0, a1, a2, b0, b1, b2, zero, zero], axis=-1)[:, None]

    def _normalize(self, keypoints):
        """Scale the image's coordinates to [-1, 1] and flatten them; 0 where a joint is missing."""
        height, width = self.image_size
        scale = ops.convert_to_tensor([2 / (height - 1), 2 / (width - 1)], "float32")
        # Not a product: the coordinates of a missing joint may be NaN.
        seen = present(keypoints)[..., None]
        coordinates = ops.where(seen, keypoints[..., :2] * scale - 1, 0.0)
        return ops.reshape(coordinates, (-1, 2 * keypoints.shape[1]))

    def compute_output_shape(self, source_keypoints_shape, target_keypoints_shape):
        """Return [B, 1, 8]."""
        return (source_keypoints_shape[0], 1, 8)

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "image_size": self.image_size,
            "hidden_units": self.hidden_units,
        }
