import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.errors import ConfigurationError
from deformable_gan.inference import (
    _in_parts_that_fit,
    generate_batch,
    make_compose,
    make_generate,
)
from deformable_gan.models.from_config import build_generator
from deformable_gan.models.pixels import images_to_floats, to_uint8


def test_rounding_to_bytes():
    values = tf.constant([-2.0, -1.0, -0.999, 0.0, 0.5, 1 / 127.5, 1.0, 7.0])
    # (v + 1) * 127.5, rounded to the nearest integer, halves to the even one: 0.5 gives 191.25 and
    # thus 191, 0 gives 127.5 and thus 128.
    np.testing.assert_array_equal(to_uint8(values), [0, 0, 0, 128, 191, 128, 255, 255])
    assert to_uint8(values).dtype == tf.uint8


def test_images_to_floats():
    batch = {"source_mask": tf.constant([0, 128, 255], tf.uint8), "pair": tf.constant([7])}
    floats = images_to_floats(batch)
    np.testing.assert_allclose(floats["source_mask"], [-1, 1 / 255, 1], atol=1e-7)
    assert floats["pair"] is batch["pair"]


def test_every_byte_survives_the_way_there_and_back():
    grays = tf.constant(np.arange(256, dtype=np.uint8))
    np.testing.assert_array_equal(to_uint8(images_to_floats({"image": grays})["image"]), grays)


def inputs(config, count, seed=0):
    rng = np.random.default_rng(seed)
    height, width = config.image_size
    image = rng.integers(0, 256, (count, height, width, 3), np.uint8)
    keypoints = rng.random((2, count, 17, 3)) * (height, width, 1)
    return image, *keypoints


def test_equals_the_generator(tiny_config):
    generator = build_generator(tiny_config)
    image, source, target = inputs(tiny_config, 3)
    generated = make_generate(generator)(image, source, target)
    assert generated.dtype == np.uint8
    floats = generator(
        {
            "source_image": image.astype(np.float32) / 127.5 - 1,
            "source_keypoints": source.astype(np.float32),
            "target_keypoints": target.astype(np.float32),
        },
        training=False,
    )
    expected = np.clip(np.round((np.asarray(floats) + 1) * 127.5), 0, 255)
    # A graph may round the last float bit differently from eager mode.
    assert np.abs(generated - expected).max() <= 1


def test_one_graph_for_every_batch_size(tiny_config):
    generator = build_generator(tiny_config)
    calls = []
    call = generator.call
    generator.call = lambda *args, **kwargs: calls.append(1) or call(*args, **kwargs)
    generate = make_generate(generator)
    image, source, target = inputs(tiny_config, 4)
    together = generate(image, source, target)
    one_by_one = [
        generate(image[i : i + 1], source[i : i + 1], target[i : i + 1]) for i in range(4)
    ]
    assert len(calls) == 1
    # Convolutions of another batch size may sum in another order.
    difference = np.abs(together.astype(int) - np.concatenate(one_by_one).astype(int))
    assert difference.max() <= 1


@pytest.mark.parametrize("skip", ["mask", "none"])
def test_one_source_serves_all_poses(tiny_config, skip):
    """A source given once for all poses gives the same result as one repeated for each pose."""
    generator = build_generator(
        tiny_config.replace(
            generator__skip=skip, generator__composite=True, generator__background=True
        )
    )
    image, source, target = inputs(tiny_config, 3)
    background = image[::-1]
    one = image[:1], source[:1], target, background[:1]
    repeated = [*(np.repeat(value[:1], 3, axis=0) for value in (image, source))]
    repeated += [target, np.repeat(background[:1], 3, axis=0)]
    generate, compose = make_generate(generator), make_compose(generator)
    expected = generate(*repeated).astype(int)
    # Convolutions of another batch size may sum in another order.
    assert np.abs(generate(*one) - expected).max() <= 1
    assert np.abs(expected[0] - expected[1]).max() > 1
    parts, wanted = compose(*one), compose(*repeated)
    for name, value in parts.items():
        np.testing.assert_allclose(value, wanted[name], atol=1e-4)


def test_a_single_image_is_made_without_a_graph(tiny_config):
    """The first call runs eagerly; a second call with the same inputs builds a graph and agrees."""
    generator = build_generator(tiny_config)
    eager = []
    call = generator.call

    def note(*arguments, **options):
        eager.append(tf.executing_eagerly())
        return call(*arguments, **options)

    generator.call = note
    generate = make_generate(generator)
    image, source, target = inputs(tiny_config, 1)
    first, second, third = (generate(image, source, target).astype(int) for _ in range(3))
    assert eager == [True, False]
    # A graph may round the last float bit differently from eager mode.
    assert np.abs(first - second).max() <= 1
    np.testing.assert_array_equal(second, third)


def test_a_generator_that_wants_a_background(tiny_config):
    generator = build_generator(tiny_config.replace(generator__background=True))
    generate = make_generate(generator)
    image, source, target = inputs(tiny_config, 2)
    with pytest.raises(ConfigurationError, match="needs the target's background"):
        generate(image, source, target)
    background = np.random.default_rng(1).integers(0, 256, image.shape, np.uint8)
    floats = generator(
        {
            "source_image": image / np.float32(127.5) - 1,
            "source_keypoints": source,
            "target_keypoints": target,
            "background": background / np.float32(127.5) - 1,
        },
        training=False,
    )
    expected = np.clip(np.round((np.asarray(floats) + 1) * 127.5), 0, 255)
    generated = generate(image, source, target, background)
    assert np.abs(generated - expected).max() <= 1
    batch = {
        **{"source_image": image, "source_keypoints": source, "target_keypoints": target},
        "background": background,
    }
    np.testing.assert_array_equal(generate_batch(generate, batch), generated)
    assert (generate(image, source, target, 255 - background) != generated).any()


def test_a_generator_that_wants_a_mask(tiny_config):
    generator = build_generator(tiny_config.replace(generator__mask=True))
    generate = make_generate(generator)
    image, source, target = inputs(tiny_config, 2)
    background = np.zeros_like(image)
    for given in ({}, {"background": background}):
        with pytest.raises(ConfigurationError, match="needs the source's person mask"):
            generate(image, source, target, **given)
    mask = np.random.default_rng(1).integers(0, 256, (*image.shape[:3], 1), np.uint8)
    batch = {
        **{"source_image": image, "source_keypoints": source, "target_keypoints": target},
        "source_mask": mask,
    }
    floats = {name: batch[name] / np.float32(127.5) - 1 for name in ("source_image", "source_mask")}
    expected = np.asarray(generator(batch | floats, training=False))
    expected = np.clip(np.round((expected + 1) * 127.5), 0, 255)
    generated = generate_batch(generate, batch)
    assert np.abs(generated - expected).max() <= 1
    assert (generate(image, source, target, source_mask=255 - mask) != generated).any()


def test_the_parts_are_the_generators(tiny_config):
    config = tiny_config.replace(generator__composite=True, generator__skip="none")
    generator = build_generator(config)
    image, source, target = inputs(config, 3)
    parts = make_compose(generator)(image, source, target)
    expected = generator.compose(
        {
            "source_image": image.astype(np.float32) / 127.5 - 1,
            "source_keypoints": source.astype(np.float32),
            "target_keypoints": target.astype(np.float32),
        }
    )
    assert set(parts) == {"weights", "drawn", "transforms"}
    for name, value in parts.items():
        assert value.dtype == np.float32
        np.testing.assert_allclose(value, expected[name], atol=1e-4)
    (one,) = make_compose(generator)(image[:1], source[:1], target[:1])["weights"]
    np.testing.assert_allclose(one, parts["weights"][0], atol=1e-5)


def test_generators_that_draw_have_no_parts(tiny_config):
    with pytest.raises(ConfigurationError, match="cannot mix them with copied pixels"):
        make_compose(build_generator(tiny_config.replace(generator__skip="none")))


def test_a_generator_trained_by_xla_is_run_sparsely(tiny_config, monkeypatch):
    """`make_generate` warps sparsely, and leaves the generator's own method `dense` unchanged."""
    from deformable_gan.layers.deformable_skip import DeformableSkip

    generator = build_generator(tiny_config)
    generator.warp_method = "dense"
    methods, call = [], DeformableSkip.call

    def note(self, *arguments, **options):
        methods.append(self.method)
        return call(self, *arguments, **options)

    monkeypatch.setattr(DeformableSkip, "call", note)
    make_generate(generator)(*inputs(tiny_config, 2))
    assert set(methods) == {"sparse"}
    # Later traces for training are not affected.
    assert generator.warp_method == "dense"


class Memory:
    """A device whose memory holds a given number of images."""

    def __init__(self, most):
        self._most, self.batches = most, []

    def double(self, images, masks=None):
        self.batches.append(len(images))
        if len(images) > self._most:
            raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
        return 2 * images if masks is None else 2 * images * masks


def test_a_source_for_all_poses_stays_whole_in_smaller_batches():
    device = Memory(3)
    run = _in_parts_that_fit(lambda source, targets: device.double(targets, source))
    targets = np.arange(14.0).reshape(7, 2)
    np.testing.assert_array_equal(run(np.full((1, 2), 3.0), targets), 6 * targets)
    assert device.batches == [7, 3, 3, 1]


@pytest.mark.parametrize(("most", "batches"), [(9, [7]), (3, [7, 3, 3, 1]), (1, [7, 3, *[1] * 7])])
def test_batches_are_made_smaller_at_need(most, batches, caplog):
    device = Memory(most)
    run = _in_parts_that_fit(device.double)
    images = np.arange(14.0).reshape(7, 2)
    np.testing.assert_array_equal(run(images, None), 2 * images)
    assert device.batches == batches
    notes = {9: [], 3: ["using batches of 3"], 1: ["using batches of 3", "using batches of 1"]}[
        most
    ]
    assert [message.rpartition("; ")[2] for message in caplog.messages] == notes
    device.batches.clear()
    masks = images % 3
    np.testing.assert_array_equal(run(images, masks), 2 * images * masks)
    assert max(device.batches) <= most or most == 9


def test_one_image_that_is_too_much_is_said():
    with pytest.raises(tf.errors.ResourceExhaustedError):
        _in_parts_that_fit(Memory(0).double)(np.zeros((4, 1)))
