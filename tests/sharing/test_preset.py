"""Exporting a run as a preset, and loading the preset."""

import json
import shutil

import h5py
import keras
import numpy as np
import pytest

from deformable_gan import Generator, Reposer
from deformable_gan.errors import RunError
from deformable_gan.trained_model import TrainedModel


@pytest.fixture
def copied(tiny_preset, tmp_path):
    return shutil.copytree(tiny_preset[0], tmp_path / "copied")


def change(folder, name, data):
    """Change a file, and its checksum in the description."""
    import hashlib

    (folder / name).write_bytes(data)
    file = folder / "deformable_gan.json"
    description = json.loads(file.read_text())
    description["sha256"][name] = hashlib.sha256(data).hexdigest()
    file.write_text(json.dumps(description))


def test_pictures_are_equal_to_the_bit(tiny_preset, tiny_run, inputs, expected):
    loaded = TrainedModel.from_preset(tiny_preset[0])
    run = TrainedModel.load(tiny_run.path)
    np.testing.assert_array_equal(loaded.generate(*inputs), expected)
    assert loaded.digest == run.digest
    assert (loaded.image_size, loaded.skeleton, loaded.wants) == (
        run.image_size,
        run.skeleton,
        run.wants,
    )
    assert loaded.details == {"export": str(tiny_preset[0]), "preset": "tiny", "step": 2}


def test_the_network_itself(tiny_preset, tiny_generator):
    generator = Generator.from_preset(str(tiny_preset[0]))
    assert generator.get_config() == tiny_generator.get_config()
    for weight, own in zip(generator.weights, tiny_generator.weights, strict=True):
        np.testing.assert_array_equal(weight, own)


def test_a_reposer_can_look_inside(tiny_preset, dancers):
    reposer = Reposer.from_preset(tiny_preset[0])
    assert reposer.generator is not None  # which `repose --strip` needs
    image = dancers.test.image_path(0)
    assert reposer.repose(image, image).shape == (1, 64, 36, 3)


def test_keras_reads_the_folder_itself(tiny_preset, tiny_generator):
    generator = keras.saving.load_model(tiny_preset[0])
    assert isinstance(generator, Generator)
    for weight, own in zip(generator.weights, tiny_generator.weights, strict=True):
        np.testing.assert_array_equal(weight, own)


def test_an_export_without_the_network(tiny_export):
    with pytest.raises(RunError, match=r"savedmodel, expected keras: .* --format keras"):
        Generator.from_preset(tiny_export[0])


def test_a_folder_that_is_none(tmp_path):
    with pytest.raises(RunError, match="is not an exported model"):
        Generator.from_preset(tmp_path)


def test_a_flipped_bit(copied):
    weights = copied / "model.weights.h5"
    data = bytearray(weights.read_bytes())
    data[len(data) // 2] ^= 1
    weights.write_bytes(data)
    with pytest.raises(RunError, match=r"damaged: model\.weights\.h5 is not what was exported"):
        Generator.from_preset(copied)


def saved(copied):
    return json.loads((copied / "config.json").read_text())


def test_another_class_is_not_even_looked_up(copied):
    """A configuration must not choose which code is run."""
    config = {**saved(copied), "class_name": "Lambda", "registered_name": "Lambda"}
    change(copied, "config.json", json.dumps(config).encode())
    with pytest.raises(RunError, match=r"'Lambda', expected a 'deformable_gan>Generator'"):
        Generator.from_preset(copied)


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("colour", "blue", "unknown field 'colour'.*upgrade"),
        ("dropout", {"class_name": "__lambda__"}, "dropout.*upgrade"),
        ("encoder_filters", "wide", "encoder_filters.*upgrade"),
        ("image_size", None, "image_size.*upgrade"),
    ],
)
def test_arguments_that_are_none(copied, argument, value, message):
    config = saved(copied)
    config["config"][argument] = value
    change(copied, "config.json", json.dumps(config).encode())
    with pytest.raises(RunError, match=message):
        Generator.from_preset(copied)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"registered_name": 1, "config": 2}'])
def test_a_configuration_that_is_none(copied, text):
    change(copied, "config.json", text.encode())
    with pytest.raises(RunError, match="is not a generator's configuration"):
        Generator.from_preset(copied)


def test_weights_of_another_network(copied):
    config = saved(copied)
    config["config"]["encoder_filters"] = [4, 6, 10]
    change(copied, "config.json", json.dumps(config).encode())
    with pytest.raises(RunError, match=r"weights\.h5 is damaged or belongs to another generator"):
        Generator.from_preset(copied)


def test_weights_that_are_none(copied):
    change(copied, "model.weights.h5", b"no HDF5 file")
    with pytest.raises(RunError, match=r"weights\.h5 is damaged or belongs to another generator"):
        Generator.from_preset(copied)


@pytest.mark.parametrize("elsewhere", [False, True])
def test_weights_that_point_to_another_file(copied, tmp_path, elsewhere):
    """An HDF5 file can refer to parts of other files and so expose private files as weights."""
    (tmp_path / "secret").write_bytes(bytes(1000))
    weights = copied / "model.weights.h5"
    with h5py.File(weights, "r+") as file:
        group = file["decoder/leave/vars"]
        del group["1"]
        secret = [(str(tmp_path / "secret"), 0, 12)] if elsewhere else None
        group.create_dataset("1", (3,), "float32", external=secret)
    change(copied, "model.weights.h5", weights.read_bytes())
    if elsewhere:
        with pytest.raises(RunError, match=r"weights\.h5 is damaged or .* name=leave"):
            Generator.from_preset(copied)
    else:
        np.testing.assert_array_equal(Generator.from_preset(copied).decoder.leave.bias, np.zeros(3))
