import numpy as np
import pytest
from PIL import Image

from deformable_gan.pose.skeleton import COCO17
from deformable_gan.reposing.pose_sequence import PoseSequence
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.reposer import Reposer
from deformable_gan.reposing.retargeting.fit_poses import fit_poses
from deformable_gan.reposing.retargeting.retarget import retarget

SIZE = (64, 36)


@pytest.fixture(scope="module")
def person(dancers):
    image = np.full((64, 36, 3), 90, np.uint8)
    return PosedImage(image, dancers.test.keypoints[0], COCO17)


@pytest.fixture(scope="module")
def small(dancers):
    """Return poses of a person half as tall, in a corner."""
    keypoints = dancers.test.keypoints[:3].copy()
    keypoints[..., :2] *= 0.5
    return keypoints


def test_poses_that_are_not_to_be_retargeted_stay(person, small):
    poses = PoseSequence(small, COCO17, 6.0)
    assert fit_poses(person, poses) == (person, poses)


def test_in_an_image_without_a_photograph(person, small):
    same, poses = fit_poses(person, PoseSequence(small, COCO17, 6.0, retarget=True))
    assert same is person
    assert (poses.rate, poses.retarget) == (6.0, False)
    expected = retarget(small, person.keypoints, COCO17)
    present = poses.keypoints[..., 2] > 0
    shift = (poses.keypoints - expected)[present]
    # The size is the same, and poses are moved sideways only.
    np.testing.assert_allclose(shift[:, [0, 2]], 0, atol=1e-4)
    np.testing.assert_allclose(shift[:, 1], shift[0, 1], atol=1e-4)
    inside = (expected[..., :2] > -0.5).all(axis=-1) & (expected[..., 0] < 63.5)
    assert (present | ~inside | (expected[..., 2] == 0)).mean() > 0.98


def test_in_a_photograph(person, small):
    rng = np.random.default_rng(0)
    photograph = rng.integers(0, 255, (500, 700, 3)).astype(np.uint8)
    keypoints = person.keypoints.copy()
    keypoints[:, :2] = keypoints[:, :2] * 4 + (150, 300)
    anna = PosedImage(photograph, keypoints * (keypoints[:, 2:] > 0), COCO17).cropped(SIZE)
    fitted, poses = fit_poses(anna, PoseSequence(small, COCO17, 6.0, retarget=True))
    assert fitted.image.shape == (64, 36, 3)
    np.testing.assert_array_equal(fitted.photograph, photograph)
    # The first pose is the source's own, so it lies where the person is in the photograph.
    there = fitted.crop.from_crop(poses.keypoints[0])
    seen = (poses.keypoints[0, :, 2] > 0) & (keypoints[:, 2] > 0)
    assert seen.sum() > 10
    error = np.hypot(*(there - keypoints)[seen, :2].T)
    # One photograph shows the body's lengths less accurately than three poses.
    assert np.median(error) < 0.08 * np.ptp(keypoints[seen, 0])


def test_images_are_made_in_fitted_poses_once(person, small):
    asked = []

    def generate(image, source, target):
        asked.append((source, target))
        return image

    reposer = Reposer(generate, SIZE, COCO17)
    poses = reposer.poses(small, retarget=True)
    assert poses.retarget
    reposer.repose(person, poses)
    fitted = fit_poses(person, poses)
    list(reposer.images(*fitted))
    for source, target in asked:
        np.testing.assert_array_equal(target, fitted[1].keypoints)
        np.testing.assert_array_equal(source[0], fitted[0].keypoints)
    np.testing.assert_array_equal(reposer.poses(poses, retarget=False).keypoints, poses.keypoints)
    assert not reposer.poses(small).retarget


def test_which_poses_are_anothers(copying_reposer, dancers, red_mark, make_video, tmp_path):
    Image.fromarray(red_mark((240, 180), 130, 90)).save(tmp_path / "photo.png")
    clip = make_video("walk.mp4", [red_mark((160, 128), 76, 50)] * 3, rate=8)
    PoseSequence.of_keypoints(dancers.test.keypoints, COCO17).save(tmp_path / "p.json", SIZE)
    for pose, expected in (
        (tmp_path / "photo.png", True),
        (red_mark((240, 180), 130, 90), True),
        (clip, True),
        (dancers.test.image_path(0), False),
        (dancers.path / "annotations-test.csv", False),
        (tmp_path / "p.json", False),
        (dancers.test.keypoints, False),
    ):
        assert copying_reposer.poses(pose).retarget is expected
        assert copying_reposer.poses(pose, retarget=not expected).retarget is not expected
