import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from deformable_gan.data.media import read_photo
from deformable_gan.data.video import read_frames
from deformable_gan.errors import PoseError
from deformable_gan.pose.movenet import MoveNet, cut_square, person_square, whole_square
from deformable_gan.pose.skeleton import COCO17

TORSO = COCO17.indices("left_shoulder", "right_shoulder", "left_hip", "right_hip")
FULL_BODY = [
    *TORSO,
    *COCO17.indices("nose", "left_knee", "right_knee", "left_ankle", "right_ankle"),
]


class WhereIsTheMark:
    """A network that puts every joint in the middle of the white pixels of its input."""

    input_size = 192

    def __call__(self, batch):
        assert batch.dtype == tf.int32
        assert batch.shape == (1, 192, 192, 3)
        white = tf.cast(batch[0, ..., 0] > 127, tf.float32)
        grid = tf.stack(tf.meshgrid(tf.range(192.0), tf.range(192.0), indexing="ij"), -1)
        place = tf.reduce_sum(grid * white[..., None], [0, 1]) / tf.reduce_sum(white)
        place = (place + 0.5) / 192  # the first pixel's centre is half a pixel from the edge
        return tf.tile(tf.concat([place, [0.9]], 0)[None, None, None], (1, 1, 17, 1))


def figure(mark, size):
    """Return an image with a white 8 x 8 block centred on `mark` (pixel centres at integers)."""
    image = np.zeros((*size, 3), np.uint8)
    y, x = (int(value - 3.5) for value in mark)
    image[y : y + 8, x : x + 8] = 255
    return image


@pytest.mark.parametrize("size", [(240, 427), (240, 135), (384, 384), (191, 77), (612, 500)])
@pytest.mark.parametrize("share", [0.2, 0.7])
def test_places_in_the_square_are_places_in_the_picture(size, share):
    mark = np.floor(np.array(size) * share) + 0.5
    movenet = MoveNet(WhereIsTheMark(), second_look=False)
    keypoints = movenet.estimate(figure(mark, size))
    # The mark's middle is found to half a pixel of the network, here in pixels of the image.
    np.testing.assert_allclose(keypoints[0, :2], mark, atol=0.5 * max(size) / 192 + 0.02)
    np.testing.assert_allclose(keypoints[:, 2], 0.9)


def test_pictures_as_large_as_the_network_are_not_moved_at_all():
    movenet = MoveNet(WhereIsTheMark(), second_look=False)
    keypoints = movenet.estimate(figure((100.5, 31.5), (192, 192)))
    np.testing.assert_allclose(keypoints[0, :2], (100.5, 31.5), atol=1e-3)


def test_whole_square():
    for size, expected in (((4, 9), (-2, 0, 9)), ((9, 4), (0, -2, 9)), ((5, 5), (0, 0, 5))):
        assert tuple(int(v) for v in whole_square(tf.constant(size))) == expected


@pytest.mark.parametrize("square", [(0, 0, 5), (-2, 1, 4), (3, -1, 9), (-20, -20, 5), (2, 30, 3)])
def test_squares_are_cut_with_black_outside(square):
    image = np.random.default_rng(0).integers(1, 255, (6, 8, 3), np.uint8)
    top, left, side = square
    padded = np.pad(image, ((40, 40), (40, 40), (0, 0)))
    expected = padded[top + 40 : top + 40 + side, left + 40 : left + 40 + side]
    cut = cut_square(tf.constant(image), *(tf.constant(value) for value in square))
    np.testing.assert_array_equal(cut, expected)


def test_second_look_square_by_hand():
    keypoints = np.zeros((17, 3), np.float32)
    keypoints[:, :2] = 100, 200
    for joint, place in (
        ("left_shoulder", (60, 210)),
        ("right_shoulder", (60, 190)),
        ("left_hip", (100, 205)),
        ("right_hip", (100, 195)),
        ("left_ankle", (170, 205)),
    ):
        keypoints[COCO17.index(joint)] = *place, 0.9
    # The middle of the hips is (100, 200). The torso reaches 40, times 1.9 = 76. The body reaches
    # 70, times 1.2 = 84, which is larger and becomes half of the side.
    worthwhile, square = person_square(tf.constant(keypoints), tf.constant((240, 427)))
    assert bool(worthwhile)
    assert [int(value) for value in square] == [16, 116, 168]
    assert not bool(person_square(tf.constant(keypoints), tf.constant((160, 168)))[0])
    keypoints[COCO17.indices("left_hip", "right_hip"), 2] = 0.1
    assert not bool(person_square(tf.constant(keypoints), tf.constant((240, 427)))[0])


def test_only_uint8_pictures_are_taken():
    movenet = MoveNet(WhereIsTheMark())
    with pytest.raises(ValueError, match="uint8"):
        movenet.estimate(np.zeros((10, 10, 3), np.float32))
    with pytest.raises(ValueError, match="uint8"):
        movenet.estimate(np.zeros((10, 10), np.uint8))


@pytest.fixture(scope="module")
def movenet(shared):
    return MoveNet.load(shared / "models" / "movenet_singlepose_lightning_4")


@pytest.fixture(scope="module")
def lite_movenet(shared):
    pytest.importorskip("ai_edge_litert")
    return MoveNet.load(shared / "models" / "movenet_singlepose_lightning_int8_4.tflite")


def skier(shared):
    image = read_photo(shared / "stills" / "coco_000000000785.jpg")
    annotation = json.loads((shared / "stills" / "coco_000000000785.json").read_text())
    truth = np.array(annotation["annotations"][0]["keypoints"]).reshape(17, 3)
    return image, truth[:, [1, 0]], np.sqrt(annotation["annotations"][0]["area"])


def test_a_photograph_with_ground_truth(shared, movenet):
    image, truth, scale = skier(shared)
    error = np.linalg.norm(movenet.estimate(image)[:, :2] - truth, axis=1)
    # The mean error is 4.9 pixels for a person 347 pixels high. Human annotators differ by about
    # 0.07 of the scale, which is the square root of the person's area.
    assert error.mean() < 6.5
    assert error.max() < 0.1 * scale
    once = MoveNet(movenet.network, second_look=False).estimate(image)
    assert error.mean() < 0.75 * np.linalg.norm(once[:, :2] - truth, axis=1).mean()


def test_mirrored_frames_give_mirrored_joints(shared, movenet):
    """A bias in the mapping would appear here with twice its size."""
    differences = []
    for name in ("tfjs_solo_dance.mp4", "tfjs_pose_squats.mp4", "sam2_juggle.mp4"):
        for _, image in list(read_frames(shared / "clips" / name))[::5]:
            here = movenet.estimate(image)
            there = movenet.estimate(np.ascontiguousarray(image[:, ::-1]))
            there = there[COCO17.mirror_permutation]
            there[:, 1] = image.shape[1] - 1 - there[:, 1]
            sure = (here[:, 2] > 0.5) & (there[:, 2] > 0.5)
            differences.extend(here[sure, 1] - there[sure, 1])
    assert len(differences) > 200
    # If fractions referred to pixel centres, the median would be 0.6. The network has a small bias.
    assert abs(np.median(differences)) < 0.5


def test_the_published_test_picture(shared, movenet, lite_movenet):
    """Reference joints of another runtime, as fractions of an image squeezed to a square."""
    rows = np.loadtxt(shared / "models" / "coral_squat_reference.csv", delimiter=",", skiprows=1)
    image = Image.fromarray(read_photo(shared / "models" / "coral_squat.bmp"))
    square = np.array(image.resize((192, 192), Image.Resampling.BOX))
    for estimator in (movenet, lite_movenet):
        once = MoveNet(estimator.network, second_look=False)
        error = np.linalg.norm(once.estimate(square)[:, :2] / 192 - rows[:, [5, 4]], axis=1)
        # The cells of the network's own grid are 1/48 = 0.021 wide.
        assert error.mean() < 0.018
        assert error.max() < 0.05


def test_both_formats_agree(shared, movenet, lite_movenet):
    distances = []
    for name in ("tfjs_solo_dance.mp4", "tfjs_pose_squats.mp4"):
        for _, image in list(read_frames(shared / "clips" / name))[::6]:
            ours, theirs = movenet.estimate(image), lite_movenet.estimate(image)
            sure = (ours[:, 2] > 0.5) & (theirs[:, 2] > 0.5)
            distances.extend(np.linalg.norm(ours[sure, :2] - theirs[sure, :2], axis=1))
    assert len(distances) > 100
    assert np.median(distances) < 2.5  # pixels in frames of 240 lines; int8 and float differ


def test_a_second_look_finds_small_people(shared, movenet):
    once = MoveNet(movenet.network, second_look=False)
    frames = [image for _, image in read_frames(shared / "clips" / "sam2_juggle.mp4", rate=2)]

    def share_of_full_bodies(estimator):
        return np.mean([estimator.estimate(f)[FULL_BODY, 2].min() > 0.3 for f in frames])

    assert share_of_full_bodies(movenet) > 0.9
    assert share_of_full_bodies(movenet) > share_of_full_bodies(once) + 0.1


def test_in_a_dataset_it_gives_the_same(marker_movenet):
    movenet = marker_movenet
    image = np.full((240, 180, 3), 80, np.uint8)
    image[100:120, 70:90] = 250, 20, 20
    dataset = tf.data.Dataset.from_tensors(image).map(movenet.estimate_tensor)
    (keypoints,) = dataset.as_numpy_iterator()
    # The same operations, but fused differently.
    np.testing.assert_allclose(keypoints, movenet.estimate(image), atol=1e-2)


def test_variants_are_told_apart(marker_movenet_folder):
    path = marker_movenet_folder
    assert MoveNet.load(path, "lightning").network.input_size == 192
    with pytest.raises(PoseError, match="thunder has 256"):
        MoveNet.load(path, "thunder")


def test_other_models_are_refused(tmp_path):
    class Other(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, 5), tf.float32)])
        def __call__(self, x):
            return {"y": x * 2}

    other = Other()
    tf.saved_model.save(other, str(tmp_path / "other"), signatures=other.__call__)
    with pytest.raises(PoseError, match="not a single-person MoveNet"):
        MoveNet.load(tmp_path / "other")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "saved_model.pb").write_bytes(b"nonsense")
    with pytest.raises(PoseError, match="cannot be loaded"):
        MoveNet.load(tmp_path / "broken")
    (tmp_path / "broken.tflite").write_bytes(b"nonsense")
    with pytest.raises(PoseError, match=r"broken\.tflite"):
        MoveNet.load(tmp_path / "broken.tflite")


def test_lite_files_without_the_runtime_say_what_to_install(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    (tmp_path / "a.tflite").touch()
    with pytest.raises(PoseError, match=r"deformable-gan\[litert\]"):
        MoveNet.load(tmp_path / "a.tflite")


@pytest.mark.parametrize("damage", ["no variables", "cut variables", "cut graph"])
def test_a_copy_that_was_cut(marker_network, tmp_path, damage):
    class WithWeights(marker_network):
        def __init__(self):
            super().__init__()
            self.weights = tf.Variable(tf.zeros(5000))

        @tf.function(input_signature=[tf.TensorSpec((1, 192, 192, 3), tf.int32, "input")])
        def serve(self, input):
            return {"output_0": self(input) + tf.reduce_sum(self.weights)}

    module, copy = WithWeights(), tmp_path / "movenet"
    tf.saved_model.save(module, str(copy), signatures=module.serve)
    assert MoveNet.load(copy).network.input_size == 192
    variables = copy / "variables/variables.data-00000-of-00001"
    if damage == "no variables":
        variables.unlink()
    else:
        file = variables if damage == "cut variables" else copy / "saved_model.pb"
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PoseError, match=r"cannot be loaded as a SavedModel .* download") as caught:
        MoveNet.load(copy)
    assert "\n" not in str(caught.value)
