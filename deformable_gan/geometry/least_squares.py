"""Affine transforms from points: total and ordinary least squares in closed form.

Convention: as in `affine`. A transform maps a target pixel (x, y) to a source pixel; points, like
joints, are (y, x); pixel centres lie at integers.
"""

from keras import ops

from deformable_gan.geometry.affine import apply_linear, outside_unless

# Points count as collinear if their extent across their main axis is less than this fraction of
# their whole extent. (A torso seen in exact profile on a whole-pixel grid is ten times thicker.)
_THINNEST = 1e-3

# The total least squares estimate diverges as the residual approaches the points' extent across
# their main axis. At least this fraction of that extent (squared) must remain, otherwise the points
# do not determine a transform. People in random poses keep 0.25 and more.
_LEAST_REMAINDER = 0.05

# Point sets with a smaller root mean square extent, in pixels, count as a single point.
_SMALLEST_EXTENT = 1e-2

# Steps to the smallest root of the secular equation. The largest relative error over all point sets
# is 0.3 after two steps, 0.02 after three, 1e-4 after four and 2e-9 after five.
_ROOT_STEPS = 5


def total_least_squares(target_points, source_points, weights, dtype="float32"):
    r"""Estimate affine transforms by total least squares, as scikit-image 0.13 did.

    Both point sets are centred and scaled to the same mean squared norm; call them p_i (target)
    and q_i (source). The estimate is the right singular vector with the smallest singular value
    of the matrix with the rows [x y 1 0 0 0 | -x'] and [0 0 0 x y 1 | -y']. Centring makes
    the columns of ones orthogonal to all others, which leaves the 5 x 5 matrix

        [ C    0   -c1 ]
        [ 0    C   -c2 ]        C = Σ p pᵀ,  c1 = Σ p x',  c2 = Σ p y',  s = Σ x'² + y'².
        [-c1ᵀ -c2ᵀ  s  ]

    Its eigenvector (a1, a2, 1) for the smallest eigenvalue λ obeys (C - λ I) a_k = c_k: ordinary
    least squares with λ subtracted from the diagonal. Inserting this in the last row gives the
    secular equation s - λ = Σ_k c_kᵀ (C - λ I)⁻¹ c_k, of which λ is the smallest root. Nothing
    here needs an iterative decomposition: see `_smallest_root`.

    Args:
        target_points: float32 [..., N, 2] of (y, x) in pixels.
        source_points: float32 [..., N, 2] of (y, x), the corresponding points.
        weights: float32 [..., N], not negative; 0 leaves a point out, whatever its coordinates.
        dtype: the type to compute in.

    Returns:
        float [..., 8], target -> source; `OUTSIDE` where fewer than three points remain, where
        they lie on a line, and where the estimate is not well invertible. Always finite, with
        finite gradients.
    """
    return _estimate(target_points, source_points, weights, dtype, total=True)


def ordinary_least_squares(target_points, source_points, weights, dtype="float32"):
    """Estimate affine transforms by least squares on the distances in the source.

    Arguments and result as in `total_least_squares`. The difference between the two is small at
    the points themselves (0.05-0.07 pixels on average on people) and grows far away from them.
    """
    return _estimate(target_points, source_points, weights, dtype, total=False)


def _estimate(target_points, source_points, weights, dtype, total):
    weights = ops.cast(weights, dtype)
    target, target_mean, target_extent = _normalise(target_points, weights)
    source, source_mean, source_extent = _normalise(source_points, weights)
    usable = (target_extent > 0) & (source_extent > 0)

    # The estimate itself needs no gradient: the correction below has the exact one.
    fixed_target, fixed_source = ops.stop_gradient(target), ops.stop_gradient(source)
    axes, spread, determined = _principal_axes(fixed_target)
    rotated = _product(fixed_target, axes)
    cross = _product(ops.swapaxes(rotated, -1, -2), fixed_source)
    usable = usable & determined
    if total:
        root, determined = _smallest_root(spread, cross, rotated, fixed_source)
        usable = usable & determined
        spread = ops.where(usable[..., None], spread - root[..., None], 1.0)
    else:
        spread = ops.where(usable[..., None], spread, 1.0)
    inverse = _product(axes / spread[..., None, :], ops.swapaxes(axes, -1, -2))
    rough = _product(axes, cross / spread[..., None])
    rough = ops.where(usable[..., None, None], rough, 0.0)

    # One Newton step on (C - λ I) A = Σ p qᵀ. At the exact solution both sides are equal, so the
    # step only corrects rounding errors. Its derivative is that of the exact solution (implicit
    # function theorem), without the poles that eigenvectors have where eigenvalues meet.
    residual = source - _product(target, rough)
    correction = _product(ops.swapaxes(target, -1, -2), residual)
    if total:
        # λ as a Rayleigh quotient, exact to second order in the error of `rough`.
        sum_of_squares = ops.sum(residual * residual, axis=(-2, -1), keepdims=True)
        norm = 1.0 + ops.sum(rough * rough, axis=(-2, -1), keepdims=True)
        correction = correction + sum_of_squares / norm * rough
    linear = ops.swapaxes(rough + _product(inverse, correction), -1, -2)

    stretch = ops.where(usable, source_extent, 1.0) / ops.where(usable, target_extent, 1.0)
    linear = linear * stretch[..., None, None]
    return outside_unless(usable, linear, source_mean - apply_linear(linear, target_mean))


def _normalise(points, weights):
    """Centre points and scale them to unit extent.

    The results are the points (each times the root of its weight) [..., N, 2], their mean [..., 2]
    and their extent [...], the root of their weighted sum of squares; 0 where it is too small.
    """
    inside = weights[..., None] > 0
    points = ops.where(inside, ops.cast(points, weights.dtype), 0.0)
    weight = ops.where(inside, weights[..., None], 0.0)
    total = ops.maximum(ops.sum(weight, axis=-2, keepdims=True), 1e-6)
    mean = ops.sum(points * weight, axis=-2, keepdims=True) / total
    centred = (points - mean) * ops.sqrt(ops.where(inside, weight, 1.0))
    centred = ops.where(inside, centred, 0.0)
    square = ops.sum(centred * centred, axis=(-2, -1))
    large = square > _SMALLEST_EXTENT**2 * total[..., 0, 0]
    extent = ops.sqrt(ops.where(large, square, 1.0))
    return centred / extent[..., None, None], mean[..., 0, :], ops.where(large, extent, 0.0)


def _principal_axes(points):
    """Return the rotation that makes the coordinates of points [..., N, 2] uncorrelated.

    Working on the points, not on their covariance, keeps the smaller extent accurate when the
    points lie almost on a line (one-sided Jacobi rotation).

    The results are the axes [..., 2, 2] as columns, the sums of squares along them [..., 2] and
    whether the points span the plane [...].
    """
    y, x = points[..., 0], points[..., 1]
    cross = ops.sum(y * x, axis=-1)
    cosine, sine = _half_angle(ops.sum(y * y, axis=-1) - ops.sum(x * x, axis=-1), 2 * cross)
    axes = ops.stack(
        [ops.stack([cosine, -sine], axis=-1), ops.stack([sine, cosine], axis=-1)], axis=-2
    )
    rotated = _product(points, axes)
    spread = ops.sum(rotated * rotated, axis=-2)
    spans = ops.min(spread, axis=-1) > _THINNEST**2
    return axes, ops.where(spans[..., None], spread, 1.0), spans


def _half_angle(x, y):
    """Return cosine and sine of arctan2(y, x) / 2, computed with square roots only.

    ONNX Runtime has no float64 arc tangent.
    """
    square = x * x + y * y
    # If no direction is distinguished, any axes will do. Smaller squares vanish in float32.
    directed = square > 1e-30
    radius = ops.sqrt(ops.where(directed, square, 1.0))
    # First the larger of the two, which involves no subtraction; the other follows from it.
    larger = ops.sqrt(0.5 + ops.abs(x) / (2 * radius))
    smaller = ops.abs(y) / (2 * radius * larger)
    cosine = ops.where(x >= 0, larger, smaller)
    sine = ops.where(x >= 0, smaller, larger)
    sine = ops.where(y < 0, -sine, sine)
    return ops.where(directed, cosine, 1.0), ops.where(directed, sine, 0.0)


def _smallest_root(spread, cross, target, source):
    """Solve the secular equation of `total_least_squares` for its smallest root.

    In principal axes, let l_j be the `spread` along axis j, b_j² = Σ_k c_kj² / l_j the part of the
    source that axis j explains, and r the sum of squares of the ordinary residuals. Then it reads

        r = λ (1 + b_1² / (l_1 - λ) + b_2² / (l_2 - λ)),    l_1 >= l_2 >= λ >= 0.

    With both poles moved to l_2 the equation is quadratic; its root is the starting value. Each
    step then replaces the term of l_1 by its tangent and solves the resulting quadratic equation
    exactly. The pole next to the root is kept, so convergence is quadratic however close to that
    pole the root lies.

    The results are λ [...] and whether it lies clearly below l_2 [...].
    """
    # Not ops.max along the axis: ONNX Runtime does not implement it in float64.
    large = ops.maximum(spread[..., 0], spread[..., 1])
    small = ops.minimum(spread[..., 0], spread[..., 1])
    explained = ops.sum(cross * cross, axis=-1) / spread
    first_is_large = spread[..., 0] >= spread[..., 1]
    by_large = ops.where(first_is_large, explained[..., 0], explained[..., 1])
    by_small = ops.where(first_is_large, explained[..., 1], explained[..., 0])
    residual = source - _product(target, cross / spread[..., None])
    remains = ops.sum(residual * residual, axis=(-2, -1))

    root = _root_below_pole(small, by_small + by_large, 1.0, remains)
    for _ in range(_ROOT_STEPS):
        distance = ops.maximum(large - root, _THINNEST**2 * large)
        tangent = by_large / (distance * distance)
        root = _root_below_pole(
            small, by_small, 1.0 + tangent * large, remains + tangent * root * root
        )
    return root, small - root > _LEAST_REMAINDER * small


def _root_below_pole(pole, weight, slope, constant):
    """Solve constant = λ (slope + weight / (pole - λ)) for its root in [0, pole].

    For positive arguments, this form involves no cancellation.
    """
    difference = slope * pole - constant
    discriminant = difference * difference + weight * (weight + 2 * (slope * pole + constant))
    return 2 * constant * pole / (slope * pole + weight + constant + ops.sqrt(discriminant))


def _product(first, second):
    """Multiply small matrices [..., n, k] and [..., k, m].

    `matmul` rounds its factors to 10 or 8 bits on some accelerators (TensorFloat-32, bfloat16).
    """
    return ops.sum(first[..., :, :, None] * second[..., None, :, :], axis=-2)
