import numpy as np
import pytest

from deformable_gan.errors import RunError
from deformable_gan.exporting import keras_network as module
from deformable_gan.exporting.export_model import export_model
from deformable_gan.models.from_config import build_generator
from deformable_gan.models.generator import Generator
from deformable_gan.pose.skeleton import COCO17


def test_a_network_that_wants_more_than_poses(tiny_config, tmp_path):
    """The format `keras` accepts a generator that needs a background and a mask."""
    config = tiny_config.replace(generator__background=True, generator__mask=True)
    generator = build_generator(config)
    drifts = export_model(generator, COCO17, tmp_path / "model", ["keras"])
    assert drifts["keras"].largest <= 1e-5
    loaded = Generator.from_preset(tmp_path / "model")
    assert loaded.input_shapes() == generator.input_shapes()
    for weight, own in zip(loaded.weights, generator.weights, strict=True):
        np.testing.assert_array_equal(weight, own)


def test_beside_a_saved_model(tiny_config, tmp_path):
    """The formats `savedmodel` and `keras` share a folder."""
    generator = build_generator(tiny_config.replace(generator__skip="none"))
    drifts = export_model(generator, COCO17, tmp_path / "model", ["savedmodel", "keras"])
    assert set(drifts) == {"savedmodel", "keras"}
    names = {path.name for path in (tmp_path / "model").iterdir()}
    assert {"saved_model.pb", "variables", "config.json", "model.weights.h5"} <= names
    Generator.from_preset(tmp_path / "model")


@pytest.mark.parametrize("difference", [1e-3, np.nan])
def test_another_network_gets_no_name(tiny_config, tmp_path, monkeypatch, difference):
    def read_otherwise(folder):
        generator = read(folder)
        first = generator.weights[0]
        first.assign(first + difference)
        return generator

    read = module.read_generator
    monkeypatch.setattr(module, "read_generator", read_otherwise)
    generator = build_generator(tiny_config.replace(generator__skip="none"))
    with pytest.raises(RunError, match=r"kernel has other values after loading than before"):
        export_model(generator, COCO17, tmp_path / "model", ["keras"])
    assert list(tmp_path.iterdir()) == []
