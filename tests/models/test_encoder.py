import numpy as np

from deformable_gan.layers.instance_normalization import InstanceNormalization
from deformable_gan.models.encoder import Encoder


def test_halves_and_keeps_every_level():
    inputs = np.random.default_rng(0).normal(size=(2, 37, 18, 5)).astype(np.float32)
    encoder = Encoder((4, 6, 8, 10))
    levels = encoder(inputs)
    shapes = [(2, 37, 18, 4), (2, 18, 9, 6), (2, 9, 4, 8), (2, 4, 2, 10)]
    assert [tuple(level.shape) for level in levels] == shapes
    assert encoder.compute_output_shape((2, 37, 18, 5)) == shapes


def test_normalises_all_blocks_but_the_deepest():
    encoder = Encoder((4, 6, 8, 10), "channel")
    norms = [block.normalize for block in encoder.blocks]
    assert [type(norm) for norm in norms] == [
        InstanceNormalization,
        InstanceNormalization,
        type(None),
    ]
    assert all(norm.statistics == "channel" for norm in norms[:-1])
    # Only the first convolution has a bias; no normalisation removes it.
    encoder.build((None, 32, 32, 3))
    convolutions = [encoder.enter, *(block.convolve for block in encoder.blocks)]
    assert [len(layer.weights) for layer in convolutions] == [2, 1, 1, 1]


def test_each_level_follows_from_the_one_before():
    inputs = np.random.default_rng(0).normal(size=(1, 16, 16, 3)).astype(np.float32)
    encoder = Encoder((4, 6, 8))
    levels = encoder(inputs)
    np.testing.assert_array_equal(levels[0], encoder.enter(inputs))
    for block, before, after in zip(encoder.blocks, levels[:-1], levels[1:], strict=True):
        np.testing.assert_array_equal(after, block(before))
