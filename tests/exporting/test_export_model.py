import json

import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.errors import ConfigurationError, RunError
from deformable_gan.exporting import saved_model as module
from deformable_gan.exporting.export_model import export_model
from deformable_gan.exporting.saved_model import run_saved_model
from deformable_gan.models.from_config import build_generator
from deformable_gan.pose.skeleton import COCO17


@pytest.fixture(scope="module")
def exported(tiny_export):
    return tiny_export[0]


@pytest.fixture(scope="module")
def small(tiny_config):
    return build_generator(tiny_config.replace(generator__skip="none"))


@pytest.fixture(scope="module")
def inputs(tiny_config):
    rng = np.random.default_rng(1)
    height, width = tiny_config.image_size
    joints = (rng.random((2, 5, 17, 3)) * (height, width, 1)).astype(np.float32)
    joints[0, :, 3:6] = 0
    joints[1, 2] = 0  # nobody there
    return {
        "source_image": rng.integers(0, 256, (5, height, width, 3), np.uint8),
        "source_keypoints": joints[0],
        "target_keypoints": joints[1],
    }


def test_tensorflow_alone_gives_the_same(exported, tiny_generator, inputs, with_tensorflow_alone):
    outputs = with_tensorflow_alone(exported, "serving_default", **inputs)
    expected = tiny_generator(
        {**inputs, "source_image": inputs["source_image"].astype(np.float32) / 127.5 - 1},
        training=False,
    )
    assert set(outputs) == {"image", "image_float"}
    assert outputs["image"].dtype == np.uint8
    np.testing.assert_allclose(outputs["image_float"], expected, atol=1e-5)
    bytes_expected = np.clip(np.round((np.asarray(expected) + 1) * 127.5), 0, 255)
    assert np.abs(outputs["image"] - bytes_expected).max() <= 1


def test_signature(exported):
    signature = tf.saved_model.load(str(exported)).signatures["serving_default"]
    received = {
        name: (spec.shape.as_list(), spec.dtype.name)
        for name, spec in signature.structured_input_signature[1].items()
    }
    assert received == {
        "source_image": ([None, 64, 36, 3], "uint8"),
        "source_keypoints": ([None, 17, 3], "float32"),
        "target_keypoints": ([None, 17, 3], "float32"),
    }


def test_description(exported):
    description = json.loads((exported / "deformable_gan.json").read_text())
    assert description["image_size"] == [64, 36]
    assert description["skeleton"] == "coco17"
    assert description["joints"] == list(COCO17.joints)
    assert description["written_by"].startswith("deformable_gan ")
    assert list(description["formats"]) == ["savedmodel"]
    assert (exported / "labels.txt").read_text().split() == list(COCO17.joints)
    assert (exported / "README.md").is_file()


def test_variables_are_stored_once(exported, tiny_generator):
    (data,) = (exported / "variables").glob("variables.data*")
    assert data.stat().st_size < 4 * tiny_generator.count_params() * 1.1 + 20_000


def test_nothing_else_is_left_beside_it(exported):
    assert [path.name for path in exported.parent.iterdir()] == ["tiny"]


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_is_there_is_not_replaced(small, tmp_path, kind):
    path = tmp_path / "model"
    path.mkdir() if kind == "folder" else path.write_text("x")
    with pytest.raises(RunError, match="model exists: choose another output"):
        export_model(small, COCO17, path)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_file_where_the_parent_should_be(small, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunError, match="cannot be created"):
        export_model(small, COCO17, tmp_path / "file/model")


def test_a_generator_that_wants_a_mask(tiny_config, tmp_path):
    generator = build_generator(tiny_config.replace(generator__mask=True))
    with pytest.raises(ConfigurationError, match=r"this generator needs .* mask"):
        export_model(generator, COCO17, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_a_generator_that_wants_a_background(tiny_config, tmp_path):
    generator = build_generator(tiny_config.replace(generator__background=True))
    drifts = export_model(generator, COCO17, tmp_path / "model")
    assert drifts["savedmodel"].largest <= 1e-5
    signature = tf.saved_model.load(str(tmp_path / "model")).signatures["serving_default"]
    assert "background" in signature.structured_input_signature[1]


def test_unknown_format(small, tmp_path):
    with pytest.raises(ConfigurationError, match=r"unknown export format 'jpeg': .*onnx"):
        export_model(small, COCO17, tmp_path / "model", ["savedmodel", "jpeg"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("difference", [1e-4, np.nan])
def test_an_export_that_differs_gets_no_name(small, tmp_path, monkeypatch, difference):
    """A SavedModel whose images differ by more than the tolerance, or are NaN, is removed."""

    def otherwise(signatures, inputs):
        return run_saved_model(signatures, inputs) + difference

    monkeypatch.setattr(module, "run_saved_model", otherwise)
    with pytest.raises(
        RunError, match=r"exported saved_model\.pb differs from the model: the largest"
    ):
        export_model(small, COCO17, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_the_comparison_sees_changed_weights(tiny_config, tmp_path, monkeypatch):
    """Weights that change during an export are noticed."""
    generator = build_generator(tiny_config.replace(generator__skip="none"))

    def change_first(*arguments):
        generator.weights[0].assign_add(generator.weights[0] + 0.1)
        return write(*arguments)

    write = module.write_saved_model
    monkeypatch.setattr(module, "write_saved_model", change_first)
    with pytest.raises(RunError, match="differs from the model"):
        export_model(generator, COCO17, tmp_path / "model")
    monkeypatch.setattr(module, "write_saved_model", write)
    drifts = export_model(generator, COCO17, tmp_path / "model")
    assert 0 <= drifts["savedmodel"].largest <= 1e-5


def test_an_interruption_leaves_nothing(small, tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "run_saved_model", interrupt)
    with pytest.raises(KeyboardInterrupt):
        export_model(small, COCO17, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["of TensorFlow", "of the system"])
def test_a_full_disk_leaves_nothing(small, tmp_path, monkeypatch, kind):
    error = OSError(28, "No space left on device", "model.weights.h5")
    if kind == "of TensorFlow":
        error = tf.errors.ResourceExhaustedError(None, None, "x.data; No space left on device")

    def fail(*_):
        raise error

    monkeypatch.setattr(module, "write_saved_model", fail)
    with pytest.raises(RunError, match=r"out cannot be written, because the disk is full"):
        export_model(small, COCO17, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
