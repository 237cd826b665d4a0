"""The mean over an image and its mirror image, checked with NumPy."""

import cv2
import numpy as np
import pytest

from deformable_gan.inference import make_compose, make_generate
from deformable_gan.models.both_ways import both_ways, mean_image, mean_parts
from deformable_gan.models.from_config import build_generator
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.presets import get_preset

SIZE = (40, 36)
SWAPPED = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]
# (y, x) of an upright person's joints.
_ROWS = [6, 5, 5, 6, 6, 11, 11, 16, 16, 20, 20, 21, 21, 28, 28, 36, 36]
_COLUMNS = [18, 19, 17, 20, 16, 22, 14, 24, 12, 25, 11, 20, 16, 21, 15, 21, 15]
STANDING = np.stack([_ROWS, _COLUMNS], axis=-1)


@pytest.fixture(scope="module")
def batch():
    random = np.random.default_rng(0)
    joints = np.ones((2, 3, 17, 3), np.float32)
    joints[..., :2] = STANDING + random.uniform(-1.5, 1.5, (2, 3, 17, 2))
    joints[:, 0, 9] = 0
    # Smooth images: where a pixel is read a little beside its place, it hardly changes.
    images = [
        [cv2.resize(random.integers(0, 256, (3, 3, 3), np.uint8), SIZE[::-1]) for _ in range(3)]
        for _ in range(2)
    ]
    images = np.array(images)
    return {
        "source_image": images[0],
        "background": images[1],
        "source_keypoints": joints[0],
        "target_keypoints": joints[1],
    }


def mirrored(batch):
    """Return the batch mirrored by hand."""
    result = {}
    for name, value in batch.items():
        if name.endswith("keypoints"):
            other = value[:, SWAPPED].copy()
            other[..., 1] = np.where(other[..., 2] > 0, SIZE[1] - 1 - other[..., 1], 0)
            result[name] = other
        else:
            result[name] = np.ascontiguousarray(value[:, :, ::-1])
    return result


@pytest.fixture(scope="module")
def generator():
    config = get_preset("demo").config.replace(
        image_size=SIZE,
        generator__encoder_filters=(4, 6, 8, 8),
        generator__decoder_filters=(8, 6, 6),
    )
    generator = build_generator(config)
    random = np.random.default_rng(1)
    for weight in generator.weights:  # the logits start at zero: both ways would be the same
        weight.assign(np.asarray(weight) + random.normal(0, 0.1, weight.shape))
    return generator


def test_inputs_and_their_mirror_images(batch):
    doubled = both_ways(batch, COCO17)
    for name, value in mirrored(batch).items():
        np.testing.assert_allclose(np.asarray(doubled[name][:3]), batch[name])
        np.testing.assert_allclose(np.asarray(doubled[name][3:]), value)


def test_mean_image():
    images = np.zeros((2, 1, 2, 3), np.float32)
    images[0, 0, 0], images[1, 0, 1] = 1, 0.5
    np.testing.assert_array_equal(np.asarray(mean_image(images))[0, 0, :, 0], [0.75, 0])


def test_partners_of_candidates_and_the_mean_of_what_is_drawn():
    names = [region.name for region in COCO17.regions]
    right, left = names.index("right_calf"), names.index("left_calf")
    weights = np.zeros((2, 1, 1, 13), np.float32)
    weights[0, ..., right], weights[0, ..., -1] = 0.4, 0.6
    weights[1, ..., left], weights[1, ..., -1] = 0.8, 0.2
    drawn = np.array([1.0, 0.2], np.float32).reshape(2, 1, 1, 1) * np.ones(3, np.float32)
    transforms = np.arange(16, dtype=np.float32).reshape(2, 1, 8)
    mean = mean_parts({"weights": weights, "drawn": drawn, "transforms": transforms}, COCO17)
    assert np.asarray(mean["weights"])[0, 0, 0, right] == pytest.approx(0.6)
    assert np.asarray(mean["weights"])[0, 0, 0, left] == 0
    # (.6 · 1 + .2 · .2) / (.6 + .2)
    np.testing.assert_allclose(np.asarray(mean["drawn"]), 0.8, rtol=1e-5)
    np.testing.assert_array_equal(np.asarray(mean["transforms"]), transforms[:1])


def test_the_image_is_the_mean_of_two_runs(generator, batch):
    one_way = make_generate(generator, one_way=True)
    straight = one_way(**batch).astype(float)
    other = one_way(**mirrored(batch))[:, :, ::-1].astype(float)
    assert np.abs(straight - other).mean() > 1
    both = make_generate(generator)(**batch)
    # Each run is rounded to whole grey levels.
    np.testing.assert_allclose(both, (straight + other) / 2, atol=1.01)


def test_one_source_in_several_poses(generator, batch):
    alone = {name: v if name == "target_keypoints" else v[:1] for name, v in batch.items()}
    repeated = {name: np.repeat(v, 3 // len(v), axis=0) for name, v in alone.items()}
    compose = make_compose(generator)
    for name, value in compose(**repeated).items():
        np.testing.assert_allclose(compose(**alone)[name], value, atol=1e-5)


def test_mixing_the_mean_parts_gives_the_mean_image(generator, batch):
    from deformable_gan.geometry.warp import warp_image
    from deformable_gan.models.pixels import images_to_floats, to_uint8

    parts, floats = make_compose(generator)(**batch), images_to_floats(batch)
    regions = warp_image(floats["source_image"], parts["transforms"])
    mixed = generator.composite.mix(
        *(parts["weights"], regions, parts["drawn"]),
        *(floats["source_image"], floats["background"]),
    )
    both = make_generate(generator)(**batch).astype(int)
    # Transforms of mirrored joints are the mirrored transforms only up to rounding.
    difference = np.abs(np.asarray(to_uint8(mixed)).astype(int) - both)
    assert (difference > 1).mean() < 0.01
    assert difference.mean() < 0.2
