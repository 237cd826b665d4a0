"""MoveNet on LiteRT follows the rules of `pose.movenet` and `pose.averaged_looks`."""

import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.data.video import read_frames
from deformable_gan.errors import PoseError
from deformable_gan.exporting.litert import convert_litert
from deformable_gan.exporting.reposing_networks import write_reposing_movenet
from deformable_gan.on_litert import movenet as rules
from deformable_gan.on_litert.movenet import LiteRTMoveNet
from deformable_gan.pose import averaged_looks
from deformable_gan.pose import movenet as oracle
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.movenet_source import MOST_LOOKS

pytest.importorskip("ai_edge_litert", reason="needs the extra litert")


def some_keypoints(seed):
    rng = np.random.default_rng(seed)
    places = rng.uniform(-20, 220, (17, 2))
    return np.concatenate([places, rng.uniform(0, 1, (17, 1))], axis=1).astype(np.float32)


@pytest.mark.parametrize("seed", range(20))
def test_the_next_square(seed):
    keypoints = some_keypoints(seed)
    _, square = oracle.person_square(tf.constant(keypoints), tf.constant((240, 427)))
    assert rules.person_square(keypoints) == tuple(int(number) for number in square)
    assert rules.torso_seen(keypoints) == bool(oracle.torso_seen(tf.constant(keypoints)))


@pytest.mark.parametrize("square", [(10, 20, 100), (-31, 7, 333), (0, 0, 2)])
def test_the_squares_of_averaged_looks(square):
    numbers = (tf.constant(number) for number in square)
    expected = averaged_looks.squares_around(*numbers, MOST_LOOKS).numpy().tolist()
    made = rules.squares_around(square, MOST_LOOKS)
    assert [[*around, int(mirrored)] for around, mirrored in made] == expected


@pytest.mark.parametrize("spread", [0.5, 30])
def test_the_mean_of_looks(spread):
    """With a large spread, single looks are outliers, and no look may be near the median."""
    noise = np.random.default_rng(1).normal(0, spread, (8, 17, 2))
    looks = np.stack([some_keypoints(3)] * 8)
    looks[..., :2] += noise
    looks = looks.astype(np.float32)
    expected = averaged_looks.average_looks(tf.constant(looks), tf.constant(100)).numpy()
    np.testing.assert_allclose(rules.average_looks(looks, 100), expected, atol=1e-3)


@pytest.fixture(scope="module")
def both(shared, tmp_path_factory):
    """MoveNet in TensorFlow and on LiteRT."""
    source = shared / "models/movenet_singlepose_lightning_4"
    path = tmp_path_factory.mktemp("movenet") / "movenet.tflite"
    write_reposing_movenet(source, path)
    return MoveNet.load(source, looks=8), LiteRTMoveNet(path, looks=8)


@pytest.mark.parametrize("photo", ["tfexamples_image1.png", "tfexamples_image3.jpeg"])
def test_joints_of_photographs(both, shared, photo):
    from PIL import Image

    image = np.array(Image.open(shared / "stills" / photo).convert("RGB"))
    expected, made = (one.estimate(image) for one in both)
    np.testing.assert_allclose(made, expected, atol=0.05)


def test_looks_at_a_clip(both, shared):
    """Each frame at the same square, because a square one pixel aside moves joints slightly."""
    frames = [image for _, image in read_frames(shared / "clips/tfjs_solo_dance.mp4", 5, 240)]
    assert len(frames) > 15
    side = max(frames[0].shape[:2])
    square = (-((side - frames[0].shape[0]) // 2), 0, side)
    for image in frames:
        (expected, following), (made, near) = (one.look_at(image, square) for one in both)
        np.testing.assert_allclose(made, expected, atol=0.05)
        np.testing.assert_allclose(near, following, atol=1)
        square = following


def test_one_look_at_the_whole_image(both, shared):
    """Without a second look, the smallest square around the image is searched once."""
    once = [type(one).__new__(type(one)) for one in both]
    for new, old in zip(once, both, strict=True):
        new.__dict__.update(old.__dict__, second_look=False)
    image = np.random.default_rng(0).integers(0, 256, (50, 81, 3), np.uint8)
    expected, made = (one.estimate(image) for one in once)
    np.testing.assert_allclose(made, expected, atol=0.05)


def test_the_official_file(shared):
    """The int8 file has no signature, and takes uint8."""
    path = shared / "models/movenet_singlepose_lightning_int8_4.tflite"
    image = np.random.default_rng(0).integers(0, 256, (60, 60, 3), np.uint8)
    keypoints = LiteRTMoveNet(path, second_look=False).estimate(image)
    expected = MoveNet.load(path, second_look=False).estimate(image)
    np.testing.assert_allclose(keypoints, expected, atol=1e-3)


def test_a_network_of_another_kind(tmp_path):
    spec = tf.TensorSpec((1, 8, 8, 4), tf.float32, name="image")
    function = tf.function(lambda image: {"sum": tf.reduce_sum(image)}, autograph=False)
    path = tmp_path / "other.tflite"
    path.write_bytes(convert_litert(function.get_concrete_function(image=spec), []))
    with pytest.raises(PoseError, match=r"received \[\[1, 8, 8, 4\]\]: give MoveNet Lightning"):
        LiteRTMoveNet(path)


def test_files_that_are_not_movenet(tmp_path):
    path = tmp_path / "movenet.tflite"
    path.write_bytes(b"no network")
    with pytest.raises(PoseError, match=r"cannot be loaded as a LiteRT model .*: give MoveNet's"):
        LiteRTMoveNet(path)
