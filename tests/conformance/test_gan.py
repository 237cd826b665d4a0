"""A whole training model in one `.keras` file."""

import json
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.config import LossConfig
from deformable_gan.models.discriminators.patch_discriminator import PatchDiscriminator
from deformable_gan.models.generator import Generator
from deformable_gan.models.vgg19_features import VGG19Features
from deformable_gan.training.gan import DeformableGAN

SIZE = (24, 20)


def _gan(features=None, loss=None, **arguments):
    # Without dropout, since Keras' files do not keep its seeds.
    generator = Generator(
        SIZE, encoder_filters=(4, 4, 6), decoder_filters=(6, 4), skip="full", dropout=0.0
    )
    discriminator = PatchDiscriminator(SIZE, filters=(4, 4))
    return DeformableGAN(generator, discriminator, loss or LossConfig(), features, **arguments)


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    values = {
        f"{which}_image": rng.integers(0, 256, (2, *SIZE, 3), np.uint8)
        for which in ("source", "target")
    }
    for which in ("source", "target"):
        keypoints = rng.uniform(0, 1, (2, 17, 3)) * (*SIZE, 1)
        values[f"{which}_keypoints"] = keypoints.astype(np.float32)
    return {name: tf.constant(value) for name, value in values.items()}


def _state(gan):
    optimizers = (gan.generator_optimizer, gan.discriminator_optimizer)
    variables = [*gan.weights, *(v for one in optimizers for v in one.variables)]
    return [np.asarray(variable) for variable in variables]


def test_both_optimizers_come_back_and_training_goes_on_the_same(batch, tmp_path):
    gan = _gan(
        VGG19Features("block1_conv1", "original"),
        LossConfig(
            content_features="block1_conv1",
            content_window=3,
            content_weight=0.01,
            adversarial="hinge",
            total_variation_weight=1e-5,
            vgg_preprocessing="original",
        ),
        name="both",
    )
    gan.compile(keras.optimizers.Adam(1e-3, 0.5, 0.9), keras.optimizers.SGD(1e-2, momentum=0.9))
    gan.train_step(batch)
    gan.save(tmp_path / "gan.keras")
    with warnings.catch_warnings():
        # Keras warns when it could not build, compile or restore something.
        warnings.simplefilter("error", UserWarning)
        loaded = keras.models.load_model(tmp_path / "gan.keras")

    assert type(loaded) is DeformableGAN
    assert loaded.loss_config == gan.loss_config
    assert isinstance(loaded.discriminator_optimizer, keras.optimizers.SGD)
    assert loaded.generator_optimizer.beta_1 == 0.5
    assert int(loaded.generator_optimizer.iterations) == 1
    for restored, saved in zip(_state(loaded), _state(gan), strict=True):
        np.testing.assert_array_equal(restored, saved)

    before = _state(gan)
    for model in (gan, loaded):
        model.train_step(batch)
    assert all(np.any(old != new) for old, new in zip(before[:2], _state(gan)[:2], strict=True))
    for restored, saved in zip(_state(loaded), _state(gan), strict=True):
        np.testing.assert_array_equal(restored, saved)


def test_configuration_goes_through_json():
    gan = _gan(separate_batches=True)
    assert keras.saving.get_registered_name(DeformableGAN) == "deformable_gan>DeformableGAN"
    text = json.dumps(keras.saving.serialize_keras_object(gan))
    rebuilt = keras.saving.deserialize_keras_object(json.loads(text))
    assert json.dumps(keras.saving.serialize_keras_object(rebuilt)) == text
    assert rebuilt.features is None
    assert rebuilt.separate_batches


def test_compilation_is_kept(tmp_path):
    gan = _gan()
    assert gan.get_compile_config() == {}
    gan.save(tmp_path / "fresh.keras")
    assert not keras.models.load_model(tmp_path / "fresh.keras").compiled

    gan.compile(
        keras.optimizers.Adam(), keras.optimizers.Adam(), jit_compile=True, steps_per_execution=3
    )
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    assert loaded.jit_compile
    assert loaded.steps_per_execution == 3
    assert loaded.generator.warp_method == "dense"
