"""Half precision for features, single precision for coordinates."""

import keras
import numpy as np
import pytest

from deformable_gan.layers.affine_warp import AffineWarp
from deformable_gan.layers.deformable_skip import DeformableSkip
from deformable_gan.layers.pose_image import PoseImage
from deformable_gan.layers.pose_warp import PoseWarp

# The relative rounding error of one number. In networks of a dozen layers several errors add up.
_POLICIES = {"mixed_bfloat16": 2.0**-9, "mixed_float16": 2.0**-12}


@pytest.fixture(params=["mixed_bfloat16", pytest.param("mixed_float16", marks=pytest.mark.slow)])
def policy(request):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


def test_runs_and_stays_near_single_precision(network, policy):
    instance = network.make()
    exact = network.make(dtype="float32")
    inputs = network.draw()
    expected = network.call(exact, inputs)
    network.call(instance, inputs)
    assert all(weight.dtype == "float32" for weight in instance.weights)
    instance.set_weights(exact.get_weights())
    results = network.call(instance, inputs)
    for result, value in zip(
        keras.tree.flatten(results), keras.tree.flatten(expected), strict=True
    ):
        result, value = np.asarray(result, np.float32), np.asarray(value)
        assert np.isfinite(result).all()
        scale = max(1.0, np.abs(value).max())
        assert np.abs(result - value).mean() < 8 * _POLICIES[policy] * scale


def test_losses_take_half_precision(loss, policy):
    y_true, y_pred = loss.draw()
    expected = loss.make()(y_true, y_pred)
    half = keras.ops.cast(y_pred, policy.removeprefix("mixed_"))
    np.testing.assert_allclose(loss.make()(y_true, half), expected, rtol=32 * _POLICIES[policy])


def test_a_long_way_is_exact(policy):
    # 259 needs nine bits, one more than bfloat16 has.
    features = np.arange(300, dtype=np.float32).reshape(1, 1, 300, 1) % 7
    transforms = np.array([[[1, 0, 259, 0, 1, 0, 0, 0]]], np.float32)
    masks = np.ones((1, 1, 1, 300), np.float32)
    half = keras.ops.cast(features, policy.removeprefix("mixed_"))
    expected = np.concatenate([features[0, 0, 259:, 0], np.zeros(259)])
    warped = AffineWarp()(half, transforms)
    assert keras.backend.standardize_dtype(warped.dtype) == policy.removeprefix("mixed_")
    np.testing.assert_array_equal(np.asarray(warped, np.float32)[0, 0, 0, :, 0], expected)
    for method in ("dense", "sparse"):
        skipped = DeformableSkip(method=method)(half, transforms, masks)
        np.testing.assert_array_equal(np.asarray(skipped, np.float32)[0, 0, :, 0], expected)


def test_poses_are_not_rounded(policy):
    rng = np.random.default_rng(0)
    source, target = (
        np.concatenate([rng.uniform(0, 256, (2, 17, 2)), np.ones((2, 17, 1))], -1).astype("f4")
        for _ in range(2)
    )
    warp = PoseWarp("mask", (256, 256), "coco17")
    exact = PoseWarp("mask", (256, 256), "coco17", dtype="float32")
    np.testing.assert_array_equal(warp.transforms(source, target), exact.transforms(source, target))
    learned = PoseWarp("stn", (256, 256), "coco17")
    learned.build()
    assert keras.backend.standardize_dtype(learned.transforms(source, target).dtype) == "float32"
    drawn = np.asarray(PoseImage((256, 256), "coco17", sigma=1.0)(source), np.float32)
    wanted = PoseImage((256, 256), "coco17", sigma=1.0, dtype="float32")(source)
    # bfloat16 rounds coordinates near 200 by up to half a pixel, which would change a pixel's value
    # by 0.1.
    assert np.abs(drawn - wanted).max() <= _POLICIES[policy]
