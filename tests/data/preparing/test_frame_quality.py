import itertools

import cv2
import numpy as np

from deformable_gan.data.preparing.frame_quality import is_cut, is_duplicate, sharpness, thumbnail
from deformable_gan.data.video import read_frames
from deformable_gan.pose.body_box import BodyBox


def textured(seed=0, size=(240, 320)):
    noise = np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 1.5)


BOX = BodyBox(20.0, 40.0, 219.0, 139.0)


def test_blur_takes_sharpness_away():
    image = textured()
    sharp = sharpness(image, BOX)
    values = [
        sharpness(cv2.GaussianBlur(image, (0, 0), sigma), BOX) / sharp for sigma in (0.5, 1, 2, 4)
    ]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.5
    assert values[2] < 0.25  # in 240 rows, a blur of two pixels is too much


def test_only_the_person_counts():
    image = textured()
    elsewhere = image.copy()
    elsewhere[:, 160:] = 0
    assert sharpness(elsewhere, BOX) == sharpness(image, BOX)
    assert sharpness(image, BodyBox(-0.5, -0.5, 239.5, 319.5)) > 0


def test_repeated_frames_are_the_same_up_to_rounding():
    image = textured()
    assert is_duplicate(image, image.copy())
    rounded = image.copy()
    rounded[::9, ::9] ^= 1
    assert is_duplicate(image, rounded)
    moved = image.copy()
    moved[100:108, 100:108] = np.clip(moved[100:108, 100:108].astype(int) + 1, 0, 255)
    assert not is_duplicate(image, moved)
    assert not is_duplicate(image, image[:-1])


def test_somebody_who_hardly_moves_is_not_a_repeated_frame(shared):
    frames = [image for _, image in read_frames(shared / "clips" / "tfjs_squat_man.mp4")]
    repeated = sum(is_duplicate(a, b) for a, b in itertools.pairwise(frames))
    assert repeated <= 1


def test_cuts(shared):
    def thumbnails(name):
        frames = read_frames(shared / "clips" / name)
        return [thumbnail(image) for _, image in frames]

    dance, squats = thumbnails("tfjs_solo_dance.mp4"), thumbnails("tfjs_pose_squats.mp4")
    for clip in (dance, squats, thumbnails("sports2d_demo.mp4")):
        assert not any(is_cut(a, b) for a, b in itertools.pairwise(clip))
    assert is_cut(dance[-1], squats[0])
