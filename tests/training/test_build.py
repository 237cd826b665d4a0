import keras
import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.config import LossConfig
from deformable_gan.errors import ConfigurationError
from deformable_gan.training.build import build_gan, prefers_xla


def weights(gan):
    return [w.numpy() for w in (*gan.generator.weights, *gan.discriminator.weights)]


def test_the_seed_decides_the_weights(tiny_config):
    first, again = (weights(build_gan(tiny_config, jit_compile=False)) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
    other_seed = weights(build_gan(tiny_config.replace(training__seed=6), jit_compile=False))
    assert any(np.any(one != other) for one, other in zip(first, other_seed, strict=True))


def test_optimisers_are_the_configurations(tiny_config):
    gan = build_gan(
        tiny_config.replace(training__learning_rate=3e-4, training__beta_1=0.4), jit_compile=False
    )
    for optimizer in (gan.generator_optimizer, gan.discriminator_optimizer):
        assert isinstance(optimizer, keras.optimizers.Adam)
        assert float(optimizer.learning_rate) == pytest.approx(3e-4)
        assert optimizer.beta_1 == 0.4
        assert optimizer.beta_2 == 0.999
    # They are built at once, so that a checkpoint can restore both moments of every weight.
    assert len(gan.generator_optimizer.variables) == 2 + 2 * len(gan.generator.trainable_variables)
    assert gan.generator_optimizer is not gan.discriminator_optimizer


def test_features_only_where_the_loss_needs_them(tiny_config):
    assert build_gan(tiny_config, jit_compile=False).features is None
    config = tiny_config.replace(loss=LossConfig("block1_conv2", 3, 0.01))
    gan = build_gan(config, vgg19="random", jit_compile=False)
    assert gan.features.layer == "block1_conv2"
    owned = {id(w) for w in gan.generator.trainable_variables}
    assert not owned & {id(w) for w in gan.features.weights}


def test_absent_feature_weights(tiny_config, tmp_path):
    config = tiny_config.replace(loss=LossConfig("block1_conv2", 3, 0.01))
    with pytest.raises(
        ConfigurationError, match=r"vgg\.npz do not exist or are not a file: expected 'imagenet'"
    ):
        build_gan(config, vgg19=str(tmp_path / "vgg.npz"), jit_compile=False)


def test_images_too_small_for_the_networks(tiny_config):
    config = tiny_config.replace(
        image_size=(64, 36),
        generator__encoder_filters=(4,) * 7,
        generator__decoder_filters=(4,) * 6,
    )
    with pytest.raises(ConfigurationError, match="at least 64x64 for 7 encoder levels"):
        build_gan(config, jit_compile=False)


def test_xla_where_it_is_faster(tiny_config, monkeypatch):
    for devices, expected in (([], False), (["GPU:0"], True)):
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None, d=devices: d)
        assert prefers_xla() is expected
        assert build_gan(tiny_config).jit_compile is expected
    assert build_gan(tiny_config, jit_compile=False).jit_compile is False
