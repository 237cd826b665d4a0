import numpy as np

from deformable_gan.layers.keypoint_localization import KeypointLocalization

SIZE = (41, 21)


def _built(joints=17, units=5):
    layer = KeypointLocalization(SIZE, units)
    layer.build((None, joints, 3), (None, joints, 3))
    return layer


def test_begins_as_the_identity(make_poses):
    transforms = _built()(make_poses(SIZE, seed=1), make_poses(SIZE, seed=2))
    assert transforms.shape == (2, 1, 8)
    identity = np.broadcast_to([1, 0, 0, 0, 1, 0, 0, 0], (2, 1, 8))
    np.testing.assert_allclose(transforms, identity, atol=1e-6)


def test_the_original_s_seventy_two_coordinates():
    assert _built(joints=18, units=64).hidden.kernel.shape == (72, 64)


def test_corrections_are_in_normalised_coordinates(make_poses):
    layer = _built()
    correction = np.array([0.1, -0.2, 0.3, 0.05, -0.15, -0.4], np.float32)
    layer.correction.bias.assign(correction)
    transform = np.asarray(layer(make_poses(SIZE), make_poses(SIZE)))[0, 0]
    matrix = (np.array([1, 0, 0, 0, 1, 0]) + correction).reshape(2, 3)
    for x, y in ((0, 0), (20, 40), (20, 0), (10, 20), (3, 37)):
        # -1 is the centre of the first pixel, 1 the centre of the last.
        sent = matrix @ [x / 10 - 1, y / 20 - 1, 1]
        np.testing.assert_allclose(transform[:3] @ [x, y, 1], (sent[0] + 1) * 10, atol=1e-4)
        np.testing.assert_allclose(transform[3:6] @ [x, y, 1], (sent[1] + 1) * 20, atol=1e-4)
    np.testing.assert_array_equal(transform[6:], 0)


def test_missing_joints_say_nothing(make_poses):
    layer = _built()
    layer.correction.kernel.assign(np.random.default_rng(0).normal(size=(5, 6)))
    source, target = make_poses(SIZE, seed=1), make_poses(SIZE, seed=2)
    source[:, 4, 2] = 0
    elsewhere = source.copy()
    elsewhere[:, 4, :2] = 1000
    np.testing.assert_array_equal(layer(source, target), layer(elsewhere, target))
    elsewhere[:, 5, :2] += 1
    assert np.any(np.asarray(layer(source, target)) != layer(elsewhere, target))


def test_missing_joints_without_numbers_say_nothing(make_poses):
    layer = _built()
    layer.correction.kernel.assign(np.ones((5, 6)))
    source = make_poses(SIZE)
    source[:, 4] = (np.nan, np.nan, 0)
    assert np.isfinite(layer(source, source)).all()
