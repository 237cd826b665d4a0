"""The layer that draws key points as an image, the form that convolutions can read."""

import keras

from deformable_gan.errors import ConfigurationError
from deformable_gan.geometry.heatmaps import gaussian_heatmaps
from deformable_gan.geometry.stick_figure import stick_figure
from deformable_gan.pose.skeleton import get_skeleton

REPRESENTATIONS = ("heatmaps", "stick_figure")


@keras.saving.register_keras_serializable(package="deformable_gan")
class PoseImage(keras.layers.Layer):
    """A layer that draws key points: a heat map per joint (paper section 3) or a stick figure.

    Call arguments:
        keypoints: float32 [B, J, 3] of (y, x, confidence) in pixels of the image.

    Returns:
        float [B, H, W, J] for `heatmaps`, [B, H, W, 3] for `stick_figure`.

    Args:
        image_size: (H, W).
        skeleton: the joints' layout, by name.
        representation: `heatmaps` or `stick_figure`.
        sigma: the standard deviation of the heat maps' Gaussians, in pixels.

    Raises:
        ConfigurationError: the representation or the layout is unknown.
    """

    def __init__(
        self,
        image_size: tuple[int, int],
        skeleton: str,
        representation: str = "heatmaps",
        sigma: float = 6.0,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        if representation not in REPRESENTATIONS:
            raise ConfigurationError(
                f"representation must be one of {REPRESENTATIONS}, received {representation!r}"
            )
        self.image_size = tuple(image_size)
        self.skeleton = skeleton
        self.representation = representation
        self.sigma = sigma
        self._layout = get_skeleton(skeleton)

    @property
    def channels(self) -> int:
        """The number of channels of the output."""
        return len(self._layout) if self.representation == "heatmaps" else 3

    def call(self, keypoints):
        """Return the image of the key points; see the class."""
        if self.representation == "heatmaps":
            image = gaussian_heatmaps(keypoints, self.image_size, self.sigma)
        else:
            image = stick_figure(keypoints, self.image_size, self._layout)
        return keras.ops.cast(image, self.compute_dtype)

    def compute_output_shape(self, keypoints_shape):
        """Return [B, H, W, channels]."""
        return (keypoints_shape[0], *self.image_size, self.channels)

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "image_size": self.image_size,
            "skeleton": self.skeleton,
            "representation": self.representation,
            "sigma": self.sigma,
        }
