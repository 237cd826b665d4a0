"""Options that change the cost of a step but hardly its result."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.config import LossConfig
from deformable_gan.errors import ConfigurationError
from deformable_gan.models.from_config import build_discriminator, build_generator
from deformable_gan.training.build import build_gan
from deformable_gan.training.gan import DeformableGAN


@pytest.fixture
def config(tiny_config):
    return tiny_config.replace(generator__dropout=0.0, loss=LossConfig())


@pytest.fixture
def batch(config):
    rng = np.random.default_rng(0)
    height, width = config.image_size
    batch = {}
    for role in ("source", "target"):
        image = rng.integers(0, 256, (4, height, width, 3), np.uint8)
        joints = rng.random((4, 17, 3)) * (height, width, 1)
        batch[f"{role}_image"] = tf.constant(image)
        batch[f"{role}_keypoints"] = tf.constant(joints, tf.float32)
    return batch


def _step(gan, batch):
    return {name: float(value) for name, value in gan.train_step(batch).items()}


def _weights(network):
    return [variable.numpy() for variable in network.trainable_variables]


@pytest.mark.parametrize(
    ("precision", "scaled"), [("mixed_bfloat16", False), ("mixed_float16", True)]
)
def test_half_precision_learns_nearly_the_same(config, batch, precision, scaled):
    exact = build_gan(config, jit_compile=False)
    half = build_gan(config.replace(training__precision=precision), jit_compile=False)
    assert keras.config.dtype_policy().name == "float32"
    assert half.generator.compute_dtype == precision.removeprefix("mixed_")
    assert {variable.dtype for variable in half.generator.trainable_variables} == {"float32"}
    for optimizer in (half.generator_optimizer, half.discriminator_optimizer):
        assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer) is scaled
        if scaled:  # The first scale is a guess; it settles over the first steps.
            optimizer.dynamic_scale.assign(256.0)
    before = _weights(half.generator)
    received, expected = _step(half, batch), _step(exact, batch)
    for name, value in expected.items():
        assert received[name] == pytest.approx(value, rel=2e-2), name
    # Adam's first update has the size of the learning rate: no update has been skipped.
    moved = [np.abs(a - b).max() for a, b in zip(before, _weights(half.generator), strict=True)]
    assert np.median(moved) == pytest.approx(config.training.learning_rate, rel=0.05)


def test_recomputing_changes_nothing(config, batch):
    gans = [
        build_gan(config.replace(training__recompute=recompute), jit_compile=False)
        for recompute in (False, True)
    ]
    assert [gan.generator.recompute for gan in gans] == [False, True]
    for _ in range(2):
        kept, again = (_step(gan, batch) for gan in gans)
    assert again == pytest.approx(kept, rel=1e-6)
    for one, other in zip(*(_weights(gan.generator) for gan in gans), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_recomputing_is_remembered_in_files(config, tmp_path):
    gan = build_gan(config.replace(training__recompute=True), jit_compile=False)
    gan.save(tmp_path / "gan.keras")
    assert keras.models.load_model(tmp_path / "gan.keras").generator.recompute


def test_two_halves_accumulated_are_one_batch(config, batch):
    def make(**options):
        keras.utils.set_random_seed(0)
        # No adversarial term: an accumulating discriminator is updated only after the second half,
        # so it would judge the generated images of the first half before its update.
        loss = LossConfig(adversarial_weight=0.0)
        gan = DeformableGAN(build_generator(config), build_discriminator(config), loss)
        gan.compile(keras.optimizers.SGD(0.1, **options), keras.optimizers.SGD(0.1, **options))
        return gan

    whole, halves = make(), make(gradient_accumulation_steps=2)
    before = _weights(halves.generator)
    whole.train_step(batch)
    halves.train_step({name: value[:2] for name, value in batch.items()})
    for one, other in zip(before, _weights(halves.generator), strict=True):
        np.testing.assert_array_equal(one, other)
    halves.train_step({name: value[2:] for name, value in batch.items()})
    for network in ("generator", "discriminator"):
        after = [_weights(getattr(gan, network)) for gan in (whole, halves)]
        for one, other in zip(*after, strict=True):
            np.testing.assert_allclose(other, one, atol=2e-5)


def test_accumulation_reaches_both_optimizers(config):
    gan = build_gan(config.replace(training__accumulate=3), jit_compile=False)
    for optimizer in (gan.generator_optimizer, gan.discriminator_optimizer):
        assert optimizer.gradient_accumulation_steps == 3


def test_several_steps_a_call_are_the_same_steps(config, batch):
    weights = []
    for stride in (1, 2):
        gan = build_gan(
            config.replace(training__steps_per_epoch=4, training__steps_per_execution=stride),
            jit_compile=False,
        )
        assert gan.steps_per_execution == stride
        dataset = tf.data.Dataset.from_tensors(batch).repeat()
        gan.fit(dataset, steps_per_epoch=4, epochs=1, verbose=0, shuffle=False)
        weights.append(_weights(gan.generator))
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(other, one, atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"training__precision": "float64"}, "precision must be one of .*received 'float64'"),
        ({"training__accumulate": 0}, "accumulate must be positive"),
        (
            {"training__steps_per_epoch": 10, "training__steps_per_execution": 4},
            "multiple of steps_per_execution, received 10 and 4",
        ),
    ],
)
def test_options_that_make_no_sense(config, changes, message):
    with pytest.raises(ConfigurationError, match=message):
        config.replace(training__steps_per_execution=1).replace(**changes)
