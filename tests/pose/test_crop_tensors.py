"""Crops as tensors, compared with Pillow and with the array code, which has its own tests."""

import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.data.usable_pose import keep_seen_joints
from deformable_gan.pose.body_box import BodyBox
from deformable_gan.pose.crop_tensors import Rectangle, person_rectangle
from deformable_gan.pose.person_crop import PersonCrop
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18


def rectangle_of(crop):
    corner, size = (crop.top, crop.left), (crop.height, crop.width)
    return Rectangle(tf.constant(corner, tf.float64), tf.constant(size, tf.float64))


@pytest.fixture(scope="module")
def picture():
    """Return noise over slow waves, which makes every rounding visible somewhere."""
    rng = np.random.default_rng(0)
    waves = 128 + 90 * np.sin(np.mgrid[:301, :233].sum(axis=0) / 9)[..., None]
    return np.clip(waves + rng.normal(0, 30, (301, 233, 3)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("number", range(12))
def test_pixels_are_pillows(picture, number):
    """From tenfold enlarging to fivefold shrinking, also beyond the image's edges."""
    rng = np.random.default_rng(number)
    output_size = tuple(int(n) for n in rng.integers(20, 70, 2))
    scale = np.exp(rng.uniform(np.log(0.1), np.log(5)))
    height, width = scale * output_size[0], scale * output_size[1]
    top, left = rng.uniform(-0.4, 1.1, 2) * np.array(picture.shape[:2]) - (height / 2, width / 2)
    crop = PersonCrop(float(top), float(left), height, width, output_size)
    cut = tf.function(lambda image: rectangle_of(crop).cut_out(image, output_size))(picture)
    np.testing.assert_array_equal(cut, crop.apply(picture))


def test_a_crop_on_whole_pixels_is_the_picture_itself(picture):
    crop = PersonCrop(9.5, 19.5, 100, 60, (100, 60))
    cut = rectangle_of(crop).cut_out(picture, (100, 60)).numpy()
    np.testing.assert_array_equal(cut, picture[10:110, 20:80])


@pytest.mark.parametrize("skeleton", [COCO17, OPENPOSE18], ids=lambda skeleton: skeleton.name)
@pytest.mark.parametrize("size", [(480, 640), (200, 90), (60, 400)])
def test_the_rectangle_round_a_person(skeleton, size):
    rng = np.random.default_rng(7)
    find = tf.function(
        lambda joints: person_rectangle(joints, skeleton, tf.constant(size), (64, 36))
    )
    for _ in range(40):
        middle, reach = rng.uniform(0, size), np.exp(rng.uniform(0, np.log(max(size))))
        joints = np.ones((len(skeleton), 3), np.float32)
        joints[:, :2] = middle + rng.normal(0, reach / 4, (len(skeleton), 2))
        joints[:, 2] = rng.random(len(skeleton)) > 0.2
        joints = keep_seen_joints(joints, size, 0.0)
        if (joints[:, 2] > 0).sum() < 2:
            continue
        box = BodyBox.of_pose(joints, skeleton).within(size)
        crop = PersonCrop.around(box, (64, 36)).fitted(size)
        found = find(joints)
        expected = (crop.top, crop.left, crop.height, crop.width)
        np.testing.assert_allclose([*found.corner, *found.size], expected, rtol=0, atol=1e-9)
        np.testing.assert_allclose(found.to_crop(joints, (64, 36)), crop.to_crop(joints), atol=1e-4)


def test_nobody_gets_the_whole_picture():
    nobody = np.zeros((17, 3), np.float32)
    corner, size = person_rectangle(nobody, COCO17, tf.constant((100, 80)), (64, 36))
    np.testing.assert_allclose(size / size[1], (64 / 36, 1))
    assert size[0] >= 100 * 0.9
    np.testing.assert_allclose(corner + size / 2, (49.5, 39.5))
