import numpy as np
import pytest

from deformable_gan.pose.skeleton import COCO17
from deformable_gan.reposing.frame_layout import FrameLayout
from deformable_gan.reposing.posed_image import PosedImage

SIZE = (64, 36)


@pytest.fixture
def cut_out(marker_movenet, red_mark):
    """A person cropped from a photograph, and a result of one colour."""
    photograph = red_mark((300, 260), 120, 100)
    keypoints = marker_movenet.estimate(photograph)
    person = PosedImage(photograph, keypoints, COCO17).cropped(SIZE)
    return person, np.full((*SIZE, 3), (0, 200, 0), np.uint8)


def frame(layout, person, image):
    return layout.frame(person, person.keypoints, image, COCO17)


def test_the_plain_result(cut_out):
    person, image = cut_out
    assert frame(FrameLayout(), person, image) is image
    assert frame(FrameLayout(scale=3), person, image).shape == (192, 108, 3)


def test_side_by_side(cut_out):
    person, image = cut_out
    shown = frame(FrameLayout(side_by_side=True, scale=2), person, image)
    assert shown.shape == (128, 3 * 72, 3)
    # The source is cropped from the photograph again, at twice the resolution.
    fine = person.crop.__class__(
        *(person.crop.top, person.crop.left, person.crop.height, person.crop.width), (128, 72)
    ).apply(person.photograph)
    np.testing.assert_array_equal(shown[:, :72], fine)
    np.testing.assert_array_equal(shown[:, 144:], np.broadcast_to(image[0, 0], (128, 72, 3)))
    # The joints are drawn at their positions in the source, here the nose.
    nose = np.round((person.keypoints[0, :2] + 0.5) * 2 - 0.5).astype(int)
    assert shown[nose[0], 72 + nose[1]].max() > 100
    assert 0.01 < (shown[:, 72:144].max(axis=-1) > 0).mean() < 0.5


def test_the_size_it_has_in_the_photograph(cut_out):
    person, image = cut_out
    size = round(person.crop.height), round(person.crop.width)
    assert size[0] > 100
    assert frame(FrameLayout(original_size=True), person, image).shape == (*size, 3)
    wide = frame(FrameLayout(original_size=True, side_by_side=True), person, image)
    assert wide.shape == (size[0], 3 * size[1], 3)


def test_laid_over_the_photograph(cut_out):
    person, image = cut_out
    whole = frame(FrameLayout(in_photograph=True), person, image)
    assert whole.shape == person.photograph.shape
    changed = np.argwhere((whole == (0, 200, 0)).all(axis=-1))
    edges = np.array([person.crop.top, person.crop.left, person.crop.height, person.crop.width])
    np.testing.assert_allclose(changed.min(axis=0), edges[:2] + 0.5, atol=0.51)
    np.testing.assert_allclose(changed.max(axis=0), edges[:2] + edges[2:] - 0.5, atol=0.51)
    outside = np.ones(whole.shape[:2], bool)
    (top, left), (bottom, right) = changed.min(axis=0), changed.max(axis=0) + 1
    outside[top:bottom, left:right] = False
    np.testing.assert_array_equal(whole[outside], person.photograph[outside])
    beside = frame(FrameLayout(in_photograph=True, side_by_side=True), person, image)
    assert beside.shape == (300, 3 * 260, 3)


def test_a_crop_that_reaches_beyond_the_photograph(marker_movenet, red_mark):
    photograph = red_mark((192, 40), 96, 20)
    person = PosedImage(photograph, marker_movenet.estimate(photograph), COCO17).cropped(SIZE)
    assert person.crop.left < -1
    image = np.full((*SIZE, 3), 7, np.uint8)
    whole = frame(FrameLayout(in_photograph=True), person, image)
    assert whole.shape == photograph.shape
    assert (whole == 7).all(axis=-1).mean() > 0.3


def test_a_picture_of_the_models_own_size(dancers):
    """Without a photograph around it, the result is shown at its own size."""
    image = np.zeros((*SIZE, 3), np.uint8)
    person = PosedImage(image + 9, dancers.test.keypoints[0], COCO17)
    for layout in (FrameLayout(original_size=True), FrameLayout(in_photograph=True)):
        assert frame(layout, person, image) is image
    shown = frame(FrameLayout(side_by_side=True, in_photograph=True), person, image)
    assert shown.shape == (64, 3 * 36, 3)
