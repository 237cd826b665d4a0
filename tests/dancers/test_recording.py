"""Effects of cameras on images, compared with arithmetic and statistics."""

import cv2
import numpy as np
import pytest

from deformable_gan.dancers.recording import Recording

RAMP = np.repeat(np.arange(0, 256, 4, dtype=np.uint8)[None, :, None], 48, axis=0).repeat(3, axis=2)
COLORS = np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8)


def test_the_plain_recording_changes_nothing():
    np.testing.assert_array_equal(Recording().take(COLORS, np.random.default_rng(0)), COLORS)


def test_exposure_gamma_contrast_and_haze():
    level = RAMP / 255
    for settings, expected in (
        ({"exposure": 0.5}, level * 0.5),
        ({"gamma": 2.0}, level**2),
        ({"contrast": 0.5}, 0.5 + (level - 0.5) * 0.5),
        ({"haze": 51.0}, 0.2 + 0.8 * level),
    ):
        taken = Recording(**settings).take(RAMP)
        np.testing.assert_allclose(taken, np.clip(expected * 255, 0, 255), atol=0.51)


def test_no_saturation_is_luma():
    grey = Recording(saturation=0.0).take(COLORS)
    luma = cv2.cvtColor(COLORS, cv2.COLOR_RGB2GRAY)
    np.testing.assert_allclose(grey, luma[..., None].repeat(3, axis=2), atol=1)


def test_tint_scales_channels():
    taken = Recording(tint=(1.0, 0.5, 0.25)).take(COLORS)
    np.testing.assert_allclose(taken, COLORS * np.array([1.0, 0.5, 0.25]), atol=0.51)


def test_noise_has_its_strength():
    grey = np.full((200, 200, 3), 128, np.uint8)
    taken = Recording(noise=4.0).take(grey, np.random.default_rng(0)).astype(float)
    assert taken.mean() == pytest.approx(128, abs=0.1)
    # The first channel's random numbers count 0.8 in every channel and 0.45 more in their own.
    assert taken[..., 0].std() == pytest.approx(4 * 1.25, rel=0.05)
    np.testing.assert_array_equal(Recording(noise=4.0).take(grey), grey)


def test_blur_and_sharpening_change_an_edge():
    edge = np.zeros((20, 20, 3), np.uint8)
    edge[:, 10:] = 200
    soft = Recording(blur=0.8).take(edge)[10, :, 0].astype(int)
    assert np.diff(soft).max() < 150
    crisp = Recording(sharpening=0.5).take(np.clip(edge, 40, 160))[10, :, 0].astype(int)
    assert crisp.max() > 160
    assert crisp.min() < 40


def test_compression_leaves_blocks():
    grey = COLORS[..., :1].repeat(3, axis=2)
    rough = Recording(quality=30).take(grey).astype(int)
    fine = Recording(quality=92).take(grey).astype(int)
    assert np.abs(rough - grey).mean() > 2 * np.abs(fine - grey).mean() > 0
    # An even colour survives compression.
    red = Recording(quality=60).take(np.full((32, 32, 3), (200, 40, 20), np.uint8))
    np.testing.assert_allclose(red, np.full((32, 32, 3), (200, 40, 20)), atol=6)


def test_shrinking_loses_detail_and_keeps_the_size():
    taken = Recording(shrinking=0.5).take(COLORS)
    assert taken.shape == COLORS.shape
    assert taken.std() < 0.75 * COLORS.std()
