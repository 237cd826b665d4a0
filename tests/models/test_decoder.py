import keras
import numpy as np
import pytest

from deformable_gan.models.decoder import Decoder

SIZES = [(37, 18), (18, 9), (9, 4), (4, 2), (2, 1)]


@pytest.fixture
def skips():
    rng = np.random.default_rng(0)
    return [
        rng.normal(size=(2, *size, 3 + level)).astype(np.float32)
        for level, size in enumerate(SIZES)
    ]


def test_meets_every_skip_at_its_size(skips):
    image = Decoder((8, 7, 6, 5))(skips)
    assert image.shape == (2, 37, 18, 3)
    assert np.abs(image).max() <= 1


def test_follows_the_paper_step_by_step(skips):
    decoder = Decoder((8, 7, 6, 5), dropout=0.0)
    image = decoder(skips)
    features = skips[4]
    for level, block in zip((3, 2, 1, 0), decoder.blocks, strict=True):
        features = block(features, size=SIZES[level])
        features = np.concatenate([features, skips[level]], axis=-1)
    expected = np.tanh(decoder.leave(np.maximum(features, 0)))
    np.testing.assert_allclose(image, expected, atol=1e-6)


def test_the_first_three_blocks_drop_in_training():
    decoder = Decoder((8, 7, 6, 5, 4), dropout=0.25, seed=11)
    dropouts = [block.drop for block in decoder.blocks]
    assert [drop and drop.rate for drop in dropouts] == [0.25, 0.25, 0.25, None, None]
    # Equal seeds would drop the same positions in every block.
    assert len({drop.seed for drop in dropouts[:3]}) == 3


def test_only_training_is_random(skips):
    decoder = Decoder((8, 7, 6, 5), dropout=0.5)
    np.testing.assert_array_equal(decoder(skips), decoder(skips, training=False))
    first, second = (np.asarray(decoder(skips, training=True)) for _ in range(2))
    assert np.any(first != second)


def test_the_seed_decides(skips):
    def generated(seed):
        keras.utils.set_random_seed(0)
        return np.asarray(Decoder((8, 7, 6, 5), dropout=0.5, seed=seed)(skips, training=True))

    np.testing.assert_array_equal(generated(1), generated(1))
    assert np.any(generated(1) != generated(2))
