import keras
import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.losses.pose_consistency_loss import PoseConsistencyLoss

IMAGE_SIZE = (24, 16)
KEYPOINTS = np.array(
    [[[5, 3, 1], [20.5, 12, 0.4], [-1, -1, 0]], [[0, 0, 1], [23, 15, 1], [11, 8, 1]]], np.float32
)


def heatmaps(keypoints, size, stride, sigma):
    """Return Gaussians at the joints, on a map with a pixel for each block of image pixels."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    maps = np.zeros((len(keypoints), *size, keypoints.shape[1]))
    for item, joint in np.ndindex(keypoints.shape[:2]):
        y, x, confidence = keypoints[item, joint]
        if confidence > 0:
            # Map pixel j lies in the middle of pixels stride * j ... stride * j + stride - 1.
            far = (rows - (y - (stride - 1) / 2) / stride) ** 2
            far = far + (columns - (x - (stride - 1) / 2) / stride) ** 2
            maps[item, ..., joint] = np.exp(-far / (2 * (sigma / stride) ** 2))
    return maps.astype(np.float32)


@pytest.mark.parametrize("stride", [1, 2, 4])
def test_a_perfect_estimate_costs_nothing(stride):
    size = (IMAGE_SIZE[0] // stride, IMAGE_SIZE[1] // stride)
    perfect = heatmaps(KEYPOINTS, size, stride, sigma=3.0)
    loss = PoseConsistencyLoss(IMAGE_SIZE, sigma=3.0)
    np.testing.assert_allclose(loss(KEYPOINTS, perfect), 0, atol=1e-10)
    # A missing joint is not compared, whatever is estimated for it.
    perfect[0, ..., 2] = 7
    np.testing.assert_allclose(loss(KEYPOINTS, perfect), 0, atol=1e-10)
    perfect[0, 0, 0, 0] += 0.5
    wrong = (
        0.25 / 2 / (2 * size[0] * size[1])
    )  # 0.5², averaged over two joints and over the pixels of two images
    np.testing.assert_allclose(loss(KEYPOINTS, perfect), wrong, rtol=1e-4)


def test_squares_are_averaged_over_the_joints_present():
    maps = heatmaps(KEYPOINTS, IMAGE_SIZE, 1, 6.0)
    present = (KEYPOINTS[..., 2] > 0)[:, None, None]
    expected = np.where(present, maps**2, 0).sum(-1) / present.sum(-1)
    nothing = np.zeros_like(maps)
    np.testing.assert_allclose(
        PoseConsistencyLoss(IMAGE_SIZE).call(KEYPOINTS, nothing), expected, rtol=1e-4, atol=1e-7
    )


def test_nobody_to_compare_with_is_no_loss():
    nobody = np.zeros((1, 3, 3), np.float32)
    assert PoseConsistencyLoss(IMAGE_SIZE)(nobody, np.ones((1, *IMAGE_SIZE, 3), np.float32)) == 0


class BrightSpots(keras.layers.Layer):
    """An estimator that uses each colour as one joint's heat map, at half size."""

    def call(self, images):
        return keras.ops.average_pool((images + 1) / 2, 2)


def test_the_gradient_paints_the_joints_into_the_image():
    estimator = keras.Sequential([keras.Input((*IMAGE_SIZE, 3)), BrightSpots()])
    loss = PoseConsistencyLoss(IMAGE_SIZE, estimator, sigma=3.0)
    image = tf.Variable(np.full((2, *IMAGE_SIZE, 3), -1.0, np.float32))
    before = loss(KEYPOINTS, image)
    optimizer = keras.optimizers.Adam(0.1)
    for _ in range(40):
        with tf.GradientTape() as tape:
            value = loss(KEYPOINTS, image)
        optimizer.apply([tape.gradient(value, image)], [image])
    assert value < 0.05 * before
    painted = image.numpy()
    for item, joint in np.argwhere(KEYPOINTS[..., 2] > 0):
        y, x = KEYPOINTS[item, joint, :2]
        brightest = np.unravel_index(painted[item, ..., joint].argmax(), IMAGE_SIZE)
        # The heat map has half the image's size, so a place is known only to within two pixels.
        assert np.abs(np.subtract(brightest, (y, x))).max() <= 1.5
    # A missing joint changes nothing in the image.
    np.testing.assert_array_equal(painted[0, ..., 2], -1)


def test_a_configuration_serves_more_than_once():
    config = PoseConsistencyLoss(IMAGE_SIZE, sigma=3.0).get_config()
    before = dict(config)
    for _ in range(2):
        assert PoseConsistencyLoss.from_config(config).get_config() == before
    assert config == before
