"""What the two networks are told (paper sections 3.3 and 3.4)."""

import keras
from keras import ops

from deformable_gan.config import LossConfig
from deformable_gan.losses.adversarial_loss import AdversarialLoss
from deformable_gan.losses.nearest_neighbor_loss import NearestNeighborLoss
from deformable_gan.losses.total_variation_loss import TotalVariationLoss
from deformable_gan.models.vgg19_features import VGG19Features


class Objective:
    """The losses of generator and discriminator; runs on every backend of Keras.

    Each term is a `keras.losses.Loss`: under a strategy of `tf.distribute` these divide means by
    the number of replicas, so that their sum over all replicas is the mean over the whole batch.

    Args:
        discriminator: one of `models.discriminators`.
        features: what content is compared on; needed unless `loss.content_features` is
            `pixels`.
        loss: terms and weights.

    Attributes:
        content: the content loss, of two batches of features.
    """

    def __init__(
        self, discriminator: keras.Model, features: VGG19Features | None, loss: LossConfig
    ):
        self._discriminator = discriminator
        self._features = features
        self._loss = loss
        self.content = (
            NearestNeighborLoss(loss.content_window)
            if loss.content_window
            else keras.losses.MeanAbsoluteError(name="content")
        )
        self._judging = AdversarialLoss(loss.adversarial, "discriminator")
        self._deceiving = AdversarialLoss(loss.adversarial, "generator")
        self._pixels = keras.losses.MeanAbsoluteError(name="pixels")
        self._total_variation = TotalVariationLoss()

    def of_discriminator(self, batch: dict, generated):
        """-log D(real) - log(1 - D(generated)), both from one pass (equation 5).

        Args:
            batch: images as floats in [-1, 1], and key points.
            generated: float [B, H, W, 3]; no gradient flows into it.

        Returns:
            A scalar.
        """
        both = {name: ops.concatenate([value, value], axis=0) for name, value in batch.items()}
        both["image"] = ops.concatenate(
            [batch["target_image"], ops.stop_gradient(generated)], axis=0
        )
        real, fake = ops.split(self._discriminator(both, training=True), 2)
        return self._judging(ops.ones_like(real), real) + self._judging(ops.zeros_like(fake), fake)

    def of_generator(self, batch: dict, generated):
        """-log D(generated) + lambda · content (equation 8).

        Args:
            batch: images as floats in [-1, 1], and key points.
            generated: float [B, H, W, 3].

        Returns:
            A scalar, and its terms by name.
        """
        weights = self._loss
        fake = self._discriminator({**batch, "image": generated}, training=True)
        adversarial = self._deceiving(ops.ones_like(fake), fake)
        target = batch["target_image"]
        if self._features is None:
            content = self.content(target, generated)
        else:
            content = self.content(
                ops.stop_gradient(self._features(target)), self._features(generated)
            )
        loss = weights.adversarial_weight * adversarial + weights.content_weight * content
        if weights.pixel_weight:
            loss = loss + weights.pixel_weight * self._pixels(target, generated)
        if weights.total_variation_weight:
            smoothness = self._total_variation(generated, generated)
            loss = loss + weights.total_variation_weight * smoothness
        return loss, {"generator_loss": loss, "adversarial": adversarial, "content": content}
