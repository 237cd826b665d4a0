"""Downsampling is compared with SciPy, and upsampling is the transpose of downsampling."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import signal

from deformable_gan.layers.doubling_convolution import DoublingConvolution
from deformable_gan.layers.downsampling_block import DownsamplingBlock
from deformable_gan.layers.upsampling_block import UpsamplingBlock

SIZES = [(8, 8), (9, 8), (8, 9), (7, 5), (2, 3)]


def _inputs(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("size", SIZES)
def test_down_equals_scipy(size):
    inputs = _inputs(1, *size, 2)
    block = DownsamplingBlock(3, normalization=None)
    result = np.asarray(block(inputs))
    height, width = size
    assert result.shape == (1, height // 2, width // 2, 3)
    assert block.compute_output_shape((None, *size, 2)) == (None, height // 2, width // 2, 3)
    activated = np.where(inputs > 0, inputs, 0.2 * inputs)[0]
    padded = np.pad(activated, ((1, 1), (1, 1), (0, 0)))
    kernel = np.asarray(block.convolve.kernel)
    assert kernel.shape == (4, 4, 2, 3)
    for out in range(3):
        expected = sum(
            signal.correlate(padded[..., channel], kernel[..., channel, out], mode="valid")
            for channel in range(2)
        )[::2, ::2]
        np.testing.assert_allclose(result[0, ..., out], expected, atol=1e-5)


@pytest.mark.parametrize("size", SIZES)
def test_up_is_the_transpose_of_down(size):
    # <down(x), y> = <x, up(y)>, for positive numbers, which the activations leave alone.
    rng = np.random.default_rng(0)
    fine = rng.uniform(size=(1, *size, 2)).astype(np.float32)
    coarse = rng.uniform(size=(1, size[0] // 2, size[1] // 2, 3)).astype(np.float32)
    down, up = DownsamplingBlock(3, normalization=None), UpsamplingBlock(2, normalization=None)
    down.build(fine.shape)
    up.build(coarse.shape)
    up.convolve.kernel.assign(down.convolve.kernel)
    enlarged = up(coarse, size=size)
    assert enlarged.shape == fine.shape
    forward, backward = np.asarray(down(fine)) * coarse, fine * np.asarray(enlarged)
    # Kernels have both signs: the terms of a sum may nearly cancel, but their rounding does not.
    rounding = 1e-6 * np.abs(forward).sum()
    np.testing.assert_allclose(forward.sum(), backward.sum(), rtol=1e-5, atol=rounding)


def test_up_clips_negatives_first():
    inputs = _inputs(2, 3, 4, 5)
    block = UpsamplingBlock(2, normalization=None)
    np.testing.assert_array_equal(
        block(inputs, size=(6, 9)), block(np.maximum(inputs, 0), size=(6, 9))
    )
    assert not np.any(block(-np.abs(inputs), size=(6, 9)))


@pytest.mark.parametrize("statistics", ["sample", "channel"])
def test_outputs_are_normalised(statistics):
    axes = (1, 2, 3) if statistics == "sample" else (1, 2)
    for result in (
        DownsamplingBlock(6, statistics)(_inputs(2, 16, 12, 4)),
        UpsamplingBlock(6, statistics)(_inputs(2, 8, 6, 4), size=(16, 13)),
    ):
        np.testing.assert_allclose(np.mean(result, axis=axes), 0, atol=1e-5)
        np.testing.assert_allclose(np.std(result, axis=axes), 1, atol=1e-2)


def test_dropout_follows_normalisation_and_training_only():
    inputs = _inputs(1, 8, 8, 4)
    plain = UpsamplingBlock(6, dropout=0.5, seed=3)
    expected = np.asarray(plain(inputs, size=(16, 16)))
    dropped = np.asarray(plain(inputs, size=(16, 16), training=True))
    gone = dropped == 0
    assert 0.4 < gone.mean() < 0.6
    np.testing.assert_allclose(dropped[~gone], 2 * expected[~gone], rtol=1e-5)
    np.testing.assert_array_equal(plain(inputs, size=(16, 16), training=False), expected)


def test_dropout_s_seed_decides():
    inputs = tf.constant(_inputs(1, 4, 4, 2))

    def dropped(seed):
        block = UpsamplingBlock(2, None, dropout=0.5, seed=seed)
        block.build(inputs.shape)
        block.convolve.kernel.assign(np.ones((4, 4, 2, 2)))
        return np.asarray(block(inputs, size=(8, 8), training=True)) == 0

    np.testing.assert_array_equal(dropped(1), dropped(1))
    assert np.any(dropped(1) != dropped(2))


@pytest.mark.parametrize("size", [(3, 4), (20, 15)])
def test_tied_kernels_start_without_a_checkerboard(size):
    """Away from the border, tied kernels keep a constant map constant; untied kernels do not."""
    spread = {}
    for tied in (False, True):
        layer = DoublingConvolution(4, tied)
        outputs = np.asarray(
            layer(np.ones((1, *size, 3), np.float32), size=(2 * size[0], 2 * size[1]))
        )
        spread[tied] = np.ptp(outputs[:, 2:-2, 2:-2], axis=(1, 2)).max()
    assert spread[True] < 1e-5
    assert spread[False] > 0.05
