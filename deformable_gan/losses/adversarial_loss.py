"""The adversarial loss, on logits (paper section 3.3, equation 5)."""

import keras
from keras import ops

from deformable_gan.errors import ConfigurationError

KINDS = ("logistic", "least_squares", "hinge")
ROLES = ("discriminator", "generator")


@keras.saving.register_keras_serializable(package="deformable_gan")
class AdversarialLoss(keras.losses.Loss):
    """The distance of a discriminator's logits from `y_true` (1: real, 0: generated).

    The discriminator's loss is the sum of this loss for real images with ones and for generated
    images with zeros. The generator's loss is this loss for generated images with ones.

    - `logistic`: -log D for ones, -log(1 - D) for zeros, D = sigmoid(logit): the paper's loss, with
      the generator maximising log D. It is finite for any finite logit.
    - `least_squares`: (logit - y_true)² (Mao et al., 2017).
    - `hinge`: max(0, 1 - logit) for ones and max(0, 1 + logit) for zeros in the discriminator,
      -logit in the generator (Lim and Ye, 2017).

    Args:
        kind: `logistic`, `least_squares` or `hinge`.
        role: the network that the loss trains, `discriminator` or `generator`; it matters for
            `hinge` only.

    Raises:
        ConfigurationError: the kind or the role is unknown.
    """

    def __init__(
        self,
        kind: str = "logistic",
        role: str = "discriminator",
        name: str = "adversarial",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        if kind not in KINDS or role not in ROLES:
            raise ConfigurationError(
                f"kind must be one of {KINDS} and role one of {ROLES}, received {kind!r}, {role!r}"
            )
        self.kind = kind
        self.role = role

    def call(self, y_true, y_pred):
        """Return the loss of each logit: the shape of `y_pred`, float [B, P]."""
        sign = 2 * y_true - 1
        if self.kind == "logistic":
            return ops.softplus(-sign * y_pred)
        if self.kind == "least_squares":
            return ops.square(y_pred - y_true)
        if self.role == "generator":
            return -sign * y_pred
        return ops.relu(1 - sign * y_pred)

    def get_config(self):
        """Return the constructor's arguments."""
        return {**super().get_config(), "kind": self.kind, "role": self.role}
