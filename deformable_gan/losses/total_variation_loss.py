"""Total variation, the original's optional smoothness term."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="deformable_gan")
class TotalVariationLoss(keras.losses.Loss):
    """The sum of (dy² + dx²)^1.25 over pixels and channels, with neighbour differences dy and dx.

    The exponent and the sum over the whole batch (not a mean) are the original's, which took them
    from Keras' style-transfer example. A useful weight is therefore very small.
    """

    def __init__(self, name: str = "total_variation", **kwargs):
        kwargs["reduction"] = "sum"
        super().__init__(name=name, **kwargs)

    def call(self, y_true, y_pred):
        """Return the term for each pixel and channel of `y_pred`, float [B, H-1, W-1, C].

        Args:
            y_true: not used; Keras passes it to every loss.
            y_pred: float [B, H, W, C], the generated images.
        """
        corner = y_pred[:, :-1, :-1]
        squares = ops.square(y_pred[:, 1:, :-1] - corner) + ops.square(y_pred[:, :-1, 1:] - corner)
        return ops.power(squares, 1.25)
