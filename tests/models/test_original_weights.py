import h5py
import numpy as np
import pytest

from deformable_gan.errors import RunError
from deformable_gan.models.generator import Generator
from deformable_gan.models.original_weights import OriginalWeights

_LAYERS = {
    # Written in the order of their names, as HDF5 lists them: 10 before 9.
    "conv2d_10": {"kernel:0": np.full((3, 3, 2, 4), 10.0), "bias:0": np.zeros(4)},
    "conv2d_9": {"kernel:0": np.full((4, 4, 4, 2), 9.0)},
    "conv2d_transpose_2": {"kernel:0": np.full((4, 4, 2, 4), 2.0)},
    "instance_normalization_7": {"gamma:0": np.ones(1), "beta:0": np.zeros(1)},
    "dense_1": {"kernel:0": np.zeros((5, 1)), "bias:0": np.zeros(1)},
    "leaky_re_lu_1": {},
}


def _write(path, layers, root="model_weights"):
    with h5py.File(path, "w") as file:
        for layer, arrays in layers.items():
            group = file.create_group(f"{root}/{layer}/{layer}")
            for name, array in arrays.items():
                group[name] = array
    return path


@pytest.mark.parametrize("root", ["model_weights", "/"])
def test_sorts_layers_by_kind_and_creation(tmp_path, root):
    weights = OriginalWeights.read(_write(tmp_path / "checkpoint.h5", _LAYERS, root))
    assert weights.is_generator
    assert [layer[0].flat[0] for layer in weights.convolutions] == [9, 10]
    assert [len(layer) for layer in weights.convolutions] == [1, 2]
    assert weights.transposed_convolutions[0][0].shape == (4, 4, 2, 4)
    assert [array.tolist() for array in weights.normalizations[0]] == [[1.0], [0.0]]
    assert [array.shape for array in weights.dense[0]] == [(5, 1), (1,)]


def test_tells_networks_apart(reference_folder):
    assert OriginalWeights.read(reference_folder / "market_mask_generator.h5").is_generator
    assert not OriginalWeights.read(reference_folder / "market_mask_discriminator.h5").is_generator


def _width(weights):
    return weights.convolutions[0][0].shape[-1]


def _generator(weights, widest=None):
    """A generator as wide as a checkpoint; `widest` sets the deepest encoder block's filters."""
    encoder = [_width(weights) * factor for factor in (1, 2, 4, 8, 8, 8)]
    return Generator(
        (128, 64),
        "openpose18",
        (*encoder[:5], widest or encoder[5]),
        (*encoder[:2:-1], *encoder[2:0:-1]),
    )


def test_assigns_in_order_of_creation(reference_folder):
    weights = OriginalWeights.read(reference_folder / "market_mask_generator.h5")
    generator = _generator(weights)
    generator.build()
    weights.assign_to(generator)
    # Appearance encoder, pose encoder, decoder.
    for layer, index in (
        (generator.appearance_encoder.enter, 0),
        (generator.appearance_encoder.blocks[4].convolve, 5),
        (generator.pose_encoder.enter, 6),
        (generator.decoder.leave, 12),
    ):
        np.testing.assert_array_equal(layer.kernel, weights.convolutions[index][0])
    for index, block in enumerate(generator.decoder.blocks):
        np.testing.assert_array_equal(
            block.convolve.kernel, weights.transposed_convolutions[index][0]
        )


def test_absent_file(tmp_path):
    with pytest.raises(RunError, match=r"checkpoint .*nothing\.h5 is not a file"):
        OriginalWeights.read(tmp_path / "nothing.h5")


@pytest.mark.parametrize("content", [b"", b"not an HDF5 file"])
def test_other_files(tmp_path, content):
    path = tmp_path / "checkpoint.h5"
    path.write_bytes(content)
    with pytest.raises(RunError, match=r"checkpoint\.h5 is not a Keras 2 \.h5 checkpoint"):
        OriginalWeights.read(path)


def test_truncated_file(tmp_path, reference_folder):
    path = tmp_path / "checkpoint.h5"
    whole = (reference_folder / "market_none_generator.h5").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RunError, match=r"checkpoint\.h5 is not a Keras 2 \.h5 checkpoint"):
        OriginalWeights.read(path)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ({}, "not a Keras 2|holds no convolutions"),
        ({"dense_1": _LAYERS["dense_1"]}, "holds no convolutions"),
        ({"conv2d_1": {"weights:0": np.zeros(3)}}, "not a Keras 2 .h5 checkpoint"),
        ({"batch_normalization_1": {"gamma:0": np.zeros(3)}}, "not a Keras 2 .h5 checkpoint"),
    ],
)
def test_other_hdf5_files(tmp_path, layers, message):
    with pytest.raises(RunError, match=message):
        OriginalWeights.read(_write(tmp_path / "checkpoint.h5", layers))


def test_names_the_first_layer_that_does_not_fit(reference_folder):
    weights = OriginalWeights.read(reference_folder / "market_mask_generator.h5")
    wider = _generator(weights, widest=48)
    wider.build()
    message = rf"does not fit .*appearance_encoder/block_5.*{_width(weights) * 8}\).*48\)"
    with pytest.raises(RunError, match=message):
        weights.assign_to(wider)
    shallow = Generator((128, 64), "openpose18", (4, 8, 16), (16, 8))
    shallow.build()
    with pytest.raises(RunError, match="has 13 convolution layers where the generator has 7"):
        weights.assign_to(shallow)
