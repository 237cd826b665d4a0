"""Reading and writing boxed models; simple objects stand in for the variables of networks."""

import json

import numpy as np
import pytest

from deformable_gan.boxed.boxed_model import BoxedModel
from deformable_gan.boxed.names import CARD, DESCRIPTION, WEIGHTS
from deformable_gan.boxed.write_model import write_boxed_model
from deformable_gan.config import ExperimentConfig
from deformable_gan.errors import RunError


class Variable:
    """The parts of a Keras variable that matter here."""

    def __init__(self, path, value):
        self.path, self.value = path, np.asarray(value, np.float32)

    @property
    def shape(self):
        return self.value.shape

    def assign(self, value):
        assert value.dtype == np.float32
        self.value = value

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.value, dtype)


CONFIG = ExperimentConfig("tiny", (16, 8), "coco17")


def networks():
    # 0.1 is not a finite sum of powers of two: float16 stores 1638 / 16384 for it.
    return {
        "generator": [Variable("g/kernel", [[0.1, 2.0]]), Variable("g/bias", [-1.0])],
        "discriminator": [Variable("d/kernel", [0.5])],
    }


@pytest.fixture
def box(tmp_path):
    return write_boxed_model(tmp_path / "tiny", CONFIG, 7, networks(), "# Tiny\n")


def test_what_was_written_is_read(box):
    model = BoxedModel.open(box.folder)
    assert (model.name, model.config, model.step) == ("tiny", CONFIG, 7)
    assert model.card.read_text() == "# Tiny\n"
    weights = [Variable("g/kernel", np.zeros((1, 2))), Variable("g/bias", [0])]
    model.restore("generator", weights)
    np.testing.assert_array_equal(weights[0].value, [[1638 / 16384, 2.0]])
    np.testing.assert_array_equal(weights[1].value, [-1.0])
    judge = [Variable("d/kernel", [0])]
    model.restore("discriminator", judge)
    assert judge[0].value == [0.5]


def test_a_model_is_found_by_its_folder(box, tmp_path):
    assert BoxedModel.find(box.folder) == box
    assert BoxedModel.find(str(box.folder)) == box
    (tmp_path / "other").mkdir()
    assert BoxedModel.find(tmp_path / "other") is None


def test_the_file_holds_half_precision_and_its_checksum(box):
    import hashlib

    data = (box.folder / WEIGHTS).read_bytes()
    description = json.loads((box.folder / DESCRIPTION).read_text())
    assert description["sha256"] == hashlib.sha256(data).hexdigest()
    with np.load(box.folder / WEIGHTS) as arrays:
        assert {arrays[name].dtype for name in arrays.files} == {np.dtype(np.float16)}
        assert len(arrays.files) == 3


def test_equal_weights_give_equal_files(box, tmp_path):
    again = write_boxed_model(tmp_path / "other", CONFIG, 7, networks(), "# Tiny\n")
    for name in (DESCRIPTION, WEIGHTS, CARD):
        assert (again.folder / name).read_bytes() == (box.folder / name).read_bytes()
    assert {path.name for path in again.folder.iterdir()} == {DESCRIPTION, WEIGHTS, CARD}


@pytest.mark.parametrize("value", [1e5, np.nan, -np.inf])
def test_weights_that_half_precision_cannot_hold(value, tmp_path):
    broken = {"generator": [Variable("g/kernel", [value])]}
    with pytest.raises(RunError, match=r"generator/000/g\.kernel has weights that float16 cannot"):
        write_boxed_model(tmp_path / "tiny", CONFIG, 7, broken, "")
    assert not (tmp_path / "tiny").exists()


@pytest.mark.parametrize("shape", [(2, 1), (3,)])
def test_another_network(box, shape):
    weights = [Variable("g/kernel", np.zeros(shape)), Variable("g/bias", [0])]
    with pytest.raises(RunError, match=r"another network \(shape of generator/000/g\.kernel"):
        box.restore("generator", weights)


def test_a_smaller_network(box):
    with pytest.raises(RunError, match=r"shape of generator/001/g\.bias: expected nothing"):
        box.restore("generator", [Variable("g/kernel", np.zeros((1, 2)))])


@pytest.mark.parametrize("damage", ["cut", "changed", "missing"])
def test_damaged_weights(box, damage):
    file = box.folder / WEIGHTS
    data = bytearray(file.read_bytes())
    if damage == "missing":
        file.unlink()
    else:
        data[len(data) // 2] ^= 1
        file.write_bytes(data if damage == "changed" else data[:100])
    with pytest.raises(RunError, match=r"is damaged .*: install deformable-gan again"):
        BoxedModel.open(box.folder).restore("discriminator", [Variable("d/kernel", [0])])


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "x", "format_version": 1}', '{"format": 1'], ids=repr
)
def test_damaged_description(box, text):
    (box.folder / DESCRIPTION).write_text(text)
    with pytest.raises(RunError, match=r"cannot be read .* install deformable-gan again"):
        BoxedModel.open(box.folder)


def test_a_later_format(box):
    file = box.folder / DESCRIPTION
    file.write_text(file.read_text().replace('"format_version": 1', '"format_version": 2'))
    with pytest.raises(RunError, match=r"unknown format .* boxed model', version 2"):
        BoxedModel.open(box.folder)


def test_a_package_without_the_model(tmp_path, monkeypatch):
    monkeypatch.setattr("deformable_gan.boxed.boxed_model.ROOT", tmp_path)
    with pytest.raises(RunError, match=r"the model people is missing .* install"):
        BoxedModel.find(None)


def test_finding(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert BoxedModel.find(None).name == BoxedModel.find("people").name == "people"
    assert BoxedModel.find("runs/dance") is None
