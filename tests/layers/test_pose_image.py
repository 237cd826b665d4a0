import numpy as np
import pytest

from deformable_gan.errors import ConfigurationError
from deformable_gan.geometry.stick_figure import stick_figure
from deformable_gan.layers.pose_image import PoseImage
from deformable_gan.pose.skeleton import COCO17

SIZE = (30, 20)


def test_heat_maps_by_hand(make_poses):
    keypoints = make_poses(SIZE)
    keypoints[0, 3, 2] = 0
    maps = np.asarray(PoseImage(SIZE, "coco17", sigma=2.5)(keypoints))
    assert maps.shape == (2, *SIZE, 17)
    y, x = np.mgrid[: SIZE[0], : SIZE[1]][..., None]
    for item in range(2):
        joints = keypoints[item]
        square = (y - joints[:, 0]) ** 2 + (x - joints[:, 1]) ** 2
        expected = np.exp(-square / (2 * 2.5**2)) * (joints[:, 2] > 0)
        np.testing.assert_allclose(maps[item], expected, atol=1e-6)
    assert not maps[0, ..., 3].any()


def test_draws_stick_figures(make_poses):
    keypoints = make_poses(SIZE)
    drawn = PoseImage(SIZE, "coco17", "stick_figure")(keypoints)
    np.testing.assert_array_equal(drawn, stick_figure(keypoints, SIZE, COCO17))


@pytest.mark.parametrize(
    ("skeleton", "representation", "channels"),
    [
        ("coco17", "heatmaps", 17),
        ("openpose18", "heatmaps", 18),
        ("coco17", "stick_figure", 3),
        ("openpose18", "stick_figure", 3),
    ],
)
def test_channels(skeleton, representation, channels):
    layer = PoseImage(SIZE, skeleton, representation)
    assert layer.channels == channels
    joints = 17 if skeleton == "coco17" else 18
    assert layer(np.zeros((1, joints, 3), np.float32)).shape == (1, *SIZE, channels)


def test_refuses_what_it_does_not_know():
    with pytest.raises(ConfigurationError, match=r"'heatmaps', 'stick_figure'.*received 'dots'"):
        PoseImage(SIZE, "coco17", "dots")
    with pytest.raises(ConfigurationError, match="bones"):
        PoseImage(SIZE, "bones")
