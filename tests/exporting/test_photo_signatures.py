"""The exported graph for photographs, compared with `Reposer`."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from deformable_gan.data.media import read_photo
from deformable_gan.errors import ConfigurationError
from deformable_gan.exporting.export_model import export_model
from deformable_gan.exporting.photo_signatures import PhotoSignatures
from deformable_gan.inference import make_generate
from deformable_gan.models.from_config import build_generator
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.movenet_source import DEFAULT_LOOKS
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18
from deformable_gan.reposing.reposer import Reposer


@pytest.fixture(scope="module")
def generator(tiny_config):
    """A generator without warps, because tracing warps takes longer than everything else."""
    return build_generator(tiny_config.replace(generator__skip="none"))


@pytest.fixture(scope="module")
def photo_export(generator, marker_movenet_folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("exports") / "photos"
    movenet = MoveNet.load(marker_movenet_folder, looks=DEFAULT_LOOKS)
    drifts = export_model(generator, COCO17, path, movenet=movenet)
    assert drifts["savedmodel"].largest <= 1e-5
    return path


@pytest.fixture(scope="module")
def signatures(photo_export):
    return tf.saved_model.load(str(photo_export)).signatures


@pytest.fixture(scope="module")
def reposer(generator, marker_movenet_folder):
    return Reposer(make_generate(generator), (64, 36), COCO17, marker_movenet_folder)


@pytest.fixture
def photograph(tmp_path):
    """A function that draws a noisy image with the mark that the stand-in for MoveNet finds.

    It returns the image as an array and as a file.
    """

    def make(name, size, y, x):
        rng = np.random.default_rng(len(name))
        picture = rng.integers(60, 120, (*size, 3)).astype(np.uint8)
        picture[y - 3 : y + 4, x - 3 : x + 4] = (255, 0, 0)
        path = tmp_path / f"{name}.png"
        Image.fromarray(picture).save(path)
        return picture, path

    return make


def repose(reposer, source, target):
    person = reposer.person(source)
    # The graph does not retarget poses.
    return person, reposer.repose(person, target, retarget=False)[0]


def test_two_photographs_with_tensorflow_alone(
    photo_export, reposer, photograph, with_tensorflow_alone
):
    """The graph runs in a process that has neither Keras nor this package."""
    source, source_path = photograph("source", (300, 200), 140, 110)
    target, target_path = photograph("target", (160, 220), 90, 60)
    person, expected = repose(reposer, source_path, target_path)
    made = with_tensorflow_alone(
        photo_export, "from_two_photos", source_image=source[None], target_image=target[None]
    )
    np.testing.assert_array_equal(made["source_crop"][0], person.image)
    np.testing.assert_allclose(made["source_keypoints"][0], person.keypoints, atol=1e-4)
    np.testing.assert_allclose(
        made["target_keypoints"][0], reposer.poses(target_path).keypoints[0], atol=1e-4
    )
    # A float that lies between two bytes may be rounded to either.
    difference = np.abs(made["image"][0].astype(int) - expected)
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-3
    assert made["source_usable"].tolist() == made["target_usable"].tolist() == [True]


def test_a_photograph_and_key_points(signatures, reposer, photograph, dancers):
    source, path = photograph("source", (240, 180), 120, 80)
    joints = dancers.test.keypoints[:3]
    made = signatures["from_photo_and_keypoints"](
        source_image=tf.constant(np.stack([source] * 3)), target_keypoints=tf.constant(joints)
    )
    person = reposer.person(path)
    again = signatures["serving_default"](
        source_image=tf.constant(np.stack([person.image] * 3)),
        source_keypoints=tf.constant(np.stack([person.keypoints] * 3)),
        target_keypoints=tf.constant(joints),
    )
    np.testing.assert_allclose(made["image_float"], again["image_float"], atol=1e-4)
    np.testing.assert_array_equal(made["target_keypoints"], joints)


def test_each_of_a_batch_on_its_own(signatures, photograph):
    sources = [photograph("a", (200, 150), 100, 80)[0], photograph("bb", (200, 150), 80, 60)[0]]
    target = photograph("ccc", (160, 220), 90, 60)[0]
    serve = signatures["from_two_photos"]
    both = serve(
        source_image=tf.constant(np.stack(sources)),
        target_image=tf.constant(np.stack([target] * 2)),
    )
    for index, source in enumerate(sources):
        one = serve(source_image=tf.constant(source[None]), target_image=tf.constant(target[None]))
        np.testing.assert_array_equal(both["source_crop"][index], one["source_crop"][0])
        np.testing.assert_allclose(both["image_float"][index], one["image_float"][0], atol=1e-5)


def test_a_picture_of_the_models_size_is_taken_as_it_is(signatures, photograph):
    source, _ = photograph("source", (64, 36), 30, 18)
    other, _ = photograph("other", (200, 150), 100, 80)
    made = signatures["from_two_photos"](
        source_image=tf.constant(source[None]), target_image=tf.constant(other[None])
    )
    np.testing.assert_array_equal(made["source_crop"][0], source)


def test_nobody_is_said(signatures, photograph):
    nobody = np.full((1, 150, 200, 3), 90, np.uint8)
    somebody = photograph("source", (240, 180), 120, 80)[0][None]
    serve = signatures["from_two_photos"]
    made = serve(source_image=tf.constant(nobody), target_image=tf.constant(somebody))
    assert (bool(made["source_usable"][0]), bool(made["target_usable"][0])) == (False, True)
    assert np.isfinite(made["image_float"]).all()
    made = serve(source_image=tf.constant(somebody), target_image=tf.constant(nobody))
    assert (bool(made["source_usable"][0]), bool(made["target_usable"][0])) == (True, False)


def test_the_other_layout(generator, marker_movenet_folder, photograph):
    """In OpenPose's layout, whose neck MoveNet does not find, joints equal those of `Reposer`."""
    source, path = photograph("source", (240, 180), 120, 80)
    signatures = PhotoSignatures(
        lambda image, *_: {"image": image},
        *(generator, OPENPOSE18, MoveNet.load(marker_movenet_folder, looks=DEFAULT_LOOKS)),
    )
    made = signatures.from_two_photos(source[None], source[None])
    reposer = Reposer(lambda image, *_: image, (64, 36), OPENPOSE18, marker_movenet_folder)
    keypoints = reposer.person(path).keypoints
    np.testing.assert_allclose(made["source_keypoints"][0], keypoints, atol=1e-4)
    np.testing.assert_allclose(made["target_keypoints"][0], keypoints, atol=1e-4)


def test_a_movenet_that_is_no_graph(generator, marker_movenet, tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be part of a SavedModel"):
        export_model(generator, COCO17, tmp_path / "model", movenet=marker_movenet)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_real_photographs(shared, generator, with_tensorflow_alone, tmp_path):
    """With MoveNet itself, two photographs give nearly the same image as `Reposer.repose`."""
    folder = shared / "models/movenet_singlepose_lightning_4"
    path = tmp_path / "model"
    export_model(generator, COCO17, path, movenet=MoveNet.load(folder, looks=DEFAULT_LOOKS))
    reposer = Reposer(make_generate(generator), (64, 36), COCO17, folder)
    photographs = shared / "stills/tfexamples_image1.png", shared / "stills/tfjs_pose.jpg"
    person, expected = repose(reposer, *photographs)
    source, target = (read_photo(photo)[None] for photo in photographs)
    made = with_tensorflow_alone(path, "from_two_photos", source_image=source, target_image=target)
    np.testing.assert_array_equal(made["source_crop"][0], person.image)
    difference = np.abs(made["image"][0].astype(int) - expected)
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-3
