import cv2
import keras
import numpy as np
import pytest

from deformable_gan.geometry.affine import IDENTITY
from deformable_gan.geometry.candidate_prior import candidate_prior
from deformable_gan.geometry.warp import warp, warp_image
from deformable_gan.layers.composite import Composite
from deformable_gan.models.generator import Generator
from deformable_gan.pose.skeleton import COCO17

SIZE = (48, 32)


@pytest.fixture
def images():
    rng = np.random.default_rng(0)
    return [rng.uniform(-1, 1, (2, *SIZE, 3)).astype(np.float32) for _ in range(3)]


def _logits(count=12):
    return np.random.default_rng(1).normal(size=(2, *SIZE, count)).astype(np.float32)


def _weights(candidate, count):
    weights = np.zeros((2, *SIZE, count), np.float32)
    weights[..., candidate] = 1
    return weights


def test_takes_each_candidate_alone(images, make_poses):
    source, drawn, background = images
    layer = Composite(SIZE, "coco17", background=True)
    poses = make_poses(SIZE, seed=1), make_poses(SIZE, seed=2)
    count = len(layer.candidates)
    parts = layer.weigh(_logits(count), source, *poses, background)

    def mixed(name):
        weights = _weights(layer.candidates.index(name), count)
        return np.asarray(layer.mix(weights, parts["regions"], drawn, source, background))

    for name, expected in (("source", source), ("drawn", drawn), ("background", background)):
        np.testing.assert_array_equal(mixed(name), expected)
    # A region equals the source warped by OpenCV, which rounds positions to 1/32 pixel.
    for number, name in ((0, "body"), (3, "left_thigh")):
        matrix = np.asarray(parts["transforms"])[0, number, :6].reshape(2, 3)
        expected = cv2.warpAffine(
            source[0],
            matrix,
            SIZE[::-1],
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        assert np.abs(mixed(name)[0] - expected).mean() < 0.02


@pytest.mark.parametrize("background", [True, False])
def test_weights_without_the_regions(images, make_poses, background):
    layer = Composite(SIZE, "coco17", background=background)
    poses = make_poses(SIZE, seed=1), make_poses(SIZE, seed=2)
    behind = images[2] if background else None
    arguments = (_logits(len(layer.candidates)), images[0], *poses, behind)
    whole, bare = layer.weigh(*arguments), layer.weigh(*arguments, with_regions=False)
    assert set(bare) == {"weights", "transforms"}
    np.testing.assert_allclose(bare["weights"], whole["weights"], atol=1e-6)


def test_weights_are_a_distribution_that_starts_at_the_prior(make_poses):
    layer = Composite(SIZE, "coco17")
    zeros = np.zeros((2, *SIZE, 12), np.float32)
    source, target = make_poses(SIZE, seed=1), make_poses(SIZE, seed=2)
    image = np.zeros((2, *SIZE, 3), np.float32)
    parts = layer.weigh(zeros, image, source, target)
    weights, transforms = parts["weights"], parts["transforms"]
    prior = np.asarray(candidate_prior(source, target, transforms, SIZE, COCO17))
    np.testing.assert_allclose(weights, prior / prior.sum(-1, keepdims=True), rtol=1e-5)
    logits = _logits()
    weights = layer.weigh(logits, image, source, target)["weights"]
    expected = prior * np.exp(logits)
    np.testing.assert_allclose(weights, expected / expected.sum(-1, keepdims=True), rtol=1e-4)


def test_a_person_who_turns_away_shows_hair_in_the_outline_of_the_head(make_poses):
    """The source has red hair above a green face, before a black wall."""
    size = (96, 64)
    source = make_poses(size, 1, spread=0)
    target = source[:, [COCO17.index(_other_side(joint)) for joint in COCO17.joints]]
    image = np.full((1, *size, 3), -1, np.float32)
    background = image.copy()
    red, green = (1, -1, -1), (-1, 1, -1)
    image[0, 1:8, 28:37] = red
    image[0, 8:20, 28:37] = green
    layer = Composite(size, "coco17", background=True, body="solid")
    logits = np.zeros((1, *size, len(layer.candidates)), np.float32)
    drawn = background
    weights = np.asarray(layer.weigh(logits, image, source, target, background)["weights"])
    result = np.asarray(layer(logits, drawn, image, source, target, background))
    head, behind = (layer.candidates.index(name) for name in ("head", "background"))
    face = 0, 12, 32
    assert weights[face].argmax() == head
    assert result[face][0] > 0.3 > -0.5 > result[face][1]
    # Beside the outline the wall is seen, although the head's transform reads hair there, too.
    beside = 0, 12, 42
    assert weights[beside].argmax() == behind
    np.testing.assert_allclose(result[beside], [-1, -1, -1], atol=0.05)


def _other_side(joint):
    side, _, part = joint.partition("_")
    return f"{'right' if side == 'left' else 'left'}_{part}" if part else joint


def test_the_image_is_the_sum_written_down(images, make_poses):
    source, drawn, _ = images
    layer = Composite(SIZE, "coco17")
    logits = _logits()
    poses = make_poses(SIZE, seed=3), make_poses(SIZE, seed=4)
    parts = layer.weigh(logits, source, *poses)
    weights = np.asarray(parts["weights"])
    moved = np.asarray(warp_image(source, parts["transforms"]))
    expected = sum(weights[..., k, None] * moved[:, k] for k in range(10))
    expected += weights[..., 10, None] * source + weights[..., 11, None] * drawn
    result = layer(logits, drawn, source, *poses)
    np.testing.assert_allclose(result, expected, atol=1e-5)
    assert np.abs(result).max() <= 1 + 1e-5


def test_warp_image_is_warp_inside_and_repeats_the_border():
    rng = np.random.default_rng(2)
    image = rng.uniform(-1, 1, (2, 12, 9, 3)).astype(np.float32)
    transforms = np.tile(IDENTITY, (2, 3, 1))
    transforms[..., [0, 1, 3, 4]] += rng.normal(0, 0.1, (2, 3, 4))
    transforms[..., [2, 5]] = rng.uniform(-3, 3, (2, 3, 2))
    own, general = np.asarray(warp_image(image, transforms)), np.asarray(warp(image, transforms))
    inside = np.asarray(warp(np.ones_like(image), transforms)) > 1 - 1e-5
    assert inside.mean() > 0.4
    np.testing.assert_allclose(own[inside], general[inside], atol=1e-5)
    far = np.tile(IDENTITY, (2, 1, 1))
    far[..., 2] = 1000
    right = np.broadcast_to(image[:, :, -1:], image.shape)
    np.testing.assert_allclose(np.asarray(warp_image(image, far))[:, 0], right, atol=1e-6)


def test_a_generator_that_composes_has_the_parts_of_its_image():
    generator = Generator(
        SIZE, encoder_filters=(4, 6, 8), decoder_filters=(6, 4), composite=True, dropout=0.0
    )
    rng = np.random.default_rng(0)
    inputs = {"source_image": rng.uniform(-1, 1, (2, *SIZE, 3)).astype(np.float32)}
    for role in ("source", "target"):
        places = rng.uniform(0, SIZE, (2, 17, 2))
        inputs[f"{role}_keypoints"] = np.concatenate([places, np.ones((2, 17, 1))], axis=-1).astype(
            np.float32
        )
    generator.build()
    image = np.asarray(generator(inputs))
    parts = generator.compose(inputs)
    mixed = generator.composite.mix(
        parts["weights"],
        warp_image(inputs["source_image"], parts["transforms"]),
        parts["drawn"],
        inputs["source_image"],
    )
    np.testing.assert_allclose(mixed, image, atol=1e-5)
    again = Generator.from_config(generator.get_config())
    again.build()
    again.set_weights(generator.get_weights())
    np.testing.assert_array_equal(again(inputs), image)
    assert keras.backend.standardize_dtype(image.dtype) == "float32"
