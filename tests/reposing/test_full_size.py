"""Composing at full size, compared with other warps, the photograph and the generator."""

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage.transform import AffineTransform
from skimage.transform import warp as skimage_warp

from deformable_gan.geometry.regions import REGION_NAMES
from deformable_gan.inference import make_compose
from deformable_gan.layers.composite import Composite
from deformable_gan.models.from_config import build_generator
from deformable_gan.models.pixels import images_to_floats
from deformable_gan.pose.person_crop import PersonCrop
from deformable_gan.reposing.full_size import FullSizeComposer
from deformable_gan.reposing.window import Window

SIZE = (64, 36)
# Before version 5, OpenCV rounds positions to 1/32 of a pixel.
EXACT = int(cv2.__version__.split(".")[0]) >= 5


@pytest.fixture
def photograph():
    rng = np.random.default_rng(3)
    noise = rng.integers(0, 256, (320, 260, 3)).astype(np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 1.5)


def parts_of(weights=None, transforms=None, choice=None, count=12):
    """Return parts to compose; by default only candidate `choice` has a weight, nothing moves."""
    if weights is None:
        weights = np.zeros((*SIZE, count), np.float32)
        weights[..., choice] = 1
    if transforms is None:
        transforms = np.tile(np.float32([1, 0, 0, 0, 1, 0, 0, 0]), (10, 1))
    drawn = np.zeros((*SIZE, 3), np.float32)
    return {"weights": weights, "drawn": drawn, "transforms": np.asarray(transforms, np.float32)}


@pytest.mark.parametrize("background", [False, True])
def test_at_the_networks_size_it_is_the_generator(tiny_config, dancers, background):
    config = tiny_config.replace(generator__composite=True, generator__background=background)
    generator = build_generator(config)
    rng = np.random.default_rng(0)
    for weight in generator.weights:  # larger than initial weights, so that candidates differ
        weight.assign(rng.normal(0, 0.5, weight.shape))
    image = np.asarray(Image.open(dancers.test.image_path(0)))[None]
    inputs = {
        "source_image": image,
        "source_keypoints": dancers.test.keypoints[:1],
        "target_keypoints": dancers.test.keypoints[2:3],
    }
    if background:
        inputs["background"] = rng.integers(0, 256, (1, *SIZE, 3)).astype(np.uint8)
    expected = np.asarray(generator(images_to_floats(inputs), training=False))[0]
    parts = {name: value[0] for name, value in make_compose(generator)(**inputs).items()}
    assert np.ptp(parts["weights"].argmax(axis=-1)) > 2
    composer = FullSizeComposer(
        image[0].astype(np.float32),
        PersonCrop.whole(SIZE),
        inputs["background"][0].astype(np.float32) if background else None,
        least_weight=0,
    )
    difference = np.abs(composer.in_crop(parts) / 127.5 - 1 - np.clip(expected, -1, 1))
    assert difference.max() < (1e-5 if EXACT else 0.1)


def test_one_region_is_a_warp_of_the_photograph(photograph):
    """The crop lies between pixels, extends beyond the photograph and has non-square pixels."""
    crop = PersonCrop(-10.3, 40.7, 64 * 4.9, 36 * 5.3, SIZE)
    region = REGION_NAMES.index("left_upper_arm")
    transforms = np.tile(np.float32([1, 0, 500, 0, 1, 500, 0, 0]), (10, 1))
    transforms[region, :6] = (0.8, 0.3, 2.25, -0.2, 1.1, 3.5)
    made = FullSizeComposer(photograph, crop).in_photograph(
        parts_of(choice=region, transforms=transforms)
    )
    # From a pixel of the photograph to the network's, through the transform, and back.
    to_photograph = np.array([[5.3, 0, 2.65 + 40.7], [0, 4.9, 2.45 - 10.3], [0, 0, 1]])
    matrix = np.array([[0.8, 0.3, 2.25], [-0.2, 1.1, 3.5], [0, 0, 1]])
    matrix = to_photograph @ matrix @ np.linalg.inv(to_photograph)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    by_opencv = cv2.warpAffine(
        photograph, matrix[:2], (260, 320), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    by_skimage = skimage_warp(
        photograph.astype(float), AffineTransform(matrix), order=1, mode="edge"
    )
    inside = np.s_[0 : int(-10.3 + 64 * 4.9), 41 : int(40.7 + 36 * 5.3)]
    for expected in (by_opencv, by_skimage):
        difference = np.abs(made[inside].astype(float) - expected[inside])
        assert difference.max() <= (1.0 if EXACT else 6)
        assert difference.mean() < 0.5
    # Far from the crop nothing changes.
    np.testing.assert_array_equal(made[:, :25], photograph[:, :25])


def test_the_source_itself_is_the_photograph(photograph):
    """If only the unmoved source has a weight, no grey level changes."""
    composer = FullSizeComposer(photograph, PersonCrop(20.4, 33.3, 64 * 3.7, 36 * 3.7, SIZE))
    parts = parts_of(choice=10)
    np.testing.assert_array_equal(composer.in_photograph(parts), photograph)
    np.testing.assert_array_equal(composer.in_crop(parts), photograph[21 : 21 + 237, 34 : 34 + 133])


def test_the_background_and_what_is_drawn(photograph):
    background = photograph[::-1].copy()
    crop = PersonCrop(20.4, 33.3, 64 * 3.7, 36 * 3.7, SIZE)
    composer = FullSizeComposer(photograph, crop, background)
    window = np.s_[21 : 21 + 237, 34 : 34 + 133]
    made = composer.in_crop(parts_of(choice=10, count=13))
    np.testing.assert_array_equal(made, background[window])
    made = composer.in_crop(parts_of(choice=11, count=13))
    np.testing.assert_array_equal(made, photograph[window])
    parts = parts_of(choice=12, count=13)
    parts["drawn"][:] = 0.2
    np.testing.assert_array_equal(composer.in_crop(parts), 153)


def test_what_is_drawn_is_enlarged_smoothly(photograph):
    """A linear gradient stays linear when it is enlarged."""
    crop = PersonCrop(20.4, 33.3, 64 * 3.7, 36 * 2.9, SIZE)
    parts = parts_of(choice=11)
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    parts["drawn"] = (np.stack([y, x, y + x], axis=-1) / 50 - 1).astype(np.float32)
    made = FullSizeComposer(photograph.astype(np.float32), crop).in_crop(parts)
    rows = (np.arange(21, 21 + 237) - 20.4) / 3.7 - 0.5
    columns = (np.arange(34, 34 + 104) - 33.3) / 2.9 - 0.5
    expected = np.broadcast_to(rows[:, None] / 50 * 127.5, made.shape[:2])
    inner = np.s_[8:-8, 8:-8]
    np.testing.assert_allclose(made[..., 0][inner], expected[inner], atol=2e-3)
    expected = np.broadcast_to(columns[None] / 50 * 127.5, made.shape[:2])
    np.testing.assert_allclose(made[..., 1][inner], expected[inner], atol=2e-3)


@pytest.mark.parametrize(("times", "share"), [(1, 0.75), (1.5, 0.8386), (2, 0.9), (5, 0.9)])
def test_the_choice_is_more_decided_at_full_size(times, share):
    """The weights, 3/4 of white and 1/4 of black, are raised to a power and scaled to the sum 1.

    The power is the enlargement, at most 2.
    """
    white = np.full((64 * 6, 36 * 6, 3), 255, np.float32)
    weights = np.zeros((*SIZE, 13), np.float32)
    weights[..., 10], weights[..., 11] = 0.25, 0.75
    crop = PersonCrop(10, 10, 64 * times, 36 * times, SIZE)
    made = FullSizeComposer(white, crop, 0 * white).in_crop(parts_of(weights))
    np.testing.assert_allclose(made, 255 * share, atol=0.02)


def test_regions_of_no_weight_are_left_out(photograph, monkeypatch):
    warped = []
    warp = cv2.warpAffine

    def count(image, matrix, size, **options):
        warped.append(size)
        return warp(image, matrix, size, **options)

    monkeypatch.setattr(cv2, "warpAffine", count)
    weights = np.zeros((*SIZE, 12), np.float32)
    weights[..., 10] = 1
    weights[20:30, 10:14, 3] = 0.5
    weights[..., 4] = 1 / 1024
    composer = FullSizeComposer(photograph, PersonCrop(0, 0, 64 * 4, 36 * 4, SIZE))
    composer.in_crop(parts_of(weights))
    assert len(warped) == 1
    # Interpolation reaches two pixels of the network beyond the centres of the outermost of ten
    # rows and four columns: 9 + 4 rows and 3 + 4 columns, at four times the size.
    np.testing.assert_allclose(warped[0], (4 * 7, 4 * 13), atol=4)


def test_bands_do_not_show(photograph, monkeypatch):
    rng = np.random.default_rng(1)
    weights = rng.dirichlet(np.ones(12), SIZE).astype(np.float32)
    transforms = np.float32([1, 0, 0, 0, 1, 0, 0, 0]) + rng.normal(0, 0.1, (10, 8))
    crop = PersonCrop(3.2, 7.9, 64 * 4, 36 * 4, SIZE)
    parts = parts_of(weights, transforms)
    whole = FullSizeComposer(photograph, crop).in_photograph(parts)
    monkeypatch.setattr("deformable_gan.reposing.full_size._BAND", 3000)
    bands = FullSizeComposer(photograph, crop).in_photograph(parts)
    assert np.abs(whole.astype(int) - bands).max() <= 1
    assert (whole != bands).mean() < 1e-3


def test_the_result_fades_into_the_photograph(photograph):
    """Outside the crop, the result fades out over two pixels of the network."""
    flat = np.full_like(photograph, 100)
    parts = parts_of(choice=11)
    parts["drawn"][:] = 1
    made = FullSizeComposer(flat, PersonCrop(99.5, 79.5, 64, 72, SIZE)).in_photograph(parts)
    middle = made[132, :, 0].astype(int)
    assert set(middle[80:152]) == {255}
    assert set(middle[:76]) | set(middle[156:]) == {100}
    assert np.all(np.diff(middle[75:81]) >= 0)
    assert np.diff(middle[75:81]).max() < 80


def test_windows():
    crop = PersonCrop(-3.4, 2.6, 20.2, 9.7, (4, 2))
    window = Window.of_crop(crop)
    assert window == Window(-3, 3, 20, 10)
    image = np.arange(12 * 15, dtype=np.uint8).reshape(12, 15, 1)
    shown = window.of(image)
    assert shown.shape == (20, 10, 1)
    np.testing.assert_array_equal(shown[3:15], image[:, 3:13])
    np.testing.assert_array_equal(shown[0], image[0, 3:13])
    np.testing.assert_array_equal(shown[-1], image[-1, 3:13])


def test_the_candidates_names_are_in_the_order_that_is_composed():
    names = Composite((8, 8), "coco17", background=True).candidates
    assert names[:10] == REGION_NAMES
    assert names[10:] == ("background", "source", "drawn")
