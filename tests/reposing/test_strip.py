import numpy as np
import pytest

from deformable_gan.errors import ConfigurationError
from deformable_gan.models.from_config import build_generator
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.reposing.posed_image import PosedImage, annotated_image
from deformable_gan.reposing.strip import Strip


@pytest.fixture
def draw(tiny_config, dancers):
    def strip(target=1, **changes):
        changes = {f"generator__{name}": value for name, value in changes.items()}
        generator = build_generator(tiny_config.replace(**changes))
        person = annotated_image(dancers.test.image_path(0))
        result = np.full((64, 36, 3), (0, 255, 255), np.uint8)
        return Strip(generator, person, COCO17).draw(dancers.test.keypoints[target], result)

    return strip


@pytest.mark.parametrize(
    ("changes", "pictures"),
    [
        ({"skip": "none"}, 6),
        ({"skip": "none", "pose_representation": "stick_figure"}, 6),
        ({"skip": "full"}, 7),
        ({"skip": "stn"}, 7),
        ({"skip": "full", "still_background": True}, 8),
    ],
)
def test_without_regions_it_is_one_row(draw, changes, pictures):
    strip = draw(**changes)
    assert strip.dtype == np.uint8
    # The result stands at the end.
    assert (strip == (0, 255, 255)).all(axis=-1).sum() >= 64 * 36
    assert (strip[-10, -10] == (0, 255, 255)).all()
    widths = strip.shape[1] / pictures
    assert widths == pytest.approx(round(widths), abs=1)


def test_regions(draw, tiny_config, dancers):
    """Below the row of the whole there are ten columns: warps, masks and both."""
    strip = draw(target=0)  # the source's own pose: every transform is the identity
    height = strip.shape[0]
    generator = build_generator(tiny_config)
    keypoints = dancers.test.keypoints[:1]
    masks = np.asarray(generator.pose_warp.masks(keypoints, (64, 36), (1.0, 1.0), (0.0, 0.0)))[0]
    # image_grid enlarges small pictures by one integer for the titles' sake.
    scale = (strip.shape[1] - 2) // 10 // 36
    step = (64 * scale + 2, 36 * scale + 2)
    top = height - 3 * step[0]
    source = annotated_image(dancers.test.image_path(0)).image
    for number in range(10):
        left = 2 + number * step[1]
        warped, mask, both = (
            strip[top + row * step[0] :, left:][: 64 * scale : scale, : 36 * scale : scale]
            for row in range(3)
        )
        np.testing.assert_array_equal(mask[..., 0], masks[number] * 255)
        np.testing.assert_array_equal(both, np.where(mask > 0, warped, 0))
        inside = masks[number] > 0
        if number and inside.any():
            difference = np.abs(warped.astype(int) - source)[inside]
            assert np.median(difference) <= 2


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_both_samplings(draw, interpolation):
    assert draw(interpolation=interpolation).shape[1] > 10 * 36


def test_nobody_in_the_target(draw, tiny_config, dancers):
    person = PosedImage(np.zeros((64, 36, 3), np.uint8), dancers.test.keypoints[0], COCO17)
    strip = Strip(build_generator(tiny_config), person, COCO17)
    drawn = strip.draw(np.zeros((17, 3), np.float32), person.image)
    assert drawn.dtype == np.uint8


def test_only_an_export():
    with pytest.raises(ConfigurationError, match=r"--strip looks inside .* --run"):
        Strip.require(None)
