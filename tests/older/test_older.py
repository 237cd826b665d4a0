"""Files of an older release still load, and give the same results as then.

README.md says how the files and the numbers were made.
"""

import importlib.util
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parent
# The numbers are rounded to six digits. Other versions of TensorFlow add in another order: values
# in [-1, 1] then differ by some units of the last place of float32 after a dozen layers.
CLOSE = 1e-4


@pytest.fixture(scope="module")
def numbers():
    return json.loads((FOLDER / "numbers.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def dataset():
    from deformable_gan.data.dataset_folder import DatasetFolder

    return DatasetFolder(FOLDER / "dataset")


@pytest.fixture(scope="module")
def inputs(dataset, make):
    """A generator's inputs for the first test pair."""
    return make.pair_of(dataset.test)


@pytest.fixture(scope="module")
def make():
    """The module that made the files."""
    spec = importlib.util.spec_from_file_location("older_make", FOLDER / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_dataset(dataset, numbers):
    for name in ("train", "test"):
        split = getattr(dataset, name)
        assert len(split.names) == numbers["images"][name]
        assert len(split.pairs) == numbers["pairs"][name]
        assert split.has_backgrounds
        assert split.person_masks.image_path(0).is_file()


@pytest.mark.parametrize("place", ["run", "export"])
def test_the_network_generates_the_same_image(place, inputs, numbers, make):
    from deformable_gan.trained_model import TrainedModel

    model = TrainedModel.load(FOLDER / place)
    part = make.generated(model.generator, inputs, (8, 9))
    np.testing.assert_allclose(part, numbers["generated"], atol=CLOSE)
    assert model.details["step"] == numbers["steps"] == 2
    # What users get are these numbers as bytes.
    made = model.generate(**inputs)[0]
    assert made.shape == (64, 36, 3)
    expected = np.clip((np.array(part) + 1) * 127.5, 0, 255)
    np.testing.assert_allclose(made[::8, ::9], expected, atol=0.52)


@pytest.fixture(scope="module")
def saved_model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("older") / "savedmodel"
    shutil.unpack_archive(FOLDER / "savedmodel.zip", folder)
    return folder


def test_the_saved_model_generates_the_same_image(saved_model, inputs, numbers):
    from deformable_gan.trained_model import TrainedModel

    model = TrainedModel.load(saved_model)
    assert model.generator is None  # only the graph is there
    made = model.generate(**inputs)[0]
    assert (made.dtype, made.shape) == (np.uint8, (64, 36, 3))
    expected = np.clip((np.array(numbers["generated"]) + 1) * 127.5, 0, 255)
    np.testing.assert_allclose(made[::8, ::9], expected, atol=0.52)
    parts = {name: part[0] for name, part in model.compose(**inputs).items()}
    assert parts.keys() == numbers["composed"].keys()
    for name in ("weights", "drawn"):
        np.testing.assert_allclose(parts[name][::8, ::9], numbers["composed"][name], atol=CLOSE)
    expected = numbers["composed"]["transforms"]  # in pixels: not near 1
    np.testing.assert_allclose(parts["transforms"], expected, rtol=CLOSE, atol=CLOSE)


def test_tensorflow_alone_runs_the_saved_model(saved_model, inputs, numbers):
    import tensorflow as tf

    loaded = tf.saved_model.load(str(saved_model))
    tensors = {name: tf.constant(value) for name, value in inputs.items()}
    image = loaded.signatures["serving_default"](**tensors)["image_float"].numpy()[0]
    np.testing.assert_allclose(image[::8, ::9], numbers["generated"], atol=CLOSE)


def test_run_and_export_are_one_model():
    from deformable_gan.trained_model import TrainedModel

    run, export = (TrainedModel.load(FOLDER / place) for place in ("run", "export"))
    assert run.digest == export.digest


def test_the_run_goes_on(tmp_path, dataset):
    from deformable_gan.training.run_directory import RunDirectory
    from deformable_gan.training.session import train

    run = RunDirectory(shutil.copytree(FOLDER / "run", tmp_path / "run"))
    longer = run.read_config().replace(training__epochs=2)
    train(longer, dataset, run, vgg19="random", jit_compile=False, resume=True)
    lines = run.read_metrics()
    assert [line["epoch"] for line in lines] == [1, 2]
    assert all(np.isfinite(value) for value in lines[-1].values())
    assert run.checkpoints.paths()[0].name == "checkpoint-000000004.npz"


def test_the_run_is_scored(call_command, tmp_path):
    from deformable_gan import evaluate

    result = call_command(
        *(evaluate.main, "--run", FOLDER / "run", "--dataset", FOLDER / "dataset"),
        *("--output", tmp_path / "scores", "--skip", "pose", "lpips", "inception", "detection"),
    )
    assert result.status == 0
    assert (tmp_path / "scores" / "scores.json").is_file()


def test_the_model_that_ships_with_the_package(make, numbers):
    """The weights in `deformable_gan/boxed/people` still generate the recorded numbers."""
    from deformable_gan.models.generator import Generator

    generator = Generator.from_preset("people")
    generator.warp_method = "sparse"
    part = make.generated(generator, make.random_inputs(generator), (16, 12))
    np.testing.assert_allclose(part, numbers["people"], atol=10 * CLOSE)
