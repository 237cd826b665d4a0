import numpy as np
import pytest

from deformable_gan.geometry.affine import IDENTITY, OUTSIDE, scale_transforms


def _map(transform, x, y):
    a0, a1, a2, b0, b1, b2 = np.asarray(transform, np.float64)[:6]
    return a0 * x + a1 * y + a2, b0 * x + b1 * y + b2


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("width", [72, 36, 18, 9])
def test_scaled_transform_equals_going_through_the_image(width, centred):
    # A 128 x 72 image has the same stride on both axes, a 63 x 144 image has different ones.
    for height, image in ((128 * width // 72, (128, 72)), (31, (63, 144))):
        stride = (image[0] / height, image[1] / width)
        offset = tuple((s - 1) / 2 for s in stride) if centred else (0.0, 0.0)
        transform = np.array([0.9, 0.3, 12.5, -0.2, 1.1, -7.25, 0, 0], np.float32)
        scaled = np.asarray(scale_transforms(transform, stride, offset))
        assert not scaled[6:].any()
        for j, i in ((0, 0), (width - 1, height - 1), (4, 2)):
            x, y = _map(transform, stride[1] * j + offset[1], stride[0] * i + offset[0])
            expected = (x - offset[1]) / stride[1], (y - offset[0]) / stride[0]
            np.testing.assert_allclose(_map(scaled, j, i), expected, atol=1e-4)


def test_scaling_as_the_original_divides_translations():
    transform = np.array([[[0.9, 0.3, 12.0, -0.2, 1.1, -8.0, 0, 0]]], np.float32)
    expected = transform / np.array([1, 1, 4, 1, 1, 4, 1, 1], np.float32)
    np.testing.assert_array_equal(scale_transforms(transform, (4.0, 4.0)), expected)


def test_identity_stays_and_outside_stays_outside():
    for stride in (1.0, 3.0, 16.0):
        offset = ((stride - 1) / 2,) * 2
        np.testing.assert_allclose(
            scale_transforms(IDENTITY, (stride, stride), offset), IDENTITY, atol=1e-6
        )
        scaled = scale_transforms(OUTSIDE, (stride, stride), offset)
        side = 4096 / stride
        for corner in ((0, 0), (0, side), (side, 0), (side, side)):
            assert min(_map(scaled, *corner)) > side
