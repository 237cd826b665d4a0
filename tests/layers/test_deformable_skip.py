import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.errors import ConfigurationError
from deformable_gan.geometry.affine import scale_transforms
from deformable_gan.geometry.region_masks import region_masks
from deformable_gan.geometry.region_transforms import region_transforms
from deformable_gan.layers.deformable_skip import DeformableSkip
from deformable_gan.pose.skeleton import COCO17

FULL_SIZE = (128, 64)


@pytest.fixture(scope="module")
def reference(reference_folder):
    with np.load(reference_folder / "warp_nearest.npz") as numbers:
        return dict(numbers)


def _near_a_boundary(transforms, masks, size):
    """Return which pixels have a region whose sample falls within 1e-3 of a rounding boundary."""
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float64)
    a0, a1, a2, b0, b1, b2 = np.moveaxis(np.asarray(transforms, np.float64), -1, 0)[
        :6, ..., None, None
    ]
    near = [
        np.abs(place - np.floor(place) - 0.5) < 1e-3
        for place in (a0 * x + a1 * y + a2, b0 * x + b1 * y + b2)
    ]
    return ((near[0] | near[1]) & (masks > 0)).any(axis=1)


@pytest.mark.parametrize("size", [(128, 64), (64, 32), (32, 16), (16, 8)])
@pytest.mark.parametrize("aggregation", ["max", "avg"])
@pytest.mark.parametrize("method", ["dense", "sparse"])
def test_equals_the_original(reference, size, aggregation, method):
    stride = FULL_SIZE[0] // size[0]
    prefix = "{}x{}_".format(*size)
    masks = reference["masks"][:, :, ::stride, ::stride].astype(np.float32)
    transforms = scale_transforms(reference["transforms"], (stride, stride))
    skip = DeformableSkip(aggregation, "nearest", method)
    result = np.asarray(skip(reference[prefix + "features"], transforms, masks))

    differs = np.abs(result - reference[prefix + aggregation]).max(axis=-1) > 1e-5
    boundary = _near_a_boundary(transforms, masks, size)
    print(f"{prefix}{aggregation}: {differs.sum()} of {differs.size} pixels differ")
    assert not np.any(differs & ~boundary)
    assert differs.mean() < 1e-3


@pytest.fixture(params=[(32, 16), (27, 15)], ids=str)
def example(request, make_poses):
    """Features, transforms and masks of random poses at a feature size."""
    size = request.param
    source, target = make_poses(FULL_SIZE, 4, seed=1), make_poses(FULL_SIZE, 4, seed=2)
    stride = tuple(whole / part for whole, part in zip(FULL_SIZE, size, strict=True))
    offset = tuple((step - 1) / 2 for step in stride)
    transforms = scale_transforms(region_transforms(source, target, COCO17), stride, offset)
    masks = region_masks(target, size, COCO17, stride, offset)
    features = np.random.default_rng(0).normal(size=(4, *size, 6)).astype(np.float32)
    return tuple(tf.convert_to_tensor(one) for one in (features, transforms, masks))


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
@pytest.mark.parametrize("aggregation", ["max", "avg"])
@pytest.mark.parametrize("first_covers_all", [False, True])
def test_sparse_equals_dense_in_value_and_gradient(
    example, aggregation, interpolation, first_covers_all
):
    weights = np.random.default_rng(1).normal(size=example[0].shape).astype(np.float32)

    @tf.function
    def value_and_gradients(skip, features, transforms, masks):
        with tf.GradientTape() as tape:
            tape.watch([features, transforms])
            result = skip(features, transforms, masks)
            total = tf.reduce_sum(result * weights)
        return result, tape.gradient(total, [features, transforms])

    results = {}
    for method in ("dense", "sparse"):
        skip = DeformableSkip(aggregation, interpolation, method, first_covers_all)
        value, gradients = value_and_gradients(skip, *example)
        results[method] = [value, *(tf.convert_to_tensor(g) for g in gradients if g is not None)]
    assert len(results["dense"]) == (3 if interpolation == "bilinear" else 2)
    for dense, sparse in zip(*results.values(), strict=True):
        assert np.abs(dense).max() > 0.1
        # The order of summation differs; gradients of transforms sum over a whole region.
        scale = max(1.0, np.abs(dense).max())
        np.testing.assert_allclose(sparse, dense, atol=1e-5 * scale)


def _constant_regions(values, masks):
    """Return features, transforms and masks of regions that each read one of `values`."""
    features = np.array(values, np.float32).reshape(1, 1, -1, 1)
    transforms = [[0, 0, place, 0, 0, 0, 0, 0] for place in range(len(values))]
    masks = np.array(masks, np.float32)[None, :, None, :]
    return features, np.array([transforms], np.float32), masks


@pytest.mark.parametrize("method", ["dense", "sparse"])
def test_by_hand(method):
    # Three regions of values -2, 5 and -1 over three pixels.
    inputs = _constant_regions([-2, 5, -1], [[1, 1, 0], [0, 1, 0], [0, 1, 0]])
    by_maximum = DeformableSkip("max", method=method)(*inputs)
    # The first pixel gets the maximum of -2 and the zeros of the regions that do not cover it.
    np.testing.assert_array_equal(by_maximum[0, 0, :, 0], [0, 5, 0])
    by_average = DeformableSkip("avg", method=method)(*inputs)
    np.testing.assert_allclose(by_average[0, 0, :, 0], [-2, (-2 + 5 - 1) / 3, 0], rtol=1e-6)
    # Where every region covers the pixel, the largest negative number is the maximum.
    inputs = _constant_regions([-2, -5, -1], [[1, 1, 0], [1, 1, 0], [1, 0, 0]])
    by_maximum = DeformableSkip("max", method=method)(*inputs)
    np.testing.assert_array_equal(by_maximum[0, 0, :, 0], [-1, 0, 0])


@pytest.mark.parametrize("method", ["dense", "sparse"])
def test_soft_by_hand(method):
    # Three regions of values -2, 5 and -1 over three pixels, weighted by a softmax.
    inputs = _constant_regions([-2, 5, -1], [[1, 1, 0], [0, 1, 0], [0, 1, 0]])
    logits = np.log(np.array([[[[1, 9, 9], [1, 2, 5], [3, 3, 3]]]], np.float32))
    result = DeformableSkip("soft", method=method)(*inputs, logits)
    # The first pixel has one region, the second all three, the third none.
    expected = [-2, (-2 * 1 + 5 * 2 - 1 * 5) / 8, 0]
    np.testing.assert_allclose(result[0, 0, :, 0], expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("first_covers_all", [False, True])
def test_soft_sparse_equals_dense_in_value_and_gradient(example, first_covers_all):
    features, transforms, masks = example
    rng = np.random.default_rng(2)
    logits = tf.constant(rng.normal(0, 3, (*features.shape[:3], 10)), tf.float32)
    weights = rng.normal(size=features.shape).astype(np.float32)
    results = []
    for method in ("dense", "sparse"):
        skip = DeformableSkip("soft", method=method, first_covers_all=first_covers_all)
        with tf.GradientTape() as tape:
            tape.watch([features, logits])
            value = skip(features, transforms, masks, logits)
            total = tf.reduce_sum(value * weights)
        results.append(
            [value, *map(tf.convert_to_tensor, tape.gradient(total, [features, logits]))]
        )
    for dense, sparse in zip(*results, strict=True):
        assert np.abs(dense).max() > 0.1
        np.testing.assert_allclose(sparse, dense, atol=1e-5)


@pytest.mark.parametrize("method", ["dense", "sparse"])
@pytest.mark.parametrize("aggregation", ["max", "avg"])
def test_without_any_region_there_is_nothing(method, aggregation):
    features = np.full((2, 3, 4, 2), 7, np.float32)
    transforms = np.tile(np.array([1, 0, 0, 0, 1, 0, 0, 0], np.float32), (2, 5, 1))
    result = DeformableSkip(aggregation, method=method)(
        features, transforms, np.zeros((2, 5, 3, 4), np.float32)
    )
    np.testing.assert_array_equal(result, np.zeros_like(features))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"aggregation": "median"}, "aggregation.*'max', 'avg', 'soft'.*'median'"),
        ({"interpolation": "cubic"}, "interpolation.*'bilinear'.*'cubic'"),
        ({"method": "lazy"}, "method.*'dense', 'sparse'.*'lazy'"),
    ],
)
def test_refuses_what_it_does_not_know(arguments, message):
    with pytest.raises(ConfigurationError, match=message):
        DeformableSkip(**arguments)
