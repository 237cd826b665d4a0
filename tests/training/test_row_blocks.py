"""Row blocks change the order in which a gradient is summed, not its value."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.layers import doubling_convolution, halving_convolution
from deformable_gan.layers.doubling_convolution import DoublingConvolution
from deformable_gan.layers.halving_convolution import HalvingConvolution
from deformable_gan.training import row_blocks


@pytest.fixture(autouse=True)
def convolutions_throughout(monkeypatch):
    monkeypatch.setattr(halving_convolution, "_SMALL", 0)
    monkeypatch.setattr(doubling_convolution, "_SMALL", 0)


def _gradients(layer, image, **size):
    with tf.GradientTape() as tape:
        tape.watch(image)
        outputs = layer(image, **size)
        loss = tf.reduce_sum(outputs * tf.sin(outputs))
    return outputs, *tape.gradient(loss, [image, layer.kernel.value])


@pytest.mark.parametrize("copied", [1, 1 << 25], ids=["one block at a time", "all at once"])
@pytest.mark.parametrize("kind", ["halving", "doubling"])
def test_blocks_give_the_gradients_of_the_whole(kind, copied, monkeypatch):
    monkeypatch.setattr(row_blocks, "_LARGE", 1)
    monkeypatch.setattr(row_blocks, "_BLOCK", 15)
    monkeypatch.setattr(row_blocks, "_COPIED", copied)
    random = np.random.default_rng(0)
    if kind == "halving":
        image = tf.constant(random.normal(size=(2, 12, 10, 3)), tf.float32)
        layer, size = HalvingConvolution(4), {}
    else:
        image = tf.constant(random.normal(size=(2, 6, 5, 3)), tf.float32)
        layer, size = DoublingConvolution(4), {"size": (12, 10)}
    plain = _gradients(layer, image, **size)
    row_blocks.use_row_blocks(keras.Sequential([layer]) if kind == "halving" else _Holder(layer))
    assert layer.convolution in (row_blocks.convolve, row_blocks.convolve_transposed)
    for blocked, whole in zip(_gradients(layer, image, **size), plain, strict=True):
        np.testing.assert_allclose(blocked, whole, rtol=1e-4, atol=1e-4)


def test_blocks_divide_the_rows():
    assert row_blocks._rows(16, 16) == 16
    assert row_blocks._rows(128, 128) == 4
    assert row_blocks._rows(64, 36) == 8


class _Holder(keras.Model):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer
