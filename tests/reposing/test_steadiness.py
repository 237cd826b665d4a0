"""The steadiness of synthetic clips."""

import numpy as np
import pytest

from deformable_gan.pose.skeleton import COCO17
from deformable_gan.reposing.steadiness import Steadiness

SIZE = (128, 72)


@pytest.fixture(scope="module")
def pose(dancers):
    """Return a person in the middle of the image."""
    keypoints = dancers.test.keypoints[0].copy()
    keypoints[:, :2] = keypoints[:, :2] + (30, 18)
    return keypoints * (keypoints[:, 2:] > 0)


def texture(seed=0):
    coarse = np.random.default_rng(seed).integers(60, 190, (*(n // 4 for n in SIZE), 3))
    return np.kron(coarse, np.ones((4, 4, 1))).astype(np.uint8)


def measure(pose, images, poses=None):
    steadiness = Steadiness(COCO17)
    steadiness.start(pose, SIZE)
    for image, target in zip(images, poses or [pose] * len(images), strict=True):
        steadiness.add(image, target)
    return steadiness


def test_a_still_image_is_steady(pose):
    steadiness = measure(pose, [texture()] * 40)
    assert steadiness.changes() == {"background": 0, "person": 0}
    assert "background 0.00, person 0.00" in steadiness.report()


def test_flicker_of_the_background_and_of_the_person(pose):
    """Every second frame is five grey levels brighter, first at the left edge, then everywhere."""
    bright = texture()
    bright[:, :3] += 5
    changes = measure(pose, [texture(), bright] * 20).changes()
    background = changes["background"]
    assert 0 < background < 5
    assert changes["person"] < 0.5
    whole = texture() + np.uint8(5)
    changes = measure(pose, [texture(), whole] * 20).changes()
    assert changes["background"] == pytest.approx(5)
    assert changes["person"] == pytest.approx(5, abs=0.3)


def test_movement_is_undone_on_the_person_only(pose):
    """The whole image moves by a pixel per frame: the background is far less steady."""
    images = [np.roll(texture(), shift, axis=1) for shift in range(12)]
    changes = measure(pose, images).changes()
    assert changes["background"] > 6
    assert changes["person"] < 0.4 * changes["background"]


def test_clips_are_measured_apart(pose):
    steadiness = measure(pose, [texture()] * 5)
    steadiness.start(pose, SIZE)
    for _ in range(20):
        steadiness.add(texture(1), pose)
    assert steadiness.changes() == {"background": 0, "person": 0}


def test_frames_of_another_size(pose):
    large = [np.kron(image, np.ones((3, 3, 1), np.uint8)) for image in (texture(), texture() + 4)]
    assert measure(pose, large * 4).changes()["background"] == pytest.approx(4)


def test_nothing_to_compare(pose):
    assert Steadiness(COCO17).report() is None
    assert measure(pose, [texture()]).report() is None
    # If the pose has no torso, the whole frame counts as the person.
    changes = measure(pose, [texture()] * 3, [np.zeros_like(pose)] * 3).changes()
    assert list(changes) == ["person"]
