"""The losses of the two networks (paper sections 3.3 and 3.4)."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
from keras import ops

from deformable_gan.config import LossConfig
from deformable_gan.geometry.attention_map import attention_map
from deformable_gan.losses.adversarial_loss import AdversarialLoss
from deformable_gan.losses.judged_images import change_judged_images
from deformable_gan.losses.nearest_neighbor_loss import NearestNeighborLoss
from deformable_gan.losses.structural_similarity_loss import StructuralSimilarityLoss
from deformable_gan.losses.total_variation_loss import TotalVariationLoss
from deformable_gan.models.generator import Generator
from deformable_gan.models.vgg19_features import VGG19Features
from deformable_gan.pose.skeleton import Skeleton

#: A batch's key for the random numbers that determine how images are changed before the
#: discriminator judges them.
CHANGES = "judged_changes"


@dataclass(frozen=True)
class Term:
    """One term of the generator's loss.

    Attributes:
        name: the name in logs.
        weight: the factor of the term.
        compute: a function of a batch and the result of `Objective.generate` for it that returns a
            scalar.
    """

    name: str
    weight: float
    compute: Callable


class Objective:
    """The losses of generator and discriminator; runs on every backend of Keras.

    A `keras.losses.Loss` computes each term. Under a strategy of `tf.distribute` each loss divides
    its mean by the number of replicas, so that the sum over all replicas is the mean over the whole
    batch.

    Args:
        discriminator: one of `models.discriminators`.
        features: the features of the content loss; required unless `loss.content_features` is
            `pixels`.
        loss: the terms and their weights.
        skeleton: the joint layout, for the terms on the person.

    Attributes:
        terms: the terms of the generator's loss: the adversarial term, the content term and all
            others whose weight is not 0. Trackers, logs and curves are derived from this list.
        content: the content loss of two batches of features.
    """

    def __init__(
        self,
        discriminator: keras.Model,
        features: VGG19Features | None,
        loss: LossConfig,
        skeleton: Skeleton,
    ):
        self._discriminator = discriminator
        self._features = features
        self._loss = loss
        self._skeleton = skeleton
        self.content = (
            NearestNeighborLoss(loss.content_window)
            if loss.content_window
            else keras.losses.MeanAbsoluteError(name="content")
        )
        self._discriminator_loss = AdversarialLoss(loss.adversarial, "discriminator")
        self._generator_loss = AdversarialLoss(loss.adversarial, "generator")
        self._distance = keras.losses.MeanAbsoluteError(name="distance")
        self._structure = StructuralSimilarityLoss()
        self._total_variation = TotalVariationLoss()
        terms = [
            Term("adversarial", loss.adversarial_weight, self._of_adversarial),
            Term("content", loss.content_weight, self._of_content),
            Term("pixels", loss.pixel_weight, self._of_pixels),
            Term("person", loss.person_weight, self._of_person),
            Term("structure", loss.structure_weight, self._of_structure),
            Term("drawn", loss.drawn_weight, self._of_drawn),
            Term("total_variation", loss.total_variation_weight, self._of_total_variation),
        ]
        self.terms = [
            term for term in terms if term.weight or term.name in ("adversarial", "content")
        ]

    @property
    def names(self) -> list[str]:
        """The names in the result of `of_generator`, in order: the whole loss, then its terms."""
        return ["generator_loss", *(term.name for term in self.terms)]

    def generate(self, generator: Generator, batch: dict, training: bool = True) -> dict:
        """Return the outputs of a generator that the loss terms need.

        Args:
            generator: the generator.
            batch: images as floats in [-1, 1], and key points.
            training: whether dropout is active.

        Returns:
            A dictionary of `image`, float [B, H, W, 3], and, if a term needs it, `drawn`, float32
            [B, H, W, 1], the weight of the drawn image in the mixture.
        """
        if not self._loss.drawn_weight:
            return {"image": generator(batch, training=training)}
        parts = generator.compose(batch, training=training)
        return {"image": parts["image"], "drawn": parts["weights"][..., -1:]}

    def of_discriminator(self, batch: dict, generated: dict):
        """Return the discriminator's loss, in the paper -log D(real) - log(1 - D(generated)).

        This is equation 5; `loss.adversarial` chooses other losses.
        Real and generated images pass through the discriminator in one batch.

        Args:
            batch: images as floats in [-1, 1], and key points.
            generated: the result of `generate`; it receives no gradient.

        Returns:
            A scalar.
        """
        both = {name: ops.concatenate([value, value], axis=0) for name, value in batch.items()}
        images = [batch["target_image"], ops.stop_gradient(generated["image"])]
        both["image"] = _changed(ops.concatenate(images, axis=0), both)
        real, fake = ops.split(self._discriminator(both, training=True), 2)
        loss = self._discriminator_loss
        return loss(ops.ones_like(real), real) + loss(ops.zeros_like(fake), fake)

    def of_generator(self, batch: dict, generated: dict):
        """Return the generator's loss, in the paper -log D(generated) + lambda · content.

        This is equation 8. Terms that are not in the paper are added.

        Args:
            batch: images as floats in [-1, 1], and key points.
            generated: the result of `generate`.

        Returns:
            A scalar, and a dictionary of this scalar and the unweighted terms by name.
        """
        values = [term.compute(batch, generated) for term in self.terms]
        loss = sum(term.weight * value for term, value in zip(self.terms, values, strict=True))
        return loss, dict(zip(self.names, [loss, *values], strict=True))

    def _of_adversarial(self, batch, generated):
        image = _changed(generated["image"], batch)
        fake = self._discriminator({**batch, "image": image}, training=True)
        return self._generator_loss(ops.ones_like(fake), fake)

    def _of_content(self, batch, generated):
        target = batch["target_image"]
        if self._features is None:
            return self.content(target, generated["image"])
        features = ops.stop_gradient(self._features(target))
        return self.content(features, self._features(generated["image"]))

    def _of_pixels(self, batch, generated):
        return self._distance(batch["target_image"], generated["image"])

    def _of_person(self, batch, generated):
        attention = self._attention(batch)
        return self._distance(batch["target_image"], generated["image"], sample_weight=attention)

    def _of_structure(self, batch, generated):
        return self._structure(batch["target_image"], generated["image"])

    def _of_drawn(self, batch, generated):
        drawn = generated["drawn"]
        # Pixels away from the person have the weight 1, because walls should be copied, too.
        attention = ops.maximum(self._attention(batch), 1.0)
        return self._distance(ops.zeros_like(drawn), drawn, sample_weight=attention)

    def _of_total_variation(self, batch, generated):
        return self._total_variation(generated["image"], generated["image"])

    def _attention(self, batch):
        size = batch["target_image"].shape[1:3]
        return attention_map(
            batch["target_keypoints"], size, self._skeleton, self._loss.head_weight
        )


def _changed(images, batch):
    """Return images with the batch's random changes, if it has any."""
    return change_judged_images(images, batch[CHANGES]) if CHANGES in batch else images
