"""A boxed model's networks equal the run's up to half precision."""

import numpy as np
import pytest

from deformable_gan.boxed.boxed_model import BoxedModel
from deformable_gan.exporting.samples import sample_pairs
from deformable_gan.inference import make_generate
from deformable_gan.models.from_config import build_generator
from deformable_gan.models.generator import Generator
from deformable_gan.models.load_generator import load_generator
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.saving.saved_generator import SavedInPackage
from deformable_gan.training.box_run import box_run
from deformable_gan.training.boxed_origin import BoxedOrigin, find_origin
from deformable_gan.training.build import build_gan
from deformable_gan.training.run_directory import RunDirectory


@pytest.fixture(scope="module")
def box(tiny_run, tmp_path_factory):
    return box_run(tiny_run, tmp_path_factory.mktemp("box") / "tiny", "# Tiny\n")


@pytest.fixture
def checkpoint(tiny_run):
    """The arrays of the run's newest checkpoint, read by NumPy alone."""
    path = max((tiny_run.path / "checkpoints").glob("checkpoint-*.npz"))
    with np.load(path) as arrays:
        return {name: arrays[name] for name in arrays.files}


def test_the_weights_are_the_checkpoints(box, checkpoint, tiny_config):
    assert box.step == checkpoint["step"] == 2
    assert box.config == tiny_config
    gan = build_gan(tiny_config, "random")
    assert BoxedOrigin(box).restore_networks(gan) == 2
    for group in ("generator", "discriminator"):
        stored = [
            value
            for name, value in checkpoint.items()
            if name.startswith(f"{group}/") and value.dtype == np.float32
        ]
        weights = getattr(gan, group).weights
        assert len(weights) == len(stored) > 5
        for weight, value in zip(weights, stored, strict=True):
            np.testing.assert_array_equal(
                weight.numpy(), value.astype(np.float16).astype(np.float32)
            )


def test_images_are_the_runs(box, tiny_run, tiny_config):
    generator = build_generator(tiny_config)
    tiny_run.checkpoints.restore_generator(generator)
    inputs = sample_pairs(4, tiny_config.image_size, COCO17)
    one, other = (
        make_generate(each)(**inputs).astype(int)
        for each in (generator, load_generator(SavedInPackage(box))[0])
    )
    # Half precision changes each weight by at most 2^-11 of it, and images by a grey level or two.
    assert 0 < np.abs(one - other).max() <= 2


def test_the_shipped_model_needs_no_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    generator = Generator.from_preset("people")
    model = BoxedModel.find("people")
    assert generator.image_size == model.config.image_size == (128, 72)
    assert generator.composite
    assert {weight.dtype for weight in generator.weights} == {"float32"}
    with np.load(model.folder / "weights.npz") as arrays:
        stored = [arrays[name] for name in arrays.files if name.startswith("generator/")]
    for weight, value in zip(generator.weights, stored, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value.astype(np.float32))
    assert list(tmp_path.iterdir()) == []


def test_an_origin_is_a_name_or_a_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert isinstance(find_origin("people"), BoxedOrigin)
    assert find_origin("people").origin == "people"
    assert isinstance(find_origin("runs/people"), RunDirectory)
