"""The layer that warps a feature map by affine transforms."""

import keras

from deformable_gan.errors import ConfigurationError
from deformable_gan.geometry.warp import INTERPOLATIONS, warp


@keras.saving.register_keras_serializable(package="deformable_gan")
class AffineWarp(keras.layers.Layer):
    """A layer that warps a feature map by each of R affine transforms.

    *Convention*: transforms map output pixel -> input pixel of the features' own grid, (x, y)
    order, pixel centres at integers; values outside the grid are zero (see `geometry.warp`).

    Call arguments:
        features: float [B, h, w, C].
        transforms: float32 [B, R, 8].

    Returns:
        float [B, R, h, w, C].

    Args:
        interpolation: `bilinear`, which is differentiable in the transforms too, or `nearest`, as
            in the original.

    Raises:
        ConfigurationError: the interpolation is unknown.
    """

    def __init__(self, interpolation: str = "bilinear", **kwargs):
        # Coordinates need float32 whatever the features' precision.
        super().__init__(autocast=False, **kwargs)
        if interpolation not in INTERPOLATIONS:
            raise ConfigurationError(
                f"interpolation must be one of {INTERPOLATIONS}, received {interpolation!r}"
            )
        self.interpolation = interpolation

    def call(self, features, transforms):
        """Return the warped features; see the class."""
        return warp(features, transforms, self.interpolation)

    def compute_output_shape(self, features_shape, transforms_shape):
        """Return [B, R, h, w, C]."""
        return (features_shape[0], transforms_shape[1], *features_shape[1:])

    def get_config(self):
        """Return the constructor's arguments."""
        return {**super().get_config(), "interpolation": self.interpolation}
