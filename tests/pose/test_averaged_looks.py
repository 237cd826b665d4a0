import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.data.video import read_frames
from deformable_gan.pose.averaged_looks import average_looks, squares_around, unmirrored
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.movenet_source import MOST_LOOKS
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.pose.tracking import PersonTracker

MIDDLE = np.array([100.0, 60.0])


def offsets():
    """Return the joints' places (y, x) around the block's middle, in lengths of its side."""
    heights = {"shoulder": -0.5, "elbow": 0.0, "wrist": 0.3, "hip": 0.5, "knee": 1.0, "ankle": 1.5}
    sides = {"left": 0.25, "right": -0.25}
    places = []
    for joint in COCO17.joints:
        side, _, part = joint.partition("_")
        places.append((heights.get(part, -1.0), sides.get(side, 0.0)))
    return np.array(places, np.float32)


TRUTH = MIDDLE + 40 * offsets()


class SquareBoundNoise:
    """A network that finds a white block and joints around it, with an error from a fixed list.

    The sum of the square's values chooses the error, so that the same square always gives the same
    answer, as with MoveNet.
    """

    input_size = 192

    def __init__(self, deviation):
        self._errors = tf.constant(
            np.random.default_rng(3).normal(0, deviation, (997, 17, 2)), tf.float32
        )

    def __call__(self, batch):
        white = tf.cast(batch[0, ..., 0] > 127, tf.float32)
        grid = tf.stack(tf.meshgrid(tf.range(192.0), tf.range(192.0), indexing="ij"), -1)
        block = tf.reduce_sum(white)
        place = tf.reduce_sum(grid * white[..., None], [0, 1]) / block
        joints = place + 0.5 + tf.sqrt(block) * offsets()
        error = self._errors[tf.reduce_sum(batch) % 997]
        return tf.concat([(joints + error) / 192, tf.fill([17, 1], 0.9)], 1)[None, None]


def picture():
    """Return an image of dark noise with a white block of 40 x 40 around `MIDDLE`."""
    image = np.random.default_rng(0).integers(0, 100, (200, 160, 3), np.uint8)
    image[81:121, 41:81] = 255
    return image


def test_squares_by_hand():
    squares = squares_around(*(tf.constant(value) for value in (10, 20, 100)), 4).numpy().tolist()
    # The square, plain and mirrored; then the same with its middle moved up and left by 3 % of its
    # side, and its side enlarged by 6 %.
    assert squares == [[10, 20, 100, 0], [10, 20, 100, 1], [4, 14, 106, 0], [4, 14, 106, 1]]


def test_every_square_is_another_one_and_holds_nearly_the_same():
    squares = squares_around(*(tf.constant(value) for value in (10, 20, 200)), MOST_LOOKS).numpy()
    assert len(np.unique(squares, axis=0)) == MOST_LOOKS
    for top, left, side, _ in squares:
        middle = top + side / 2, left + side / 2
        assert np.abs(np.subtract(middle, (110, 120))).max() <= 0.03 * 200 + 1
        assert 0.9 < side / 200 < 1.15


def test_a_mirrored_answer_is_mirrored_and_named_back():
    answer = np.random.default_rng(0).uniform(size=(17, 3)).astype(np.float32)
    back = unmirrored(tf.constant(answer), COCO17).numpy()
    left, right = COCO17.index("left_wrist"), COCO17.index("right_wrist")
    np.testing.assert_allclose(
        back[left], [answer[right, 0], 1 - answer[right, 1], answer[right, 2]]
    )
    np.testing.assert_allclose(back[right, 1], 1 - answer[left, 1])


def test_looks_that_agree_give_their_mean():
    looks = np.full((4, 17, 3), 0.5, np.float32)
    looks[:, :, 0] = np.array([9.8, 10.0, 10.0, 10.2])[:, None]
    looks[:, :, 1] = 7
    looks[:, 0, 2] = 0.2, 0.4, 0.6, 0.8
    mean = average_looks(tf.constant(looks), tf.constant(150)).numpy()
    np.testing.assert_allclose(mean[1], (10, 7, 0.5), atol=1e-3)
    np.testing.assert_allclose(mean[0, 2], 0.5)


def test_a_look_that_takes_the_other_leg_has_no_weight():
    looks = np.full((8, 17, 3), 0.5, np.float32)
    looks[:, :, :2] = 50
    looks[3, 5, 1] = 80
    mean = average_looks(tf.constant(looks), tf.constant(150)).numpy()
    np.testing.assert_allclose(mean[5, :2], 50, atol=1e-3)


def test_two_places_far_apart_give_a_place():
    looks = np.full((2, 17, 3), 0.5, np.float32)
    looks[1, :, :2] = 100
    mean = average_looks(tf.constant(looks), tf.constant(100)).numpy()
    assert np.isfinite(mean).all()


def test_noise_that_depends_on_the_square_is_averaged_away():
    network = SquareBoundNoise(2.0)
    image = picture()
    errors = []
    for looks in (1, 8):
        keypoints = MoveNet(network, looks=looks).estimate(image)
        errors.append(np.abs(keypoints[:, :2] - TRUTH).mean())
    # Eight independent looks have 1 / sqrt(8) = .35 of one look's error.
    assert errors[1] < 0.55 * errors[0]


def test_following_averages_in_every_frame_and_says_how_often_it_looked():
    network = SquareBoundNoise(2.0)
    movenet = MoveNet(network)
    tracker = PersonTracker(movenet, looks=8)
    keypoints = [tracker.follow(picture()) for _ in range(3)]
    plain = PersonTracker(movenet)
    single = [plain.follow(picture()) for _ in range(3)]
    assert tracker.looks == plain.looks + 3 * 8
    error = np.abs(np.array(keypoints)[..., :2] - TRUTH).mean()
    assert error < 0.55 * np.abs(np.array(single)[..., :2] - TRUTH).mean()


@pytest.fixture(scope="module")
def movenet(shared):
    return MoveNet.load(shared / "models" / "movenet_singlepose_lightning_4")


def test_real_frames_moved_by_whole_pixels_move_their_joints_by_as_many(shared, movenet):
    """The noise alone makes an estimate in a moved frame differ from the moved estimate."""
    careful = MoveNet(movenet.network, looks=8)
    noise = {1: [], 8: []}
    frames = list(read_frames(shared / "clips" / "tfjs_pose_squats.mp4"))[::12]
    for _, image in frames:
        moved = np.roll(image, (3, 5), (0, 1))
        for looks, estimator in ((1, movenet), (8, careful)):
            here, there = estimator.estimate(image), estimator.estimate(moved)
            noise[looks].append(np.abs(there[:, :2] - here[:, :2] - (3, 5)).mean())
    assert np.mean(noise[8]) < 0.8 * np.mean(noise[1])
