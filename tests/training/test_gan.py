"""One training step, compared with an independent implementation of the paper's equations."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.config import LossConfig
from deformable_gan.errors import ConfigurationError
from deformable_gan.geometry.attention_map import attention_map
from deformable_gan.metrics.structural_similarity import structural_similarity
from deformable_gan.models.from_config import build_discriminator, build_generator
from deformable_gan.models.pixels import images_to_floats
from deformable_gan.models.vgg19_features import VGG19Features
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.training.build import build_gan
from deformable_gan.training.gan import DeformableGAN

RATE = 0.05


@pytest.fixture
def batch(tiny_config):
    """Four pairs, as the pipeline gives them."""
    rng = np.random.default_rng(0)
    height, width = tiny_config.image_size
    batch = {}
    for role in ("source", "target"):
        image = rng.integers(0, 256, (4, height, width, 3), np.uint8)
        joints = rng.random((4, 17, 3)) * (height, width, 1)
        batch[f"{role}_image"] = tf.constant(image)
        batch[f"{role}_keypoints"] = tf.constant(joints, tf.float32)
    return batch


@pytest.fixture
def make_gan(tiny_config):
    """A function that builds a GAN with gradient descent and the same weights in each call."""

    def make(loss=None, separate_batches=False, dropout=0.0, jit_compile=False, **changes):
        config = tiny_config.replace(generator__dropout=dropout, **changes)
        keras.utils.set_random_seed(0)
        loss = loss or LossConfig()
        features = None
        if loss.content_features != "pixels":
            features = VGG19Features(loss.content_features)
            features.build()
        gan = DeformableGAN(
            build_generator(config), build_discriminator(config), loss, features, separate_batches
        )
        gan.compile(keras.optimizers.SGD(RATE), keras.optimizers.SGD(RATE), jit_compile=jit_compile)
        return gan

    return make


def values(network):
    return [weight.numpy() for weight in network.trainable_variables]


def descended(network, gradients):
    return [
        weight - RATE * (0 if gradient is None else np.asarray(gradient))
        for weight, gradient in zip(values(network), gradients, strict=True)
    ]


def assert_weights(network, expected, **tolerance):
    # Sums of float32 over batch and pixels in another order differ slightly.
    tolerance = tolerance or {"rtol": 1e-4, "atol": 2e-6}
    for weight, value in zip(network.trainable_variables, expected, strict=True):
        np.testing.assert_allclose(weight, value, err_msg=weight.path, **tolerance)


def discriminator_step(gan, batch, generated):
    """Return equation 5, -log D(real) - log(1 - D(generated)), and the updated weights."""
    with tf.GradientTape() as tape:
        real = tf.sigmoid(gan.discriminator({**batch, "image": batch["target_image"]}))
        fake = tf.sigmoid(gan.discriminator({**batch, "image": generated}))
        loss = -tf.reduce_mean(tf.math.log(real)) - tf.reduce_mean(tf.math.log(1 - fake))
    gradients = tape.gradient(loss, gan.discriminator.trainable_variables)
    return float(loss), descended(gan.discriminator, gradients)


def generator_step(gan, batch, content):
    """Return both terms of equation 8, -log D(generated) and content, and the updated weights."""
    with tf.GradientTape() as tape:
        generated = gan.generator(batch)
        fake = tf.sigmoid(gan.discriminator({**batch, "image": generated}))
        adversarial = -tf.reduce_mean(tf.math.log(fake))
        distance, weight = content(batch["target_image"], generated)
        loss = adversarial + weight * distance
    gradients = tape.gradient(loss, gan.generator.trainable_variables)
    return float(adversarial), float(distance), descended(gan.generator, gradients)


def pixels(target, generated):
    return tf.reduce_mean(tf.abs(target - generated)), 100.0


@pytest.mark.parametrize("separate_batches", [False, True])
def test_a_step_is_the_papers(make_gan, batch, separate_batches):
    gan = make_gan(separate_batches=separate_batches)
    floats = images_to_floats(batch)
    halves = [
        {name: value[part] for name, value in floats.items()}
        for part in ((slice(0, 2), slice(2, 4)) if separate_batches else (slice(0, 4), slice(0, 4)))
    ]
    discriminator_loss, discriminator = discriminator_step(gan, halves[0], gan.generator(halves[0]))
    # The generator's loss uses the discriminator after its update.
    later = make_gan(separate_batches=separate_batches)
    for weight, value in zip(later.discriminator.trainable_variables, discriminator, strict=True):
        weight.assign(value)
    adversarial, content, generator = generator_step(later, halves[1], pixels)

    before = values(gan.generator), values(gan.discriminator)
    logs = {name: float(value) for name, value in gan.train_step(batch).items()}
    assert logs["discriminator_loss"] == pytest.approx(discriminator_loss, rel=1e-5)
    assert logs["adversarial"] == pytest.approx(adversarial, rel=1e-5)
    assert logs["content"] == pytest.approx(content, rel=1e-5)
    assert logs["generator_loss"] == pytest.approx(adversarial + 100 * content, rel=1e-5)
    assert_weights(gan.discriminator, discriminator)
    assert_weights(gan.generator, generator)
    for network, old in zip((gan.generator, gan.discriminator), before, strict=True):
        moved = [np.any(new != one) for new, one in zip(values(network), old, strict=True)]
        assert np.mean(moved) > 0.9


def test_separate_batches_learn_from_their_own_half(make_gan, batch):
    """Changed targets in the second half of the batch change the update of the generator only."""

    def trained(changed):
        gan = make_gan(separate_batches=True)
        rows = {"first": slice(0, 2), "second": slice(2, 4)}.get(changed, slice(0, 0))
        image = batch["target_image"].numpy().copy()
        image[rows] = 255 - image[rows]
        gan.train_step({**batch, "target_image": tf.constant(image)})
        return values(gan.discriminator), values(gan.generator)

    def equal(one, other):
        return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))

    discriminator, generator = trained("neither")
    first_discriminator, first_generator = trained("first")
    second_discriminator, second_generator = trained("second")
    assert equal(second_discriminator, discriminator)
    assert not equal(second_generator, generator)
    assert not equal(first_discriminator, discriminator)
    # The generator's weights differ, too, since its loss uses the updated discriminator.
    assert not equal(first_generator, generator)


def nearest_neighbour(features):
    """Return equation 6, all nine shifts at once, and the paper's weight for Market-1501."""

    def content(target, generated):
        target, generated = features(target), features(generated)
        height, width = target.shape[1:3]
        padded = tf.pad(target, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=1e6)
        distances = [
            tf.reduce_sum(tf.abs(generated - padded[:, y : y + height, x : x + width]), -1)
            for y in range(3)
            for x in range(3)
        ]
        return tf.reduce_mean(tf.reduce_min(distances, axis=0)), 0.01

    return content


def feature_matching(features):
    return lambda target, generated: (pixels(features(target), features(generated))[0], 0.5)


@pytest.mark.parametrize(
    ("loss", "content"),
    [
        (LossConfig("block1_conv2", 3, 0.01), nearest_neighbour),
        (LossConfig("block1_conv1", None, 0.5), feature_matching),
    ],
)
def test_content_on_features(make_gan, batch, loss, content):
    gan = make_gan(loss, separate_batches=True)
    second = {name: value[2:] for name, value in images_to_floats(batch).items()}
    features_before = [weight.numpy() for weight in gan.features.weights]

    # With a learning rate of 0 the discriminator does not change.
    gan.discriminator_optimizer.learning_rate.assign(0.0)
    adversarial, distance, generator = generator_step(gan, second, content(gan.features))
    logs = {name: float(value) for name, value in gan.train_step(batch).items()}
    assert logs["content"] == pytest.approx(distance, rel=1e-5)
    weighted = adversarial + loss.content_weight * distance
    assert logs["generator_loss"] == pytest.approx(weighted, rel=1e-5)
    assert_weights(gan.generator, generator)
    for weight, before in zip(gan.features.weights, features_before, strict=True):
        np.testing.assert_array_equal(weight, before)


def test_all_weights_of_the_loss(make_gan, batch):
    loss = LossConfig(
        content_weight=3.0,
        adversarial_weight=0.25,
        total_variation_weight=1e-4,
        adversarial="hinge",
    )
    gan = make_gan(loss)
    gan.discriminator_optimizer.learning_rate.assign(0.0)
    floats = images_to_floats(batch)
    generated = np.asarray(gan.generator(floats))
    fake = np.asarray(gan.discriminator({**floats, "image": generated}))
    real = np.asarray(gan.discriminator({**floats, "image": floats["target_image"]}))
    content = np.abs(generated - floats["target_image"]).mean()
    down = generated[:, 1:, :-1] - generated[:, :-1, :-1]
    right = generated[:, :-1, 1:] - generated[:, :-1, :-1]
    variation = ((down**2 + right**2) ** 1.25).sum()
    logs = {name: float(value) for name, value in gan.train_step(batch).items()}
    hinge = np.maximum(0, 1 - real).mean() + np.maximum(0, 1 + fake).mean()
    assert logs["discriminator_loss"] == pytest.approx(hinge, rel=1e-5)
    assert logs["adversarial"] == pytest.approx(-fake.mean(), rel=1e-4)
    expected = -0.25 * fake.mean() + 3 * content + 1e-4 * variation
    assert logs["generator_loss"] == pytest.approx(expected, rel=1e-5)


def test_evaluation_reports_and_leaves_everything_as_it_was(make_gan, batch):
    gan = make_gan(dropout=0.5)
    before = [variable.numpy() for variable in gan.generator.variables]
    floats = images_to_floats(batch)
    generated = gan.generator(floats, training=False)
    content = np.abs(np.asarray(generated) - floats["target_image"]).mean()
    logs = gan.test_step(batch)
    assert float(logs["content"]) == pytest.approx(content, rel=1e-5)
    for variable, value in zip(gan.generator.variables, before, strict=True):
        np.testing.assert_array_equal(variable, value)


@pytest.mark.parametrize("kind", ["concatenated", "warp"])
def test_how_regions_are_warped_follows_from_the_compilation(make_gan, kind):
    for jit_compile, method in ((True, "dense"), (False, "sparse")):
        gan = make_gan(jit_compile=jit_compile, discriminator__kind=kind)
        assert gan.generator.warp_method == method
        if kind == "warp":
            assert gan.discriminator.warp_method == method


@pytest.mark.slow
@pytest.mark.parametrize(("separate_batches", "skip"), [(False, "none"), (True, "mask")])
def test_xla_learns_the_same(make_gan, batch, separate_batches, skip):
    """A step of `fit` gives the same result with XLA (dense warps) as without (sparse warps)."""
    results = []
    for jit_compile in (False, True):
        gan = make_gan(
            LossConfig("block1_conv1", 3, 0.01),
            separate_batches,
            jit_compile=jit_compile,
            generator__skip=skip,
        )
        history = gan.fit(tf.data.Dataset.from_tensors(batch), verbose=0, shuffle=False)
        results.append((history.history, values(gan.generator), values(gan.discriminator)))
    plain, compiled = results
    for name, losses in plain[0].items():
        assert compiled[0][name] == pytest.approx(losses, rel=1e-4)
    for one, other in zip(plain[1] + plain[2], compiled[1] + compiled[2], strict=True):
        np.testing.assert_allclose(one, other, atol=1e-3)


def test_fit_changes_both_networks_and_reports_every_term(tiny_config, batch):
    gan = build_gan(tiny_config.replace(generator__skip="none"), jit_compile=False)
    before = values(gan.generator), values(gan.discriminator)
    history = gan.fit(tf.data.Dataset.from_tensors(batch), verbose=0, shuffle=False)
    assert set(history.history) == {
        "discriminator_loss",
        "generator_loss",
        "adversarial",
        "content",
    }
    for network, old in zip((gan.generator, gan.discriminator), before, strict=True):
        assert any(np.any(new != one) for new, one in zip(values(network), old, strict=True))
    assert int(gan.generator_optimizer.iterations) == 1
    assert int(gan.discriminator_optimizer.iterations) == 1


def test_terms_beyond_the_paper_are_added_and_logged(make_gan, batch):
    """Each term equals its formula, and the loss is the weighted sum of all terms."""
    weights = {"pixels": 2.0, "person": 3.0, "structure": 5.0}
    loss = LossConfig(pixel_weight=2.0, person_weight=3.0, head_weight=2.0, structure_weight=5.0)
    gan = make_gan(loss)
    floats = images_to_floats(batch)
    generated = gan.generator(floats, training=False).numpy()
    target = floats["target_image"].numpy()
    logs = {name: float(value) for name, value in gan.test_step(batch).items()}
    assert set(logs) == {"discriminator_loss", "generator_loss", "adversarial", "content", *weights}
    difference = np.abs(target - generated)
    assert logs["pixels"] == pytest.approx(difference.mean(), rel=1e-5)
    attention = attention_map(floats["target_keypoints"], target.shape[1:3], COCO17, 2.0)
    weighted = difference.mean(axis=-1) * np.asarray(attention)
    assert logs["person"] == pytest.approx(weighted.mean(), rel=1e-5)
    similarity = structural_similarity(
        (target + 1) * 127.5, (generated + 1) * 127.5, data_range=255.0
    )
    assert logs["structure"] == pytest.approx(1 - similarity.mean(), abs=1e-4)
    total = logs["adversarial"] + 100 * logs["content"]
    total += sum(weight * logs[name] for name, weight in weights.items())
    assert logs["generator_loss"] == pytest.approx(total, rel=1e-5)


def test_the_drawn_image_may_cost(tiny_config, batch):
    """The term is the drawn image's mean weight; the attention map, at least 1, is a factor."""
    changes = {"generator__composite": True, "generator__dropout": 0.0}
    changes |= {"loss__drawn_weight": 7.0, "loss__head_weight": 2.0}
    gan = build_gan(tiny_config.replace(**changes))
    floats = images_to_floats(batch)
    weights = gan.generator.compose(floats)["weights"]
    attention = attention_map(floats["target_keypoints"], weights.shape[1:3], COCO17, 2.0)
    expected = (np.maximum(attention, 1) * np.asarray(weights)[..., -1]).mean()
    logs = {name: float(value) for name, value in gan.test_step(batch).items()}
    assert logs["drawn"] == pytest.approx(expected, rel=1e-5)
    total = logs["adversarial"] + 100 * logs["content"] + 7 * logs["drawn"]
    assert logs["generator_loss"] == pytest.approx(total, rel=1e-5)
    for _ in range(10):
        gan.train_step(batch)
    assert float(gan.test_step(batch)["drawn"]) < expected
    with pytest.raises(ConfigurationError, match=r"drawn_weight needs generator\.composite"):
        tiny_config.replace(loss__drawn_weight=1.0)


def test_the_average_follows_the_weights(tiny_config, batch):
    decay = 0.5
    config = tiny_config.replace(training__average=decay, generator__dropout=0.0)
    gan = build_gan(config)
    mean = [weight.numpy() for weight in gan.generator.weights]
    for step in range(1, 4):
        gan.train_step(batch)
        # At update n the old mean keeps a share of at most (1 + n) / (10 + n).
        kept = min(decay, (1 + step) / (10 + step))
        mean = [
            kept * old + (1 - kept) * new.numpy()
            for old, new in zip(mean, gan.generator.weights, strict=True)
        ]
    assert gan.trained_generator is gan.averaged
    for weight, expected in zip(gan.averaged.weights, mean, strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-4, atol=1e-6)
    changed = [
        np.any(average.numpy() != weight.numpy())
        for average, weight in zip(gan.averaged.weights, gan.generator.weights, strict=True)
    ]
    assert np.mean(changed) > 0.9
    gan.restart_average()
    for average, weight in zip(gan.averaged.weights, gan.generator.weights, strict=True):
        np.testing.assert_array_equal(average, weight)


def test_the_start_has_its_share_in_an_even_average(tiny_config, batch):
    share, steps = 0.4, 3
    config = tiny_config.replace(
        training__start_share=share,
        training__epochs=1,
        training__steps_per_epoch=steps,
        generator__dropout=0.0,
    )
    gan = build_gan(config)
    history = [[weight.numpy() for weight in gan.generator.weights]]
    for _ in range(steps):
        gan.train_step(batch)
        history.append([weight.numpy() for weight in gan.generator.weights])
    # Each step keeps a share of 0.4^(1/3) of the old average, so after three steps the share of the
    # start is 0.4.
    kept = share ** (1 / 3)
    shares = [share, (1 - kept) * kept**2, (1 - kept) * kept, 1 - kept]
    assert sum(shares) == pytest.approx(1)
    for mean, *values in zip(gan.averaged.weights, *history, strict=True):
        expected = sum(s * value for s, value in zip(shares, values, strict=True))
        np.testing.assert_allclose(mean, expected, rtol=1e-4, atol=1e-6)


def test_a_composite_generator_learns_in_a_step(make_gan, batch):
    gan = make_gan(generator__composite=True)
    before = values(gan.generator)
    first = float(gan.train_step(batch)["content"])
    for _ in range(5):
        last = float(gan.train_step(batch)["content"])
    assert last < first
    moved = [np.any(a != b) for a, b in zip(before, values(gan.generator), strict=True)]
    assert np.mean(moved) > 0.9
