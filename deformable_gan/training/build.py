"""Construction of a compiled model from a configuration."""

import keras
import tensorflow as tf

from deformable_gan.config import ExperimentConfig, TrainingConfig
from deformable_gan.errors import ConfigurationError
from deformable_gan.models.from_config import build_discriminator, build_generator
from deformable_gan.models.vgg19_features import VGG19Features
from deformable_gan.models.vgg19_weights import IMAGENET, load_vgg19_weights
from deformable_gan.training.fused_adam import FusedAdam
from deformable_gan.training.gan import DeformableGAN
from deformable_gan.training.learning_rate import learning_rate
from deformable_gan.training.precision import precision
from deformable_gan.training.replicas import Replicas


def build_gan(
    config: ExperimentConfig,
    vgg19: str = IMAGENET,
    jit_compile: bool | None = None,
    replicas: Replicas | None = None,
) -> DeformableGAN:
    """Return a model with fresh weights, ready for `fit`.

    Args:
        config: the configuration. Its seed determines the weights.
        vgg19: source of VGG19's weights, if the loss needs them; see `load_vgg19_weights`.
        jit_compile: compile the step with XLA; None: compile if that is faster on this machine.
            Compilation works with one device only, because XLA cannot compile the communication
            between replicas.
        replicas: the devices that each have a copy of the networks; None: one device.

    Raises:
        ConfigurationError: the networks do not fit the image size, VGG19's weights are missing, or
            `jit_compile` is true with several replicas.
    """
    replicas = replicas or Replicas()
    if jit_compile and replicas.strategy:
        raise ConfigurationError(
            "--jit-compile does not work with --strategy: XLA compiles the step of a single device "
            "only, so leave one of them out"
        )
    if jit_compile is None:
        jit_compile = prefers_xla() and not replicas.strategy
    with precision(config.training.precision), replicas.noticing_losses():
        return _build(config, vgg19, jit_compile, replicas)


def _build(
    config: ExperimentConfig, vgg19: str, jit_compile: bool, replicas: Replicas
) -> DeformableGAN:
    training = config.training
    keras.utils.set_random_seed(training.seed)
    features = None
    with replicas.scope():
        if config.loss.content_features != "pixels":
            features = VGG19Features(config.loss.content_features, config.loss.vgg_preprocessing)
            load_vgg19_weights(features, vgg19)
        generator, discriminator = build_generator(config), build_discriminator(config)
        generator.build()
        discriminator.build()
    # Outside the scope, so that the running means are not copied to each device.
    gan = DeformableGAN(
        *(generator, discriminator, config.loss, features, training.separate_batches),
        average=average_decay(training),
        even_average=training.start_share > 0,
    )
    with replicas.scope():
        optimizers = [
            FusedAdam(
                learning_rate(training),
                training.beta_1,
                training.beta_2,
                name=name,
                gradient_accumulation_steps=training.accumulate
                if training.accumulate > 1
                else None,
            )
            for name in ("generator_optimizer", "discriminator_optimizer")
        ]
        gan.compile(
            optimizers[0],
            optimizers[1],
            jit_compile=jit_compile,
            steps_per_execution=training.steps_per_execution,
            recompute=training.recompute,
        )
    return gan


def average_decay(training: TrainingConfig) -> float:
    """Return the share of the averaged weights that each step keeps; 0 for no average.

    With a `start_share`, the starting weights have this share of the average when the training
    ends.
    """
    if training.start_share:
        return training.start_share ** (1 / (training.epochs * training.steps_per_epoch))
    return training.average


def prefers_xla() -> bool:
    """Return whether whole-step XLA is faster on this machine.

    It is faster on GPUs. On CPUs XLA's convolutions take more than twice as long as oneDNN's in an
    ordinary graph.
    """
    return bool(tf.config.list_physical_devices("GPU"))
