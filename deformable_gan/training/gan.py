"""The trained model: generator and discriminator, with a training step that XLA can compile."""

import dataclasses

import keras
import tensorflow as tf

from deformable_gan.config import LossConfig
from deformable_gan.devices.mask_positions import find_positions_on_gpu
from deformable_gan.devices.settings import computes_on_gpu
from deformable_gan.models.generator import Generator
from deformable_gan.models.pixels import images_to_floats
from deformable_gan.models.vgg19_features import VGG19Features
from deformable_gan.pose.skeleton import get_skeleton
from deformable_gan.training.objective import Objective
from deformable_gan.training.row_blocks import use_row_blocks

_NETWORKS = ("generator", "discriminator", "features")
_OPTIMIZERS = ("generator_optimizer", "discriminator_optimizer")


@keras.saving.register_keras_serializable(package="deformable_gan")
class DeformableGAN(keras.Model):
    """Deformable GAN (paper section 3), trained with `fit` on batches of `data.pipeline`.

    A `.keras` file keeps all networks and both optimisers, but not the seeds of dropout. A run's
    checkpoints also keep the seeds.

    Args:
        generator: the generator.
        discriminator: one of `models.discriminators`.
        loss: the terms and their weights.
        features: the features of the content loss; required unless `loss.content_features` is
            `pixels`.
        separate_batches: update the discriminator on the first half of each batch and the generator
            on the second half, as the original does. Otherwise both use the whole batch and the
            same generated images.
        average: decay of the running average of the generator's weights; 0: no average.
        even_average: use the same decay from the first step on. Otherwise the decay is smaller in
            the first steps, so that the untrained weights soon have little influence.

    Attributes:
        generator, discriminator: the networks.
        averaged: a generator with the running averages of `generator`'s weights, or None.
        generator_optimizer, discriminator_optimizer: set by `compile`.
    """

    def __init__(
        self,
        generator: Generator,
        discriminator: keras.Model,
        loss: LossConfig,
        features: VGG19Features | None = None,
        separate_batches: bool = False,
        average: float = 0.0,
        even_average: bool = False,
        name: str = "deformable_gan",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        self.generator = generator
        self.discriminator = discriminator
        self.features = features
        self.separate_batches = separate_batches
        self.average = average
        self.even_average = even_average
        self.loss_config = loss
        skeleton = get_skeleton(generator.get_config()["skeleton"])
        self.objective = Objective(discriminator, features, loss, skeleton)
        self.loss_trackers = {
            term: keras.metrics.Mean(name=term)
            for term in ("discriminator_loss", *self.objective.names)
        }
        self.averaged = Generator.from_config(generator.get_config()) if average else None
        # All weights are created here, so that files and optimisers find them.
        for network in (generator, discriminator, features, self.averaged):
            if network is not None:
                network.build()
        if self.averaged:
            self.averaged.trainable = False
            self.restart_average()
        self.built = True

    def compile(
        self,
        generator_optimizer: keras.optimizers.Optimizer,
        discriminator_optimizer: keras.optimizers.Optimizer,
        jit_compile: bool = False,
        steps_per_execution: int = 1,
        recompute: bool = False,
    ) -> None:
        """Set the optimisers and the compilation of the step.

        Args:
            generator_optimizer: the optimiser of the generator.
            discriminator_optimizer: the optimiser of the discriminator.
            jit_compile: compile the whole step with XLA. Regions are then warped densely, because
                XLA needs static shapes; without XLA they are warped sparsely. The result is the
                same.
            steps_per_execution: training steps per graph call.
            recompute: compute the generator's features again for the gradient instead of keeping
                them; see `Generator.recompute`.
        """
        if keras.config.dtype_policy().name == "mixed_float16":
            generator_optimizer, discriminator_optimizer = map(
                _loss_scaled, (generator_optimizer, discriminator_optimizer)
            )
        super().compile(
            optimizer=generator_optimizer,
            jit_compile=jit_compile,
            steps_per_execution=steps_per_execution,
            auto_scale_loss=False,
        )
        self.generator_optimizer = generator_optimizer
        self.discriminator_optimizer = discriminator_optimizer
        self.generator.recompute = recompute
        for network in (self.generator, self.discriminator):
            if hasattr(network, "warp_method"):
                network.warp_method = "dense" if jit_compile else "sparse"
                find_positions_on_gpu(network)
            if not jit_compile and not computes_on_gpu():
                use_row_blocks(network)
        # The optimisers are built here, so that a checkpoint finds every variable.
        generator_optimizer.build(self.generator.trainable_variables)
        discriminator_optimizer.build(self.discriminator.trainable_variables)

    @property
    def trained_generator(self) -> Generator:
        """The result of the training: the averaged generator if there is one."""
        return self.averaged or self.generator

    def restart_average(self) -> None:
        """Set the averaged weights to the generator's current weights."""
        if self.averaged:
            self.averaged.set_weights(self.generator.get_weights())

    @property
    def metrics(self):
        """The loss terms' running means."""
        return list(self.loss_trackers.values())

    def call(self, inputs, training=False):
        """Generate images; see `Generator`."""
        return self.generator(inputs, training=training)

    def train_step(self, batch):
        """Update the discriminator, then the generator, each once; see `learn`."""
        return self.report(self.learn(batch))

    def learn(self, batch):
        """Update the discriminator, then the generator, each once.

        Args:
            batch: a batch of `data.pipeline`, or a replica's part of it under a strategy of
                `tf.distribute`; the updates use the gradients of the whole batch.

        Returns:
            The loss terms, scalars. Under a strategy, the sums over all replicas are the terms of
            the whole batch.
        """
        batch = images_to_floats(batch)
        if self.separate_batches:
            discriminator_batch, batch = _halves(batch)
            generated = self.objective.generate(self.generator, discriminator_batch)
            discriminator_loss = self._update_discriminator(discriminator_batch, generated)
            batch = _after(discriminator_loss, batch)
        with tf.GradientTape() as tape:
            generated = self.objective.generate(self.generator, batch)
            if not self.separate_batches:
                with tape.stop_recording():
                    discriminator_loss = self._update_discriminator(batch, generated)
            loss, terms = self.objective.of_generator(batch, generated)
            scaled = self.generator_optimizer.scale_loss(loss)
        gradients = tape.gradient(scaled, self.generator.trainable_variables)
        self.generator_optimizer.apply(gradients, self.generator.trainable_variables)
        if self.averaged:
            self._update_average()
        return {"discriminator_loss": discriminator_loss, **terms}

    def test_step(self, batch):
        """Return the loss terms of `trained_generator`; update no weights."""
        batch = images_to_floats(batch)
        generated = self.objective.generate(self.trained_generator, batch, training=False)
        _, terms = self.objective.of_generator(batch, generated)
        discriminator_loss = self.objective.of_discriminator(batch, generated)
        return self.report({"discriminator_loss": discriminator_loss, **terms})

    def report(self, terms):
        """Add loss terms to their running means, and return the means."""
        for name, value in terms.items():
            self.loss_trackers[name].update_state(value)
        return {name: tracker.result() for name, tracker in self.loss_trackers.items()}

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            **{
                name: keras.saving.serialize_keras_object(getattr(self, name)) for name in _NETWORKS
            },
            "loss": dataclasses.asdict(self.loss_config),
            "separate_batches": self.separate_batches,
            "average": self.average,
            "even_average": self.even_average,
        }

    @classmethod
    def from_config(cls, config):
        """Return a model from the configuration of `get_config`."""
        networks = {name: keras.saving.deserialize_keras_object(config[name]) for name in _NETWORKS}
        return cls(**{**config, **networks, "loss": LossConfig(**config["loss"])})

    def get_compile_config(self):
        """Return the arguments of `compile`; empty before it was called."""
        if not self.compiled:
            return {}
        return {
            **{
                name: keras.saving.serialize_keras_object(getattr(self, name))
                for name in _OPTIMIZERS
            },
            "jit_compile": self.jit_compile,
            "steps_per_execution": self.steps_per_execution,
            "recompute": self.generator.recompute,
        }

    def compile_from_config(self, config):
        """Compile with the arguments from `get_compile_config`."""
        if config:
            optimizers = {
                name: keras.saving.deserialize_keras_object(config[name]) for name in _OPTIMIZERS
            }
            self.compile(**{**config, **optimizers})

    def _update_average(self):
        """Move the averaged weights towards the generator's."""
        share = 1.0 - self.average
        if not self.even_average:
            step = tf.cast(self.generator_optimizer.iterations, tf.float32)
            share = 1.0 - tf.minimum(self.average, (1.0 + step) / (10.0 + step))
        for mean, weight in zip(self.averaged.weights, self.generator.weights, strict=True):  # type: ignore[union-attr]  # not None here
            mean.assign(mean + share * (weight - mean))

    def _update_discriminator(self, batch, generated):
        with tf.GradientTape() as tape:
            loss = self.objective.of_discriminator(batch, generated)
            scaled = self.discriminator_optimizer.scale_loss(loss)
        gradients = tape.gradient(scaled, self.discriminator.trainable_variables)
        self.discriminator_optimizer.apply(gradients, self.discriminator.trainable_variables)
        return loss


def _loss_scaled(optimizer):
    """Return an optimiser that scales the loss, so that small gradients do not vanish."""
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return optimizer
    return keras.optimizers.LossScaleOptimizer(optimizer, name=f"scaled_{optimizer.name}")


def _halves(batch):
    first, second = {}, {}
    for name, value in batch.items():
        first[name], second[name] = tf.split(value, 2)
    return first, second


def _after(done, batch):
    """Return `batch`, which waits for `done`, so that the two updates run one after the other."""
    with tf.control_dependencies([done]):
        return {name: tf.identity(value) for name, value in batch.items()}
