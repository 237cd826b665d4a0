"""The median of images with holes, compared with NumPy's."""

import numpy as np
import pytest

from deformable_gan.backgrounds.masked_median import masked_median


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 7, 8, 13, 40])
def test_it_is_numpys_median_of_what_counts(number):
    rng = np.random.default_rng(number)
    # Wide enough that several stripes are sorted one after the other.
    images = rng.integers(0, 256, (number, 70, 500, 3)).astype(np.uint8)
    images[:, :10] //= 128  # many equal values
    holes = rng.random((number, 70, 500)) < 0.4
    holes[:, 30, 40:50] = True
    median, count = masked_median(list(images), list(holes))
    np.testing.assert_array_equal(count, number - holes.sum(axis=0))
    values = np.where(holes[..., None], np.nan, images)
    seen = count > 0
    expected = np.floor(np.nanmedian(values[:, seen], axis=0))
    np.testing.assert_array_equal(median[seen], expected)
    assert not median[~seen].any()


def test_white_pixels_count_as_others_do():
    images = [np.full((2, 2, 3), value, np.uint8) for value in (255, 255, 0)]
    holes = [np.zeros((2, 2), bool) for _ in images]
    assert (masked_median(images, holes)[0] == 255).all()
