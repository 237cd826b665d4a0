"""Composing at full size in a TensorFlow graph, compared with `FullSizeComposer`."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from deformable_gan.exporting.export_model import export_model
from deformable_gan.exporting.full_size_graph import compose_in_photograph
from deformable_gan.models.from_config import build_generator
from deformable_gan.pose.crop_tensors import Rectangle
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.person_crop import PersonCrop
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.reposing.full_size import FullSizeComposer
from deformable_gan.reposing.repose_options import NETWORK
from deformable_gan.reposing.reposer import Reposer
from deformable_gan.trained_model import TrainedModel

SIZE = (32, 18)


@pytest.mark.parametrize("background", [False, True])
@pytest.mark.parametrize(
    "crop",
    [
        PersonCrop(10.3, 20.8, 32 * 3.3, 18 * 3.3, SIZE),
        PersonCrop(-20.5, -3.2, 32 * 5.1, 18 * 5.6, SIZE),
        PersonCrop(-0.5, -0.5, 120, 100, SIZE),
        PersonCrop(30.2, 40.1, 32 * 0.7, 18 * 0.7, SIZE),
    ],
)
def test_the_arrays_way(crop, background):
    rng = np.random.default_rng(0)
    photograph, behind = rng.integers(0, 256, (2, 120, 100, 3)).astype(np.uint8)
    count = 13 if background else 12
    logits = rng.normal(0, 4, (*SIZE, count))
    logits[..., 7] -= 30  # this layer is shown nowhere
    logits[8:14, 5:9, 3] += 8
    weights = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    transforms = np.float32([1, 0, 0, 0, 1, 0, 0, 0]) + rng.normal(0, 0.1, (10, 8))
    transforms[4] = (1, 0, 10_000, 0, 1, 10_000, 0, 0)
    parts = {
        "weights": weights.astype(np.float32),
        "drawn": rng.uniform(-1, 1, (*SIZE, 3)).astype(np.float32),
        "transforms": transforms.astype(np.float32),
    }
    composer = FullSizeComposer(photograph, crop, behind if background else None)
    expected = composer.in_photograph(parts)
    graph = tf.function(compose_in_photograph, autograph=False)
    corner = np.array([crop.top, crop.left])
    size = np.array([crop.height, crop.width], np.float64)
    made = graph(
        {name: tf.constant(value) for name, value in parts.items()},
        tf.constant(photograph),
        Rectangle(tf.constant(corner), tf.constant(size)),
        tf.constant(behind) if background else None,
    ).numpy()
    assert made.shape == photograph.shape
    difference = np.abs(made.astype(int) - expected)
    # OpenCV and the graph round differently when they interpolate warped pixels.
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.2
    assert (made != photograph).mean() > 0.02


@pytest.fixture(scope="module", params=[False, True])
def exported(request, tiny_config, marker_movenet_folder, tmp_path_factory):
    """A composite generator, and the folder it was exported to."""
    generator = build_generator(
        tiny_config.replace(
            generator__skip="none",
            generator__composite=True,
            generator__background=request.param,
        )
    )
    rng = np.random.default_rng(0)
    for weight in generator.weights:
        weight.assign(weight + rng.normal(0, 0.1, weight.shape))
    path = tmp_path_factory.mktemp("exports") / "composite"
    export_model(generator, COCO17, path, movenet=MoveNet.load(marker_movenet_folder))
    return generator, path


def test_photographs_in_photographs_out(
    exported, marker_movenet_folder, with_tensorflow_alone, tmp_path
):
    """The signature `from_two_photos` gives the same images as a `Reposer` with the export."""
    generator, path = exported
    rng = np.random.default_rng(0)
    source = rng.integers(60, 120, (300, 200, 3)).astype(np.uint8)
    source[137:144, 107:114] = (255, 0, 0)
    target = np.full((160, 220, 3), 90, np.uint8)
    target[87:94, 57:64] = (255, 0, 0)
    Image.fromarray(source).save(tmp_path / "source.png")
    reposer = Reposer.load(path, MoveNet.load(marker_movenet_folder))
    assert reposer.composes
    assert reposer.wants_background == generator.background
    person, poses = reposer.person(tmp_path / "source.png"), reposer.poses(target)
    (expected,) = reposer.images(person, poses)
    assert expected.shape == source.shape
    assert (expected != source).any(axis=-1).mean() > 0.05
    background = {"background": person.background[None]} if generator.background else {}
    made = with_tensorflow_alone(
        path, "from_two_photos", source_image=source[None], target_image=target[None], **background
    )
    difference = np.abs(made["photograph"][0].astype(int) - expected)
    assert difference.max() <= 2
    assert (difference > 1).mean() < 1e-3
    (small,) = reposer.images(person, poses, size=NETWORK)
    assert np.abs(made["image"][0].astype(int) - small).max() <= 1


def test_an_export_composes_as_its_generator(exported):
    generator, path = exported
    model = TrainedModel.load(path)
    rng = np.random.default_rng(1)
    inputs = {
        "source_image": rng.integers(0, 256, (3, 64, 36, 3)).astype(np.uint8),
        "source_keypoints": (rng.random((3, 17, 3)) * (64, 36, 1)).astype(np.float32),
        "target_keypoints": (rng.random((3, 17, 3)) * (64, 36, 1)).astype(np.float32),
    }
    if generator.background:
        inputs["background"] = inputs["source_image"][::-1].copy()
    parts = model.compose(**inputs)
    floats = {
        name: value.astype(np.float32) / 127.5 - 1 if value.dtype == np.uint8 else value
        for name, value in inputs.items()
    }
    expected = generator.compose(floats)
    assert set(parts) == {"weights", "drawn", "transforms"}
    for name, value in parts.items():
        np.testing.assert_allclose(value, expected[name], atol=1e-4)
    np.testing.assert_allclose(parts["weights"].sum(axis=-1), 1, atol=1e-5)


def test_a_generator_that_does_not_compose_has_no_such_signature(tiny_export):
    model = TrainedModel.load(tiny_export[0])
    assert model.compose is None
    assert not Reposer.load(tiny_export[0]).composes
