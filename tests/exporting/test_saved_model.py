import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.errors import ConfigurationError, RunError
from deformable_gan.exporting import saved_model
from deformable_gan.exporting.saved_model import export_saved_model
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


RELOAD = """
import sys

HIDDEN = ("keras", "tf_keras", "deformable_gan")

class Without:
    def __init__(self, finders):
        self.finders = finders

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in HIDDEN:
            return None
        specs = (finder.find_spec(name, path, target) for finder in self.finders)
        return next((spec for spec in specs if spec is not None), None)

sys.meta_path[:] = [Without(list(sys.meta_path))]
import numpy as np
import tensorflow as tf

model = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
with np.load(sys.argv[2]) as file:
    inputs = {name: tf.constant(file[name]) for name in file.files}
outputs = model(**inputs)
np.savez(sys.argv[3], **{name: value.numpy() for name, value in outputs.items()})
assert not [name for name in sys.modules if name.split(".")[0] in HIDDEN]
"""


def test_tensorflow_alone_gives_the_same(exported, tiny_generator, inputs, tmp_path):
    np.savez(tmp_path / "inputs.npz", **inputs)
    subprocess.run(
        [
            *(sys.executable, "-c", RELOAD, str(exported)),
            *(str(tmp_path / "inputs.npz"), str(tmp_path / "outputs.npz")),
        ],
        check=True,
    )
    expected = tiny_generator(
        {**inputs, "source_image": inputs["source_image"].astype(np.float32) / 127.5 - 1},
        training=False,
    )
    with np.load(tmp_path / "outputs.npz") as outputs:
        assert set(outputs.files) == {"image", "image_float"}
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


def test_nothing_else_is_left_beside_it(exported):
    assert [path.name for path in exported.parent.iterdir()] == ["tiny"]


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_is_there_is_not_replaced(small, tmp_path, kind):
    path = tmp_path / "model"
    path.mkdir() if kind == "folder" else path.write_text("x")
    with pytest.raises(RunError, match="model exists: choose another output"):
        export_saved_model(small, COCO17, path)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_file_where_the_parent_should_be(small, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunError, match="cannot be made"):
        export_saved_model(small, COCO17, tmp_path / "file/model")


@pytest.mark.parametrize("wanted", ["background", "mask"])
def test_a_generator_that_wants_more(tiny_config, tmp_path, wanted):
    generator = build_generator(tiny_config.replace(**{f"generator__{wanted}": True}))
    with pytest.raises(ConfigurationError, match=f"this generator wants .* {wanted}"):
        export_saved_model(generator, COCO17, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("difference", [1e-4, np.nan])
def test_an_export_that_differs_gets_no_name(small, tmp_path, monkeypatch, difference):
    monkeypatch.setattr(saved_model, "_largest_difference", lambda *_: difference)
    with pytest.raises(RunError, match="the exported model differs from the generator by"):
        export_saved_model(small, COCO17, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_the_comparison_sees_a_difference(small, tmp_path):
    """Weights that change behind the export's back are noticed."""
    path = tmp_path / "model"
    assert 0 <= export_saved_model(small, COCO17, path) <= 1e-5

    def other(**inputs):
        image = small({**inputs, "source_image": tf.cast(inputs["source_image"], tf.float32)})
        return {"image_float": image}

    assert saved_model._largest_difference(path, other, small.input_shapes()) > 1e-3


def test_an_interruption_leaves_nothing(small, tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(saved_model, "_largest_difference", interrupt)
    with pytest.raises(KeyboardInterrupt):
        export_saved_model(small, COCO17, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []
