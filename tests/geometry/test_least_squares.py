import numpy as np
import pytest
import tensorflow as tf
from skimage.transform import AffineTransform

from deformable_gan.geometry.affine import OUTSIDE
from deformable_gan.geometry.least_squares import ordinary_least_squares, total_least_squares


def _by_scikit_image(target, source):
    """Total least squares in float64 by singular value decomposition; points are (y, x)."""
    return AffineTransform.from_estimate(target[:, ::-1], source[:, ::-1]).params[:2].ravel()


def _by_lstsq(target, source):
    rows = np.column_stack([target[:, ::-1], np.ones(len(target))])
    return np.linalg.lstsq(rows, source[:, ::-1], rcond=None)[0].T.ravel()


ESTIMATORS = pytest.mark.parametrize(
    ("estimate", "oracle"),
    [(total_least_squares, _by_scikit_image), (ordinary_least_squares, _by_lstsq)],
    ids=["total", "ordinary"],
)


def _point_sets(seed, sets=50, points=7, noise=6.0):
    rng = np.random.default_rng(seed)
    target = rng.uniform(0, 128, (sets, points, 2)).astype(np.float32)
    linear = np.eye(2) + rng.normal(0, 0.4, (sets, 2, 2))
    source = target @ linear + rng.normal(0, noise, target.shape)
    return target, source.astype(np.float32)


def _corner_difference(transforms, expected, side=256):
    corners = np.array([[x, y, 1.0] for x in (0, side) for y in (0, side)])
    first, second = (
        corners @ np.asarray(t, np.float64)[..., :6].reshape(-1, 2, 3).transpose(0, 2, 1)
        for t in (transforms, expected)
    )
    return np.abs(first - second).max((1, 2))


@ESTIMATORS
@pytest.mark.parametrize("points", [3, 4, 7])
def test_agree_with_the_oracle(estimate, oracle, points):
    target, source = _point_sets(points, points=points)
    transforms = estimate(target, source, np.ones(target.shape[:2], np.float32))
    pairs = zip(target.astype(np.float64), source.astype(np.float64), strict=True)
    expected = np.array([oracle(*pair) for pair in pairs])
    used = ~(np.asarray(transforms) == OUTSIDE).all(-1)
    assert used.mean() > 0.9
    difference = _corner_difference(transforms, expected)[used]
    # At 256 pixels float32 resolves 1.5e-5. Nearly collinear triangles give transforms that
    # magnify, and so magnify this error.
    assert np.median(difference) < 1e-4
    reach = _corner_difference(expected, np.zeros_like(expected))[used]
    assert (difference / np.maximum(reach, 256)).max() < 4e-5


@ESTIMATORS
def test_square_torso_on_a_very_different_one(estimate, oracle):
    # Equal principal extents and large residuals: the smallest root of the secular equation lies
    # near both of its poles (see `_smallest_root`).
    rng = np.random.default_rng(11)
    target = np.tile([[30, 20], [30, 60], [70, 60], [70, 20]], (200, 1, 1)).astype(np.float32)
    source = rng.uniform(0, 64, target.shape).astype(np.float32)
    transforms = np.asarray(estimate(target, source, np.ones((200, 4), np.float32)))
    used = ~(transforms == OUTSIDE).all(-1)
    assert used.mean() > 0.9
    expected = np.array(
        [
            oracle(*pair)
            for pair in zip(target.astype(np.float64), source.astype(np.float64), strict=True)
        ]
    )
    reach = _corner_difference(expected, np.zeros_like(expected), 128)
    difference = _corner_difference(transforms, expected, 128) / np.maximum(reach, 128)
    assert difference[used].max() < 4e-5


@ESTIMATORS
def test_torso_in_profile_keeps_its_accuracy(estimate, oracle):
    # A torso 40 pixels high and one pixel wide, on a whole-pixel grid. Computing with the points'
    # covariance instead of the points would lose three digits.
    target = np.array([[30, 60], [70, 61], [30, 61], [70, 60]], np.float32)
    source = np.array([[31, 45], [72, 66], [30, 66], [71, 46]], np.float32)
    transform = estimate(target[None], source[None], np.ones((1, 4), np.float32))
    expected = oracle(target.astype(np.float64), source.astype(np.float64))
    assert _corner_difference(transform, expected[None], 128).max() < 1e-2


@ESTIMATORS
def test_weight_zero_leaves_a_point_out(estimate, oracle):
    target, source = _point_sets(3)
    weights = np.ones(target.shape[:2], np.float32)
    weights[:, 2] = 0
    without = estimate(np.delete(target, 2, 1), np.delete(source, 2, 1), np.delete(weights, 2, 1))
    target[:, 2], source[:, 2] = np.nan, np.inf
    assert _corner_difference(estimate(target, source, weights), without).max() < 1e-3


def test_ordinary_minimises_weighted_distances():
    target, source = _point_sets(4, sets=1)
    weights = np.array([[1, 2, 0.5, 1, 3, 1, 1]], np.float32)
    root = np.sqrt(weights[0, :, None])
    rows = np.column_stack([target[0][:, ::-1], np.ones(7)])
    expected = np.linalg.lstsq(rows * root, source[0][:, ::-1] * root, rcond=None)[0].T.ravel()
    transform = ordinary_least_squares(target, source, weights)
    assert _corner_difference(transform, expected[None]).max() < 1e-2


@ESTIMATORS
@pytest.mark.parametrize("shape", ["square", "generic", "near exact"])
def test_gradient_against_differences_of_the_oracle(estimate, oracle, shape):
    # A square torso has equal principal extents, where eigenvectors have no derivative.
    if shape == "square":
        target = np.array([[30, 20], [30, 60], [70, 60], [70, 20]], np.float32)
        source = np.array([[32, 25], [28, 58], [75, 61], [68, 15]], np.float32)
    else:
        target, source = (p[0] for p in _point_sets(5, 1, 4, 6.0 if shape == "generic" else 1e-3))
    probe = np.array([0.7, -0.3, 0.02, 0.4, 0.9, -0.05])
    variables = tf.constant(target[None]), tf.constant(source[None])
    with tf.GradientTape() as tape:
        tape.watch(variables)
        transform = estimate(*variables, tf.ones((1, 4)))
        value = tf.reduce_sum(transform[0, :6] * probe.astype(np.float32))
    gradients = tape.gradient(value, variables)

    points = [target.astype(np.float64), source.astype(np.float64)]
    for which, gradient in enumerate(gradients):
        expected = np.zeros((4, 2))
        for index in np.ndindex(4, 2):
            step = np.zeros((4, 2))
            step[index] = 1e-4
            above, below = (
                oracle(*[p + sign * step * (k == which) for k, p in enumerate(points)])
                for sign in (1, -1)
            )
            expected[index] = probe @ (above - below) / 2e-4
        scale = np.abs(expected).max()
        np.testing.assert_allclose(gradient[0], expected, atol=1e-3 * scale)


@ESTIMATORS
@pytest.mark.parametrize(
    "points",
    [
        [[1, 2], [5, 9], [3, 3], [3, 3]],  # weights leave out the last two
        [[1, 2], [2, 4], [4, 8], [3, 6]],
        [[7, 7]] * 4,
        [[0, 0], [0, 0], [5, 5], [5, 5]],
    ],
    ids=["two points", "line", "point", "two places"],
)
def test_undetermined_is_outside_with_zero_gradient(estimate, oracle, points):
    degenerate = tf.constant([points], tf.float32)
    weights = tf.constant([[1.0, 1.0, 0.0, 0.0]]) if points[0] == [1, 2] else tf.ones((1, 4))
    if points[1] == [2, 4]:
        weights = tf.ones((1, 4))
    whole = tf.constant([[[1, 2], [5, 9], [3, 3], [8, 0]]], tf.float32)
    for pair in ((degenerate, whole), (whole, degenerate)):
        with tf.GradientTape() as tape:
            tape.watch(pair)
            transform = estimate(*pair, weights)
        np.testing.assert_array_equal(transform, OUTSIDE[None])
        for gradient in tape.gradient(transform, pair):
            np.testing.assert_array_equal(gradient, np.zeros((1, 4, 2)))


def test_total_gives_up_where_the_residual_leaves_nothing():
    # Source and target are unrelated: the singular vector's last entry, by which the
    # original divides, is zero.
    target = np.array([[[-1, 0], [1, 0], [0, -1], [0, 1]]], np.float32) * 10
    source = np.array([[[1, 0], [1, 0], [-1, 0], [-1, 0]]], np.float32) * 10
    transform = total_least_squares(target, source, np.ones((1, 4), np.float32))
    np.testing.assert_array_equal(transform, OUTSIDE[None])
