import numpy as np
import pytest
from scipy import ndimage
from skimage.metrics import structural_similarity as skimage_ssim

from deformable_gan.evaluation.pixel_pass import PROTOCOLS, PixelPass
from deformable_gan.evaluation.score_pass import ScoredBlock
from deformable_gan.pose.skeleton import COCO17

SIZE = (60, 52)


@pytest.fixture(scope="module")
def block():
    rng = np.random.default_rng(0)
    smooth = ndimage.gaussian_filter(rng.normal(0, 1, (3, 3, *SIZE, 3)), (0, 0, 2, 2, 0))
    generated, source, target = (127 + 300 * smooth).clip(0, 255).astype(np.uint8)
    keypoints = np.zeros((3, 17, 3), np.float32)
    keypoints[:2, 9] = (20, 30, 1)  # the joints of the third pair are unknown
    names = [("a", "b")] * 3
    return ScoredBlock(np.arange(3), names, target, generated, source, keypoints, COCO17)


@pytest.fixture(scope="module")
def rows(block):
    return PixelPass().rows(block)


def disc():
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    return ndimage.binary_closing((y - 20) ** 2 + (x - 30) ** 2 < 16, np.ones((5, 5)))


def ssim(target, image, data_range):
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    return skimage_ssim(target, image, channel_axis=-1, data_range=data_range, **options)


def test_whole_images(block, rows):
    for kind, images in (("", block.generated), ("copy/", block.source)):
        for place, (target, image) in enumerate(zip(block.target, images, strict=True)):
            expected = {
                "ssim": ssim(target, image, 255),
                "ssim_original": ssim(target, image, np.ptp(image)),
                "ssim_window51": skimage_ssim(
                    target, image, channel_axis=-1, data_range=255, win_size=51
                ),
                "l1": np.abs(target.astype(float) - image).mean(),
                "psnr": 10 * np.log10(255**2 / ((target.astype(float) - image) ** 2).mean()),
            }
            for name, value in expected.items():
                np.testing.assert_allclose(rows[f"{kind}{name}"][place], value, atol=1e-6)


def test_on_the_person(block, rows):
    mask = disc()[..., None]
    for place in (0, 1):
        target, image = block.target[place] * mask, block.generated[place] * mask
        expected = {
            "masked_ssim": ssim(target, image, 255),
            "masked_ssim_original": ssim(target, image, np.ptp(image)),
            "masked_l1": np.abs(target.astype(float) - image).mean(),
        }
        difference = np.abs(block.target[place].astype(float) - block.generated[place])
        expected["foreground_l1"] = difference[disc()].mean()
        for name, value in expected.items():
            np.testing.assert_allclose(rows[name][place], value, rtol=1e-5)


def test_empty_masks_are_not_nan(rows):
    assert rows["masked_ssim"][2] == rows["masked_ssim_original"][2] == 1
    assert rows["foreground_l1"][2] == 0
    assert rows["masked_psnr"][2] == np.inf


def test_scores_say_what_they_are_and_what_was_left_out(rows):
    scores = PixelPass().scores(lambda name: iter([rows, rows]))
    assert set(scores) == set(PROTOCOLS)
    for name, score in scores.items():
        assert score["protocol"] == PROTOCOLS[name]
        expected = np.asarray(rows[name], float)
        expected = expected[np.isfinite(expected)]
        np.testing.assert_allclose(score["value"], expected.mean(), rtol=1e-12)
        assert score["pairs"] == 2 * len(expected)
        assert "copy" in score
    assert scores["masked_psnr"]["left_out"] == 2
    assert scores["masked_ssim_original"]["constant_images"] == 2
    assert "constant_images" not in scores["ssim_original"]


def test_without_joints_or_sources_and_in_small_images(block):
    small = ScoredBlock(
        block.indices, block.names, block.target[:, :20], block.generated[:, :20], None, None, None
    )
    assert set(PixelPass().rows(small)) == {
        *("ssim", "ssim_original", "ssim_original/constant", "l1", "psnr"),
    }
