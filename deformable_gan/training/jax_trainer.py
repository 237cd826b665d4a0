"""The training step on JAX, for GPUs and TPUs.

Run Python with `KERAS_BACKEND=jax`. Networks, losses and configuration are shared with TensorFlow;
only the step is implemented twice, since the interfaces for gradients differ.
"""

import jax
import keras

from deformable_gan.config import ExperimentConfig
from deformable_gan.errors import ConfigurationError
from deformable_gan.models.from_config import build_discriminator, build_generator
from deformable_gan.models.pixels import images_to_floats
from deformable_gan.models.vgg19_features import VGG19Features
from deformable_gan.models.vgg19_weights import load_vgg19_weights
from deformable_gan.pose.skeleton import get_skeleton
from deformable_gan.training.jax_pairs import JaxPairs
from deformable_gan.training.learning_rate import learning_rate
from deformable_gan.training.objective import Objective
from deformable_gan.training.precision import precision


class JaxTrainer:
    """A trainer with the step of `DeformableGAN.train_step` as one function compiled by XLA.

    Weights, optimisers and the seeds of dropout stay on the device between steps; `synchronize`
    copies them to the networks.

    Args:
        config: the configuration. Its seed determines the weights.
        vgg19: source of VGG19's weights, if the loss needs them; see `load_vgg19_weights`.

    Attributes:
        generator, discriminator: the networks, in the state of the last `synchronize`. If the
            configuration averages the generator's weights, `synchronize` gives `generator` the
            averages.

    Raises:
        ConfigurationError: the networks do not fit the image size, VGG19's weights are missing, or
            the configuration has the precision `mixed_float16` or a `start_share`.
    """

    def __init__(self, config: ExperimentConfig, vgg19: str):
        training = config.training
        if training.precision == "mixed_float16":
            raise ConfigurationError(
                "the training step on JAX does not scale losses, as mixed_float16 requires: use "
                "mixed_bfloat16"
            )
        if training.start_share:
            raise ConfigurationError(
                "the training step on JAX has no average that keeps a share of the starting "
                f"weights, received training.start_share={training.start_share}: use 0"
            )
        with precision(training.precision):
            self._build(config, vgg19)

    def _build(self, config: ExperimentConfig, vgg19: str) -> None:
        training = config.training
        keras.utils.set_random_seed(training.seed)
        features = None
        if config.loss.content_features != "pixels":
            features = VGG19Features(config.loss.content_features, config.loss.vgg_preprocessing)
            load_vgg19_weights(features, vgg19)
        self.generator = build_generator(config)
        self.discriminator = build_discriminator(config)
        self.generator.recompute = training.recompute
        self._training = training
        self._objective = Objective(
            self.discriminator, features, config.loss, get_skeleton(config.skeleton)
        )
        self._optimizers = []
        for network in (self.generator, self.discriminator):
            network.build()
            optimizer = keras.optimizers.Adam(
                learning_rate(training),
                training.beta_1,
                training.beta_2,
                gradient_accumulation_steps=training.accumulate
                if training.accumulate > 1
                else None,
            )
            optimizer.build(network.trainable_variables)
            self._optimizers.append(optimizer)
        frozen = [] if features is None else features.variables
        self._variables = {
            "generator": self.generator.trainable_variables,
            "discriminator": self.discriminator.trainable_variables,
            "generator_optimizer": self._optimizers[0].variables,
            "discriminator_optimizer": self._optimizers[1].variables,
            # The seeds of dropout, and VGG19's weights, which are arguments so that XLA does not
            # copy them into the compiled code.
            "others": [
                *self.generator.non_trainable_variables,
                *self.discriminator.non_trainable_variables,
                *frozen,
            ],
        }
        self._compiled = jax.jit(self._step, donate_argnums=0)
        self._compiled_run = jax.jit(
            self._run, static_argnames=("pairs", "steps"), donate_argnames="state"
        )
        self.reset_state()

    def reset_state(self) -> None:
        """Set the state from the variables of networks and optimisers, such as loaded weights."""
        # Copies, because a step donates the memory of its state.
        self._state = {
            name: [jax.numpy.array(variable.value) for variable in variables]
            for name, variables in self._variables.items()
        }
        if self._training.average:
            self._state["average"] = [
                jax.numpy.array(variable.value) for variable in self._variables["generator"]
            ]

    def step(self, batch: dict) -> dict:
        """Update the discriminator, then the generator, each once.

        Args:
            batch: the arrays of a batch of `data.pipeline`: source_image and target_image uint8
                [B, H, W, 3], source_keypoints and target_keypoints float32 [B, J, 3], and the
                optional ones that the configuration needs.

        Returns:
            The loss terms of this step, scalars on the device. Reading one waits for the step.
        """
        self._state, terms = self._compiled(self._state, batch)
        return terms

    def run(self, pairs: JaxPairs, key, steps: int) -> dict:
        """Do several steps in one call, on batches that are drawn on the device.

        Args:
            pairs: the training pairs. The step is compiled again for another `JaxPairs`.
            key: a key of `jax.random`, which determines the batches.
            steps: number of steps.

        Returns:
            The means of the loss terms over these steps, scalars on the device.
        """
        self._state, terms = self._compiled_run(
            state=self._state, arrays=pairs.arrays, key=key, pairs=pairs, steps=steps
        )
        return terms

    def synchronize(self) -> None:
        """Copy the state to the variables of networks and optimisers, for saving and for use."""
        for name, variables in self._variables.items():
            averaged = name == "generator" and self._training.average
            values = self._state["average" if averaged else name]
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)

    def _run(self, state, arrays, key, *, pairs, steps):
        training = self._training
        count = training.batch_size * (2 if training.separate_batches else 1)

        def one(state, key):
            return self._step(state, pairs.draw(arrays, key, count))

        state, terms = jax.lax.scan(one, state, jax.random.split(key, steps))
        return state, {name: value.mean() for name, value in terms.items()}

    def _step(self, state, batch):
        batch = images_to_floats(batch)
        if self._training.separate_batches:
            size = len(batch["source_image"]) // 2
            judged = {name: value[:size] for name, value in batch.items()}
            batch = {name: value[size:] for name, value in batch.items()}
            generated, state = self._generate(state, judged)
            state, discriminator_loss = self._update_discriminator(state, judged, generated)

            def objective(weights):
                inner = {**state, "generator": weights}
                generated, inner = self._generate(inner, batch)
                loss, terms = self._of_generator(inner, batch, generated)
                return loss, (terms, inner)

            gradients, (terms, state) = jax.grad(objective, has_aux=True)(state["generator"])
        else:

            def generate(weights):
                return self._generate({**state, "generator": weights}, batch)

            # Both updates share one pass of the generator: its gradient is completed after the
            # discriminator's update.
            generated, backward, state = jax.vjp(generate, state["generator"], has_aux=True)
            state, discriminator_loss = self._update_discriminator(state, batch, generated)

            def objective(generated):
                return self._of_generator(state, batch, generated)

            slope, terms = jax.grad(objective, has_aux=True)(generated)
            (gradients,) = backward(slope)
        state = self._apply(state, "generator", gradients)
        if self._training.average:
            state = self._update_average(state)
        return state, {"discriminator_loss": discriminator_loss, **terms}

    def _generate(self, state, batch):
        with self._scope(state) as scope:
            generated = self._objective.generate(self.generator, batch)
        others = [scope.get_current_value(variable) for variable in self._variables["others"]]
        return generated, {**state, "others": others}

    def _update_discriminator(self, state, batch, generated):
        def objective(weights):
            with self._scope({**state, "discriminator": weights}):
                return self._objective.of_discriminator(batch, generated)

        loss, gradients = jax.value_and_grad(objective)(state["discriminator"])
        return self._apply(state, "discriminator", gradients), loss

    def _of_generator(self, state, batch, generated):
        with self._scope(state):
            return self._objective.of_generator(batch, generated)

    def _apply(self, state, network, gradients):
        optimizer = self._optimizers[0 if network == "generator" else 1]
        weights, moments = optimizer.stateless_apply(
            state[f"{network}_optimizer"], gradients, state[network]
        )
        return {**state, network: weights, f"{network}_optimizer": moments}

    def _update_average(self, state):
        """Move the averaged weights towards the generator's, as `DeformableGAN` does."""
        optimizer = self._optimizers[0]
        # The search is by identity, because `==` compares the values of variables.
        (step,) = (i for i, v in enumerate(optimizer.variables) if v is optimizer.iterations)
        done = state["generator_optimizer"][step].astype("float32")
        kept = jax.numpy.minimum(self._training.average, (1.0 + done) / (10.0 + done))
        average = [
            mean + (1.0 - kept) * (weight - mean)
            for mean, weight in zip(state["average"], state["generator"], strict=True)
        ]
        return {**state, "average": average}

    def _scope(self, state):
        """Return a context in which the networks use the values of `state` instead of their own."""
        mapping = [
            pair
            for name in ("generator", "discriminator", "others")
            for pair in zip(self._variables[name], state[name], strict=True)
        ]
        return keras.StatelessScope(state_mapping=mapping)
