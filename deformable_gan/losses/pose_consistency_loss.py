"""The pose consistency loss, which compares estimated heat maps with the target pose."""

import keras
from keras import ops

from deformable_gan.geometry.heatmaps import gaussian_heatmaps


@keras.saving.register_keras_serializable(package="deformable_gan")
class PoseConsistencyLoss(keras.losses.Loss):
    """The mean squared difference between an estimator's heat maps and the target pose's.

    Not in the paper. Joints that are missing in the target pose are not compared.

    Args:
        estimator: a differentiable Keras model from images, float [B, H, W, 3] in [-1, 1], to
            heat maps, float [B, h, w, J]. It is not trained here. None if `y_pred` already holds
            heat maps. Keras losses have no weights, so a configuration (and a `.keras` file) keeps
            only the estimator's architecture.
        image_size: (H, W), the size of the image that the key points lie on.
        sigma: the standard deviation of the target's Gaussians, in pixels of the image.
    """

    def __init__(
        self,
        image_size: tuple[int, int],
        estimator: keras.Model | None = None,
        sigma: float = 6.0,
        name: str = "pose_consistency",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        self.image_size = tuple(image_size)
        self.estimator = estimator
        self.sigma = sigma

    def call(self, y_true, y_pred):
        """Return the squared differences, averaged over the present joints, float [B, h, w].

        Args:
            y_true: float [B, J, 3], the target's key points.
            y_pred: float [B, H, W, 3], generated images (heat maps without an estimator).
        """
        estimated = self.estimator(y_pred, training=False) if self.estimator else y_pred
        height, width = estimated.shape[1:3]
        # A pixel of an estimator's map lies in the middle of the image pixels that it covers.
        scale_y, scale_x = height / self.image_size[0], width / self.image_size[1]
        position = ops.stack(
            [
                (y_true[..., 0] + 0.5) * scale_y - 0.5,
                (y_true[..., 1] + 0.5) * scale_x - 0.5,
                y_true[..., 2],
            ],
            axis=-1,
        )
        wanted = gaussian_heatmaps(position, (height, width), self.sigma * scale_y)
        present = ops.cast(y_true[:, None, None, :, 2] > 0, estimated.dtype)
        squares = ops.square(estimated - ops.cast(wanted, estimated.dtype)) * present
        return ops.sum(squares, axis=-1) / ops.maximum(ops.sum(present, axis=-1), 1)

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "image_size": self.image_size,
            "estimator": keras.saving.serialize_keras_object(self.estimator),
            "sigma": self.sigma,
        }

    @classmethod
    def from_config(cls, config):
        """Return the loss of a configuration from `get_config`."""
        estimator = keras.saving.deserialize_keras_object(config["estimator"])
        return cls(**{**config, "estimator": estimator})
