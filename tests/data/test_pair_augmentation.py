import numpy as np
import pytest
import tensorflow as tf

from deformable_gan.data.pair_augmentation import PairAugmentation
from deformable_gan.pose.skeleton import COCO17

SIZE = (64, 36)
COUNT = 400


@pytest.fixture(scope="module")
def changed():
    """Return a batch, the augmented batch, the augmentation and its random numbers."""
    rng = np.random.default_rng(0)
    images = rng.integers(60, 190, (COUNT, *SIZE, 3), np.uint8)
    joints = np.concatenate(
        [rng.uniform(5, 30, (COUNT, 17, 2)), np.full((COUNT, 17, 1), 0.9)], axis=-1
    ).astype(np.float32)
    joints[:, 3] = 0
    batch = {
        "source_image": tf.constant(images),
        "target_image": tf.constant(images),
        "background": tf.constant(images),
        "source_keypoints": tf.constant(joints),
        "target_keypoints": tf.constant(joints),
        "pair": tf.range(COUNT),
    }
    augmentation = PairAugmentation(COCO17, SIZE)
    numbers = (
        tf.random.stateless_normal([COUNT, augmentation.normals], [1, 2]),
        tf.random.stateless_uniform([COUNT, augmentation.uniforms], [1, 2]),
    )
    return batch, augmentation.apply(batch, *numbers), augmentation, numbers


def test_light_and_colour_change_alike_in_all_images_of_a_pair(changed):
    batch, after, _, _ = changed
    before = batch["source_image"].numpy().astype(float)
    source = after["source_image"].numpy().astype(float)
    target = after["target_image"].numpy().astype(float)
    assert after["source_image"].dtype == tf.uint8
    shift = source.mean(axis=(1, 2, 3)) - before.mean(axis=(1, 2, 3))
    assert shift.std() > 8
    # A small random gain of the target alone distinguishes target and source.
    assert 0 < np.abs(source - target).mean() < 4
    np.testing.assert_array_equal(after["background"], after["target_image"])
    # The change is linear in the grey level: brighter pixels stay brighter, channel by channel.
    for item in range(5):
        was, is_now = before[item, ..., 0].ravel(), source[item, ..., 0].ravel()
        assert np.corrcoef(was, is_now)[0, 1] > 0.99


def test_joints_move_a_little_and_some_go_missing(changed):
    batch, after, _, _ = changed
    before, moved = batch["source_keypoints"].numpy(), after["source_keypoints"].numpy()
    seen = (before[..., 2] > 0) & (moved[..., 2] > 0)
    shifts = (moved - before)[seen][:, :2]
    np.testing.assert_allclose(shifts.std(), 0.006 * SIZE[0], rtol=0.05)
    np.testing.assert_array_equal(moved[..., 2][seen], before[..., 2][seen])
    lost = (before[..., 2] > 0) & (moved[..., 2] == 0)
    assert not moved[lost].any()
    share = {joint: lost[:, i].mean() for i, joint in enumerate(COCO17.joints)}
    for joint in ("left_shoulder", "right_hip"):
        assert share[joint] == 0
    # The probability is 2 % for the joint alone, and 4 % for the outer joints of the limb together.
    assert 0.02 < share["left_wrist"] < 0.11
    assert 0 < share["nose"] < 0.05
    # A missing joint stays missing.
    assert not moved[:, 3].any()
    assert not np.array_equal(moved, after["target_keypoints"].numpy())


def test_equal_numbers_change_pairs_alike_in_any_batch(changed):
    batch, after, augmentation, numbers = changed
    part = slice(10, 13)
    alone = augmentation.apply(
        {name: value[part] for name, value in batch.items()}, *(n[part] for n in numbers)
    )
    for name, value in alone.items():
        np.testing.assert_array_equal(value, after[name][part])
