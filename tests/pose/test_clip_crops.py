import numpy as np
import pytest

from deformable_gan.errors import ConfigurationError
from deformable_gan.pose.body_box import BodyBox
from deformable_gan.pose.clip_crops import crop_clip

SIZE = (128, 72)
IMAGE = (240, 427)


def walk(distance, count=25):
    """Return boxes of a body of 100 x 50 pixels that moves by a distance, and the times."""
    return [
        BodyBox(50, left, 150, left + 50) for left in np.linspace(20, 20 + distance, count)
    ], np.arange(count) / 6


def holds(crop, box):
    return (
        crop.top <= box.top + 1e-6
        and crop.left <= box.left + 1e-6
        and crop.top + crop.height >= box.bottom - 1e-6
        and crop.left + crop.width >= box.right - 1e-6
    )


def test_dancing_on_the_spot_keeps_the_crop_fixed():
    boxes, times = walk(20)
    mode, crops = crop_clip(boxes, times, IMAGE, SIZE)
    assert mode == "fixed"
    assert len(set(crops)) == 1
    # 70 pixels wide, less a fortieth of the walk at either end: 69 · 128 / 72 high.
    assert crops[0].height == pytest.approx(69 * 128 / 72)
    assert all(holds(crops[0], box) for box in boxes[1:-1])


def test_one_outlier_makes_nobody_small():
    boxes, times = walk(20, count=60)
    usual = crop_clip(boxes, times, IMAGE, SIZE)[1][0]
    boxes[30] = BodyBox(50, 0, 150, 400)
    mode, crops = crop_clip(boxes, times, IMAGE, SIZE)
    assert mode == "fixed"
    assert crops[0].height == pytest.approx(usual.height, rel=0.05)


@pytest.mark.parametrize(("distance", "mode"), [(45, "fixed"), (47, "follow")])
def test_the_rule_changes_at_sixty_percent(distance, mode):
    # A crop 50 + 0.95 d pixels wide is 16 / 9 times as high: 100 / 0.6 at d = 46.05.
    boxes, times = walk(distance)
    assert crop_clip(boxes, times, IMAGE, SIZE)[0] == mode


def test_crossing_the_picture_is_followed_smoothly():
    boxes, times = walk(300)
    rng = np.random.default_rng(0)
    shaken = []
    for box in boxes:
        dy, dx = rng.normal(0, 3, 2)
        shaken.append(BodyBox(box.top + dy, box.left + dx, box.bottom + dy, box.right + dx))
    mode, crops = crop_clip(shaken, times, IMAGE, SIZE)
    assert mode == "follow"
    assert all(holds(crop, box) for crop, box in zip(crops, shaken, strict=True))
    inner = slice(4, -4)  # the crops at the ends stop at the image's border
    middles = np.array([crop.left + crop.width / 2 for crop in crops])[inner]
    raw = np.array([box.centre[1] for box in shaken])[inner]
    assert np.diff(middles, 2).std() < np.diff(raw, 2).std() / 4
    heights = np.array([crop.height for crop in crops])
    assert np.abs(np.diff(heights) / heights[1:]).max() < 0.1
    assert np.median(100 / heights) > 0.6


def test_modes_can_be_forced():
    boxes, times = walk(300)
    assert crop_clip(boxes, times, IMAGE, SIZE, "fixed")[0] == "fixed"
    boxes, times = walk(0)
    mode, crops = crop_clip(boxes, times, IMAGE, SIZE, "follow")
    assert mode == "follow"
    assert crops[3].height == pytest.approx(100)
    with pytest.raises(ConfigurationError, match="'zoom'"):
        crop_clip(boxes, times, IMAGE, SIZE, "zoom")
