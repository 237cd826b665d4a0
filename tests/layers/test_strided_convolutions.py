"""Convolutions between levels, for both ways of computing them."""

import keras
import numpy as np
import pytest

from deformable_gan.layers import doubling_convolution, halving_convolution
from deformable_gan.layers.doubling_convolution import DoublingConvolution
from deformable_gan.layers.halving_convolution import HalvingConvolution

SIZES = [(2, 2), (4, 2), (8, 4), (7, 5), (9, 4), (16, 8), (20, 18), (13, 21)]


@pytest.fixture(autouse=True, params=["small", "large"])
def way(request, monkeypatch):
    """Force every size through the product of matrices, or through convolution routines."""
    limit = 10**6 if request.param == "small" else 0
    monkeypatch.setattr(halving_convolution, "_SMALL", limit)
    monkeypatch.setattr(doubling_convolution, "_SMALL", limit)


def _slow_halving(image, kernel):
    """The definition: out[i, j] = sum of in[2i - 1 + a, 2j - 1 + b] · kernel[a, b]."""
    height, width, _ = image.shape
    out = np.zeros((height // 2, width // 2, kernel.shape[3]))
    for i, j in np.ndindex(*out.shape[:2]):
        for a, b in np.ndindex(4, 4):
            y, x = 2 * i - 1 + a, 2 * j - 1 + b
            if 0 <= y < height and 0 <= x < width:
                out[i, j] += image[y, x] @ kernel[a, b]
    return out


def _slow_doubling(image, kernel, size):
    """The definition: in[i, j] · kernel[a, b] is added to out[2i - 1 + a, 2j - 1 + b]."""
    out = np.zeros((*size, kernel.shape[2]))
    for i, j in np.ndindex(*image.shape[:2]):
        for a, b in np.ndindex(4, 4):
            y, x = 2 * i - 1 + a, 2 * j - 1 + b
            if 0 <= y < size[0] and 0 <= x < size[1]:
                out[y, x] += kernel[a, b] @ image[i, j]
    return out


@pytest.mark.parametrize("size", SIZES)
def test_halving_is_its_definition(size):
    image = np.random.default_rng(0).normal(size=(2, *size, 3))
    layer = HalvingConvolution(5)
    outputs = np.asarray(layer(image))
    assert outputs.shape == layer.compute_output_shape(image.shape)
    kernel = np.asarray(layer.kernel, "float64")
    np.testing.assert_allclose(outputs[1], _slow_halving(image[1], kernel), atol=1e-5)


@pytest.mark.parametrize("odd", [(0, 0), (1, 0), (1, 1)])
@pytest.mark.parametrize("size", SIZES)
def test_doubling_is_its_definition(size, odd):
    image = np.random.default_rng(0).normal(size=(2, *size, 3))
    wanted = tuple(2 * n + more for n, more in zip(size, odd, strict=True))
    layer = DoublingConvolution(5)
    layer.build(image.shape)
    outputs = np.asarray(layer(image, size=wanted))
    assert outputs.shape == (2, *wanted, 5)
    kernel = np.asarray(layer.kernel, "float64")
    np.testing.assert_allclose(outputs[1], _slow_doubling(image[1], kernel, wanted), atol=1e-5)


@pytest.mark.parametrize("layer", [HalvingConvolution(5), DoublingConvolution(5)])
def test_configuration_round_trip(layer):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(again) is type(layer)
    assert again.filters == 5
