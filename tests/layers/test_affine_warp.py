import numpy as np
import pytest

from deformable_gan.errors import ConfigurationError
from deformable_gan.geometry.warp import warp
from deformable_gan.layers.affine_warp import AffineWarp


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_is_the_warp_of_the_geometry(interpolation):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(2, 6, 5, 3)).astype(np.float32)
    transforms = rng.normal(size=(2, 4, 8)).astype(np.float32)
    np.testing.assert_array_equal(
        AffineWarp(interpolation)(features, transforms), warp(features, transforms, interpolation)
    )


def test_moves_a_picture_by_hand():
    picture = np.arange(6, dtype=np.float32).reshape(1, 2, 3, 1)
    # The first region reads one pixel to the right, the second half a pixel up.
    transforms = np.array([[[1, 0, 1, 0, 1, 0, 0, 0], [1, 0, 0, 0, 1, -0.5, 0, 0]]], np.float32)
    right, up = np.asarray(AffineWarp()(picture, transforms))[0, ..., 0]
    np.testing.assert_array_equal(right, [[1, 2, 0], [4, 5, 0]])
    np.testing.assert_array_equal(up, [[0, 0.5, 1], [1.5, 2.5, 3.5]])


def test_refuses_unknown_interpolation():
    with pytest.raises(ConfigurationError, match=r"'bilinear', 'nearest'.*received 'cubic'"):
        AffineWarp("cubic")
