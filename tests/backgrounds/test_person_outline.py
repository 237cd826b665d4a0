"""The outline of a person, compared with the exact masks of dancers and of a simple figure."""

import cv2
import numpy as np
import pytest

from deformable_gan.backgrounds.fill_hole import fill_hole
from deformable_gan.backgrounds.person_area import person_area, person_core
from deformable_gan.backgrounds.person_outline import person_outline
from deformable_gan.pose.skeleton import COCO17


def test_it_lies_closer_to_exact_masks_than_the_area(dancers):
    missed, excess, errors = [], [], []
    for rendering, keypoints in dancers(12):
        exact = rendering.mask > 127
        area = person_area(keypoints, exact.shape, COCO17)
        outline = person_outline(rendering.image, keypoints, COCO17)
        assert not (outline & ~area).any()
        missed.append((exact & ~outline).sum() / exact.sum())
        excess.append([(part & ~exact).sum() / exact.sum() for part in (area, outline)])
        filled = [fill_hole(rendering.image, hole) for hole in (area, outline)]
        behind = rendering.background.astype(int)
        errors.append([np.abs(one - behind)[area & ~exact].mean() for one in filled])
    assert np.mean(missed) < 0.03
    area_excess, outline_excess = np.mean(excess, axis=0)
    assert outline_excess < 0.5 * area_excess
    area_error, outline_error = np.mean(errors, axis=0)
    assert outline_error < 0.8 * area_error


def test_the_core_is_the_persons(dancers):
    for rendering, keypoints in dancers(12):
        core, unit = person_core(keypoints, rendering.mask.shape, COCO17)
        places = {name: place[:2] for name, place in zip(COCO17.joints, keypoints, strict=True)}
        sides = [
            np.linalg.norm(places[f"{side}_shoulder"] - places[f"{side}_hip"])
            for side in ("left", "right")
        ]
        assert unit == pytest.approx(np.sqrt(np.mean(np.square(sides))))
        assert core.any()
        assert (core & (rendering.mask > 127)).sum() > 0.85 * core.sum()


def figure(scale=1):
    """Return an image of a figure on a wall of two greys, the figure's mask and its joints."""
    image = np.full((128, 72, 3), 180, np.uint8)
    image[:, 36:] = 120
    exact = np.zeros((128, 72), np.uint8)
    places = {"nose": (20, 36), "left_shoulder": (34, 42), "right_shoulder": (34, 30)}
    places |= {"left_hip": (64, 40), "right_hip": (64, 32)}
    places |= {"left_knee": (88, 41), "right_knee": (88, 31)}
    places |= {"left_ankle": (110, 42), "right_ankle": (110, 30)}
    cv2.circle(exact, (36, 18), 8, 1, -1)
    cv2.rectangle(exact, (28, 27), (44, 66), 1, -1)
    for side in (31, 41):
        cv2.line(exact, (side, 64), (side, 116), 1, 8)
    image[exact > 0] = (200, 30, 40)
    keypoints = np.zeros((17, 3))
    for name, place in places.items():
        keypoints[COCO17.indices(name)[0]] = (*place, 1)
    if scale != 1:
        image, exact = (
            np.kron(one, np.ones((scale, scale), np.uint8)) for one in (image[..., 0], exact)
        )
        image = np.stack([image] * 3, axis=-1)
        keypoints[:, :2] = (keypoints[:, :2] + 0.5) * scale - 0.5
    return image, exact > 0, keypoints


def test_a_plain_figure_is_found_to_its_margin():
    image, exact, keypoints = figure()
    widened = cv2.dilate(exact.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    outline = person_outline(image, keypoints, COCO17)
    assert not (exact & ~outline).any()
    assert not (outline & ~widened).any()


def test_large_images_are_cut_at_a_smaller_size():
    image, exact, keypoints = figure(8)
    outline = person_outline(image, keypoints, COCO17)
    assert outline.shape == (1024, 576)
    assert (exact & ~outline).sum() < 0.01 * exact.sum()
    widened = cv2.dilate(exact.astype(np.uint8), np.ones((49, 49), np.uint8)) > 0
    assert not (outline & ~widened).any()


def test_the_same_image_gives_the_same_outline(dancers):
    (rendering, keypoints), *_ = dancers(1)
    first = person_outline(rendering.image, keypoints, COCO17)
    cv2.setRNGSeed(99)
    np.testing.assert_array_equal(person_outline(rendering.image, keypoints, COCO17), first)


def test_without_surroundings_it_is_the_area():
    image = np.random.default_rng(0).integers(0, 256, (20, 12, 3), np.uint8)
    keypoints = np.zeros((17, 3))
    keypoints[list(COCO17.indices("left_shoulder", "right_shoulder")), :] = [
        (-60, 2, 1),
        (-60, 9, 1),
    ]
    keypoints[list(COCO17.indices("left_hip", "right_hip")), :] = [(80, 2, 1), (80, 9, 1)]
    assert person_area(keypoints, (20, 12), COCO17).all()
    assert person_outline(image, keypoints, COCO17).all()


def test_nobody_has_no_outline():
    image = np.zeros((30, 20, 3), np.uint8)
    assert not person_outline(image, np.zeros((17, 3)), COCO17).any()
    with pytest.raises(ValueError, match=r"\(17, 3\)"):
        person_outline(image, np.zeros((18, 3)), COCO17)
