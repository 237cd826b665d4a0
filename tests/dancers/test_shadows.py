"""Shadows at the positions that geometry gives."""

import numpy as np
import pytest

from deformable_gan.dancers.body import place_body
from deformable_gan.dancers.build import Build
from deformable_gan.dancers.camera import Camera
from deformable_gan.dancers.pose import Pose
from deformable_gan.dancers.shadows import Shadows

CAMERA = Camera(100.0, (60.0, 110.0))
BODY = place_body(Build.random(np.random.default_rng(0)), Pose())
GROUND = CAMERA.project(BODY.points["left_toe"])[1]


def mask_of(top, bottom, left, right):
    mask = np.zeros((128, 128), np.uint8)
    mask[top:bottom, left:right] = 255
    return mask


def center(light):
    dark = 1 - light
    y, x = np.mgrid[0 : light.shape[0], 0 : light.shape[1]]
    return np.array([(dark * y).sum(), (dark * x).sum()]) / dark.sum()


def test_none():
    assert Shadows().cover(mask_of(20, 100, 50, 70), BODY, CAMERA) is None


def test_wall_shadow_is_the_moved_mask():
    shadows = Shadows(wall=0.5, wall_offset=(0.2, -0.1), wall_softness=0.0)
    light = shadows.cover(mask_of(20, 100, 50, 70), BODY, CAMERA)
    expected = np.ones((128, 128))
    expected[10:90, 70:90] = 0.5  # 0.2 and -0.1 of 100 pixels
    np.testing.assert_allclose(light, expected, atol=1e-6)


def test_cast_shadow_lies_on_the_ground():
    # The shadow of a point h above the ground lies 0.5 h to its right and 0.25 h above the feet.
    shadows = Shadows(cast=0.4, slope=(0.5, 0.25), cast_softness=0.0)
    height = 60
    row = round(GROUND) - height
    light = shadows.cover(mask_of(row - 8, row + 9, 56, 65), BODY, CAMERA)
    assert light.min() == pytest.approx(0.6)
    y, x = center(light)
    assert y == pytest.approx(GROUND - 0.25 * (GROUND - row), abs=0.5)
    assert x == pytest.approx(60 + 0.5 * (GROUND - row), abs=0.5)


def test_softness_keeps_the_amount():
    mask = mask_of(50, 80, 50, 70)
    hard, soft = (
        1 - Shadows(wall=0.5, wall_offset=(0, 0), wall_softness=blur).cover(mask, BODY, CAMERA)
        for blur in (0.0, 0.04)
    )
    assert soft.sum() == pytest.approx(hard.sum(), rel=0.01)
    assert np.abs(np.diff(soft, axis=1)).max() < 0.3 * np.abs(np.diff(hard, axis=1)).max()


def test_contact_shadow_is_under_a_standing_foot_only():
    light = Shadows(contact=0.5).cover(mask_of(0, 1, 0, 1), BODY, CAMERA)
    assert light.min() == pytest.approx(0.5, abs=0.06)
    assert center(light)[0] == pytest.approx(GROUND, abs=3)
    assert center(light)[1] == pytest.approx(60, abs=3)
    assert light[:60].min() > 0.99
    from dataclasses import replace

    pose = Pose()
    lifted = replace(pose, left_foot=replace(pose.left_foot, lift=0.45))
    body = place_body(Build.random(np.random.default_rng(0)), lifted)
    # The dancer's right foot is on the image's left side.
    assert center(Shadows(contact=0.5).cover(mask_of(0, 1, 0, 1), body, CAMERA))[1] < 57


def test_drawn_shadows_vary():
    rng = np.random.default_rng(0)
    drawn = [Shadows.random(rng, (-0.4, -0.5, 0.7), floor=True) for _ in range(300)]
    for strength in ("contact", "cast", "wall"):
        values = np.array([getattr(one, strength) for one in drawn])
        assert 0.1 < (values == 0).mean() < 0.95
        assert values.max() <= 0.6
    assert 0.1 < np.mean([one.contact == one.cast == one.wall == 0 for one in drawn]) < 0.5
