import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from deformable_gan.geometry.warp import apply_transforms, sample, warp


def positions(transforms, size):
    """Return the input position of each output pixel: y and x, each float64 [..., h, w]."""
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float64)
    a0, a1, a2, b0, b1, b2 = np.moveaxis(np.asarray(transforms, np.float64), -1, 0)[
        :6, ..., None, None
    ]
    return b0 * x + b1 * y + b2, a0 * x + a1 * y + a2


def random_transforms(count, regions, seed=0, dtype=np.float32):
    """Return transforms that turn, stretch and shift; many output pixels read beyond the edges."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 1, (count, regions, 8)) * (0.3, 0.3, 4, 0.3, 0.3, 4, 0, 0)
    return (noise + np.array([1, 0, 0, 0, 1, 0, 0, 0])).astype(dtype)


@pytest.mark.parametrize(("interpolation", "order"), [("bilinear", 1), ("nearest", 0)])
@pytest.mark.parametrize("size", [(13, 9), (7, 16), (1, 1)])
def test_equals_scipy(interpolation, order, size):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(2, *size, 3)).astype(np.float32)
    transforms = random_transforms(2, 4)
    result = np.asarray(warp(features, transforms, interpolation))
    assert result.shape == (2, 4, *size, 3)
    rows, columns = positions(transforms, size)
    for item, region, channel in np.ndindex(2, 4, 3):
        # `grid-constant`: pixels beyond the edge are zeros that take part in interpolation.
        expected = ndimage.map_coordinates(
            features[item, ..., channel].astype(np.float64),
            [rows[item, region], columns[item, region]],
            order=order,
            mode="grid-constant",
        )
        # Positions of some ten pixels are exact to 2^-24 of their size.
        np.testing.assert_allclose(result[item, region, ..., channel], expected, atol=1e-5)


def test_bilinear_by_hand():
    features = np.array([[[1], [2]], [[4], [8]]], np.float32)[None]
    y = np.array([[0, 0.5, 0.25, -0.5, 1.5, 1.75, -1, 2, 0]], np.float32)
    x = np.array([[1, 0.5, 0.75, 0.00, 1.0, -0.5, 0, 2, 1.75]], np.float32)
    # In turn: the pixel 2; the middle of all four; a quarter down at three quarters right; half a
    # pixel above 1; half a pixel below 8; 0.75 below and 0.5 left of 4; a whole pixel outside,
    # twice; 0.75 right of 2.
    expected = [2, 3.75, 1.75 * 0.75 + 7 * 0.25, 0.5, 4, 4 * 0.25 * 0.5, 0, 0, 2 * 0.25]
    result = sample(features, np.zeros((1, 9), np.int32), y, x)
    np.testing.assert_allclose(result[0, :, 0], expected, rtol=1e-6)


def test_nearest_rounds_halves_away_from_zero():
    features = np.arange(1, 6, dtype=np.float32).reshape(1, 1, 5, 1)
    below = np.nextafter(np.float32(0.5), np.float32(0))
    x = np.array([[0.5, 1.5, 2.5, below, -below, -0.5, 4.5, 3.49]], np.float32)
    result = sample(features, np.zeros((1, 8), np.int32), np.zeros_like(x), x, "nearest")
    np.testing.assert_array_equal(result[0, :, 0], [2, 3, 4, 1, 1, 0, 0, 4])


def test_convention_by_hand():
    features = np.arange(20, dtype=np.float32).reshape(1, 4, 5, 1)
    # Output (x, y) reads input (x + 2, y + 1).
    result = warp(features, np.array([[[1, 0, 2, 0, 1, 1, 0, 0]]], np.float32))[0, 0, ..., 0]
    expected = np.zeros((4, 5))
    expected[:3, :3] = features[0, 1:, 2:, 0]
    np.testing.assert_array_equal(result, expected)
    # Output (x, y) reads input (y, x): the part that both contain is transposed.
    result = warp(features, np.array([[[0, 1, 0, 1, 0, 0, 0, 0]]], np.float32))[0, 0, ..., 0]
    np.testing.assert_array_equal(result[:, :4], features[0, :, :4, 0].T)


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_far_away_is_zero(interpolation):
    features = np.ones((1, 3, 4, 2), np.float32)
    for far in (1e4, -1e4, 3e9, -3e9, 1e30):
        transforms = np.array([[[1, 0, far, 0, 1, -far, 0, 0]]], np.float32)
        np.testing.assert_array_equal(warp(features, transforms, interpolation), 0)


def test_apply_transforms_by_hand():
    transform = np.array([2, 3, 5, 7, 11, 13, 0, 0], np.float32)
    y, x = apply_transforms(transform, y=10.0, x=100.0)
    assert (float(y), float(x)) == (7 * 100 + 11 * 10 + 13, 2 * 100 + 3 * 10 + 5)


def _difference_quotients(function, values, step):
    quotients = np.zeros_like(values)
    for index in np.ndindex(values.shape):
        ahead, behind = values.copy(), values.copy()
        ahead[index] += step
        behind[index] -= step
        quotients[index] = (function(ahead) - function(behind)) / (2 * step)
    return quotients


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_gradient_equals_difference_quotients_in_float64(interpolation):
    size, step = (5, 6), 1e-6
    rng = np.random.default_rng(3)
    features = rng.normal(size=(2, *size, 2))
    transforms = random_transforms(2, 3, dtype=np.float64)
    weights = rng.normal(size=(2, 3, *size, 2))
    # Bilinear interpolation has kinks at whole numbers, and rounding has jumps at halves.
    # Difference quotients equal derivatives as long as no step crosses a kink or a jump.
    kinks = 0.5 if interpolation == "nearest" else 0.0
    places = np.stack(positions(transforms, size)) + kinks
    assert np.abs(places - np.round(places)).min() > 10 * step

    @tf.function
    def value(features, transforms):
        warped = warp(features, transforms, interpolation)
        assert warped.dtype == "float64"
        return tf.reduce_sum(warped * weights)

    inputs = tf.constant(features), tf.constant(transforms)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        total = value(*inputs)
    by_features, by_transforms = tape.gradient(total, inputs)
    by_features = tf.convert_to_tensor(by_features)
    expected = _difference_quotients(
        lambda changed: value(tf.constant(changed), inputs[1]), features, step
    )
    # The quotients' error is the rounding error divided by the step: 1e-16 · 100 / 1e-6 for a sum
    # of up to 100.
    np.testing.assert_allclose(by_features, expected, atol=1e-7)
    if interpolation == "nearest":
        assert by_transforms is None
        return
    expected = _difference_quotients(
        lambda changed: value(inputs[0], tf.constant(changed)), transforms, step
    )
    assert np.mean(expected[..., :6] != 0) > 0.7  # some transforms read only beyond the edges
    np.testing.assert_allclose(by_transforms, expected, rtol=1e-6, atol=1e-6)


def test_gradient_of_a_shift_by_hand():
    # On a ramp, a shift by one pixel adds the ramp's slope wherever all four neighbours are inside.
    ramp = tf.constant(np.tile(3.0 * np.arange(6, dtype=np.float32), (4, 1))[None, ..., None])
    transforms = tf.constant([[[1, 0, 0.25, 0, 1, 0.5, 0, 0]]], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(transforms)
        pixel = warp(ramp, transforms)[0, 0, 1, 2, 0]
    np.testing.assert_allclose(pixel, 3 * 2.25)
    # d/d(a0, a1, a2) = slope · (x, y, 1).
    np.testing.assert_allclose(tape.gradient(pixel, transforms)[0, 0], [6, 3, 3, 0, 0, 0, 0, 0])
