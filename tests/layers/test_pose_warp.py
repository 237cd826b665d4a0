import numpy as np
import pytest

from deformable_gan.errors import ConfigurationError
from deformable_gan.geometry.affine import OUTSIDE
from deformable_gan.geometry.background_mask import background_mask
from deformable_gan.geometry.region_masks import region_masks
from deformable_gan.layers.pose_warp import PoseWarp
from deformable_gan.pose.skeleton import COCO17

SIZE = (64, 48)


def _features(size, channels=4, seed=0):
    return np.random.default_rng(seed).normal(size=(2, *size, channels)).astype(np.float32)


def _warped(warp, features, source, target, stride=1, offset=0.0, transforms=None):
    if transforms is None:
        transforms = warp.transforms(source, target)
    return np.asarray(warp(features, transforms, source, target, stride=stride, offset=offset))


@pytest.mark.parametrize("kind", ["full", "stn"])
def test_the_same_pose_leaves_everything_in_place(kind, make_poses):
    pose = make_poses(SIZE, spread=0)
    features = _features(SIZE)
    warped = _warped(PoseWarp(kind, SIZE, "coco17"), features, pose, pose)
    # Transforms are exact to some 1e-5 of a pixel. A position that lies beyond the edge by so
    # little already mixes in zeros from outside.
    np.testing.assert_allclose(warped, features, atol=2e-3)


def test_mask_keeps_positive_features_of_the_same_pose(make_poses):
    pose = make_poses(SIZE, spread=0)
    features = _features(SIZE)
    warped = _warped(PoseWarp("mask", SIZE, "coco17"), features, pose, pose)
    # No pixel lies in all ten masks, so zeros take part in every maximum.
    np.testing.assert_allclose(warped, np.maximum(features, 0), atol=2e-3)


@pytest.mark.parametrize(("stride", "offset"), [(1, 0.0), (2, 0.5), (4, 1.5), (8, 3.5), (2, 1.5)])
def test_every_level_looks_at_the_same_places_of_the_image(stride, offset):
    # Each feature holds its own position in the image. After the warp, each must hold its position
    # mapped by the transform.
    size = (SIZE[0] // stride, SIZE[1] // stride)
    rows, columns = np.mgrid[: size[0], : size[1]] * stride + offset
    features = np.stack([rows, columns, np.ones(size)], axis=-1)[None].astype(np.float32)
    a0, a1, a2, b0, b1, b2 = transform = (0.9, 0.2, 3.0, -0.15, 1.1, -4.0)
    transforms = np.array([[[*transform, 0, 0]]], np.float32)
    warp = PoseWarp("full", SIZE, "coco17")
    nobody = np.zeros((1, 17, 3), np.float32)
    warped = _warped(warp, features, nobody, nobody, stride, offset, transforms)[0]
    inside = warped[..., 2] > 1 - 1e-5
    assert inside.mean() > 0.5
    expected = np.stack([b0 * columns + b1 * rows + b2, a0 * columns + a1 * rows + a2], axis=-1)
    np.testing.assert_allclose(warped[inside, :2], expected[inside], atol=1e-3)


def test_masks_lie_where_the_target_s_regions_are(make_poses):
    source, target = make_poses(SIZE, seed=1), make_poses(SIZE, seed=2)
    warp = PoseWarp("mask", SIZE, "coco17")
    # Every limb and the head read a one inside the image; the body reads outside.
    transforms = np.tile(np.array([0, 0, 5, 0, 0, 5, 0, 0], np.float32), (2, 10, 1))
    transforms[:, 0] = OUTSIDE
    for stride in (1, 2, 4):
        offset = (stride - 1) / 2
        size = (SIZE[0] // stride, SIZE[1] // stride)
        ones = np.ones((2, *size, 1), np.float32)
        covered = _warped(warp, ones, source, target, stride, offset, transforms)[..., 0]
        masks = region_masks(target, size, COCO17, (stride, stride), (offset, offset))
        np.testing.assert_array_equal(covered, np.max(masks[:, 1:], axis=1))


def test_nearest_reads_every_stride_th_pixel_of_the_masks(make_poses):
    source, target = make_poses(SIZE, seed=1), make_poses(SIZE, seed=2)
    warp = PoseWarp("mask", SIZE, "coco17", interpolation="nearest")
    transforms = np.tile(np.array([0, 0, 2, 0, 0, 2, 0, 0], np.float32), (2, 10, 1))
    transforms[:, 0] = OUTSIDE

    def covered(size):
        ones = np.ones((2, *size, 1), np.float32)
        return _warped(warp, ones, source, target, transforms=transforms)[..., 0]

    full = covered(SIZE)
    assert 0.1 < full.mean() < 0.9
    np.testing.assert_array_equal(covered((32, 24)), full[:, ::2, ::2])
    # As the original's nearest-neighbour resize to any size: row i of h reads row floor(i H / h).
    rows, columns = np.arange(31) * 64 // 31, np.arange(23) * 48 // 23
    np.testing.assert_array_equal(covered((31, 23)), full[:, rows][:, :, columns])


def test_nearest_divides_translations_by_the_whole_stride():
    warp = PoseWarp("full", (128, 64), "coco17", interpolation="nearest")
    features = np.arange(63 * 31, dtype=np.float32).reshape(1, 63, 31, 1)
    transforms = np.array([[[1, 0, 6, 0, 1, -10, 0, 0]]], np.float32)
    nobody = np.zeros((1, 17, 3), np.float32)
    # 128 // 63 = 64 // 31 = 2: a pixel reads three to the right and five up, whatever the stride.
    warped = _warped(warp, features, nobody, nobody, 8, 3.5, transforms)
    np.testing.assert_array_equal(warped[0, 5:, :-3], features[0, :-5, 3:])
    assert not warped[0, :5].any()
    assert not warped[0, :, -3:].any()


def test_still_background_stays(make_poses):
    source = make_poses(SIZE, seed=1, spread=0)
    target = source + np.float32([1, 6, 0])
    features = _features(SIZE)
    moving, still = (
        _warped(PoseWarp("mask", SIZE, "coco17", still_background=flag), features, source, target)
        for flag in (False, True)
    )
    background = np.asarray(background_mask(source, target, SIZE, COCO17)) > 0
    assert 0.05 < background.mean() < 0.95
    np.testing.assert_array_equal(still[background], features[background])
    np.testing.assert_array_equal(still[~background], moving[~background])
    assert np.abs(moving[background] - features[background]).max() > 0.1


def test_averages_where_asked_to(make_poses):
    source, target = make_poses(SIZE, seed=1), make_poses(SIZE, seed=2)
    ones = np.ones((2, *SIZE, 1), np.float32)
    warp = PoseWarp("mask", SIZE, "coco17", aggregation="avg")
    transforms = np.tile(np.array([0, 0, 5, 0, 0, 5, 0, 0], np.float32), (2, 10, 1))
    transforms[:, 1:] = OUTSIDE
    averaged = _warped(warp, ones, source, target, transforms=transforms)[..., 0]
    count = np.sum(region_masks(target, SIZE, COCO17), axis=1)
    np.testing.assert_allclose(averaged, 1 / count, rtol=1e-6)


def test_the_method_may_be_changed_and_changes_nothing(make_poses):
    source, target = make_poses(SIZE, seed=1), make_poses(SIZE, seed=2)
    features = _features(SIZE)
    warp = PoseWarp("mask", SIZE, "coco17")
    dense = _warped(warp, features, source, target)
    warp.method = "sparse"
    assert warp.skip.method == "sparse"
    assert warp.get_config()["method"] == "sparse"
    np.testing.assert_allclose(_warped(warp, features, source, target), dense, atol=1e-6)


@pytest.mark.parametrize("kind", ["mask", "full"])
def test_nearest_transforms_come_from_double_precision(kind, make_poses):
    source, target = make_poses(SIZE, seed=1), make_poses(SIZE, seed=2)
    faithful = PoseWarp(kind, SIZE, "coco17", interpolation="nearest").transforms(source, target)
    single = PoseWarp(kind, SIZE, "coco17").transforms(source, target)
    assert faithful.dtype == single.dtype == "float32"
    np.testing.assert_allclose(faithful, single, atol=1e-3)
    assert np.any(np.asarray(faithful) != np.asarray(single))


def test_refuses_what_it_does_not_know():
    with pytest.raises(ConfigurationError, match=r"'mask', 'full', 'stn'.*received 'none'"):
        PoseWarp("none", SIZE, "coco17")
    with pytest.raises(ConfigurationError, match=r"interpolation.*'cubic'"):
        PoseWarp("mask", SIZE, "coco17", interpolation="cubic")
    with pytest.raises(ConfigurationError, match=r"estimator.*'robust'"):
        PoseWarp("mask", SIZE, "coco17", estimator="robust")
