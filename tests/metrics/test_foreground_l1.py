import numpy as np
from scipy.ndimage import binary_closing

from deformable_gan.metrics.foreground_l1 import foreground_l1
from deformable_gan.pose.skeleton import COCO17

SIZE = (40, 32)


def pose(*joints):
    """A pose with only the given joints: (name, y, x)."""
    keypoints = np.zeros((1, 17, 3), np.float32)
    for name, y, x in joints:
        keypoints[0, COCO17.index(name)] = (y, x, 1)
    return keypoints


def disc(y, x):
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    drawn = (rows - y) ** 2 + (columns - x) ** 2 < 16
    return binary_closing(drawn, np.ones((5, 5)))


def test_mean_over_the_person_alone():
    rng = np.random.default_rng(0)
    reference, image = rng.integers(0, 256, (2, 1, *SIZE, 3), np.uint8)
    mask = disc(20, 15)
    difference = np.abs(reference[0].astype(float) - image[0].astype(float))
    expected = difference[mask].mean()
    ours = foreground_l1(reference, image, pose(("left_wrist", 20, 15)), COCO17)
    np.testing.assert_allclose(ours, [expected], rtol=1e-5)


def test_background_does_not_count():
    reference = np.zeros((1, *SIZE, 3), np.uint8)
    image = np.where(disc(20, 15)[None, ..., None], 0, 200).astype(np.uint8)
    image = np.broadcast_to(image, reference.shape)
    np.testing.assert_array_equal(
        foreground_l1(reference, image, pose(("nose", 20, 15)), COCO17), [0]
    )


def test_grey_levels_of_255_for_every_image_of_the_batch():
    reference = np.full((3, *SIZE, 3), 100, np.uint8)
    image = reference + np.array([0, 10, 155], np.uint8)[:, None, None, None]
    keypoints = np.repeat(pose(("nose", 10, 10), ("left_eye", 8, 12)), 3, axis=0)
    np.testing.assert_allclose(foreground_l1(reference, image, keypoints, COCO17), [0, 10, 155])


def test_nobody_there():
    reference = np.zeros((1, *SIZE, 3), np.uint8)
    np.testing.assert_array_equal(foreground_l1(reference, reference + 9, pose(), COCO17), [0])
