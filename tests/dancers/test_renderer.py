"""Images and joints of rendered dancers."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from deformable_gan.dancers import Dancer, Pose, Renderer, dance, render
from deformable_gan.dancers.camera import Camera
from deformable_gan.dancers.joints import score_joints
from deformable_gan.dancers.pattern import Pattern
from deformable_gan.dancers.pose import Arm
from deformable_gan.pose.skeleton import COCO17

INDEX = {joint: index for index, joint in enumerate(COCO17.joints)}
TORSO = COCO17.indices("left_shoulder", "right_shoulder", "left_hip", "right_hip")
WIDE = Arm(np.pi / 2, 0.0, 0.5, 0.1)


def make_dancer(seed=0, **outfit):
    dancer = Dancer.random(np.random.default_rng(seed))
    return replace(dancer, outfit=replace(dancer.outfit, **outfit)) if outfit else dancer


def color_at(image, joint):
    return image[round(joint[0]), round(joint[1])].astype(float)


def same_hue(color, other):
    cosine = color @ np.array(other) / np.linalg.norm(color) / np.linalg.norm(other)
    return cosine > 0.985


@pytest.mark.parametrize("size", [(128, 64), (128, 72), (256, 256), (256, 176), (64, 36), (33, 50)])
def test_any_image_size(size):
    image, keypoints = render(make_dancer(), Pose(), size)
    assert image.shape == (*size, 3)
    assert image.dtype == np.uint8
    assert keypoints.shape == (17, 3)
    assert keypoints.dtype == np.float32
    assert np.all(keypoints[TORSO, 2] > 0)


def test_equal_arguments_give_equal_pictures():
    pose = dance(np.random.default_rng(3), 5)[4]
    first, second = (
        Renderer(make_dancer(2), (96, 64)).draw(pose, rng=np.random.default_rng(1))
        for _ in range(2)
    )
    np.testing.assert_array_equal(first.image, second.image)
    np.testing.assert_array_equal(first.keypoints, second.keypoints)


def test_people_differ():
    pictures = [render(make_dancer(seed), Pose(), (64, 36))[0] for seed in range(12)]
    for index, picture in enumerate(pictures):
        for other in pictures[:index]:
            assert np.abs(picture.astype(float) - other).mean() > 5


def test_dancer_fills_the_frame():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        renderer = Renderer(Dancer.random(rng), (128, 72))
        for pose in dance(rng, 4, 1.6):
            joints = renderer.draw(pose, rng=rng).joints
            # From the eyes to the ankles a standing person is nine tenths of their height, and
            # a crouching one may be a third lower.
            assert 0.42 * 128 < np.ptp(joints[:, 0]) < 128
            assert np.all((joints[TORSO] > 2) & (joints[TORSO] < np.array([126, 70])))


def test_sides_in_the_image():
    dancer = make_dancer()
    front = render(dancer, Pose(turn=0.0), (128, 72))[1]
    back = render(dancer, Pose(turn=np.pi), (128, 72))[1]
    for part in ("shoulder", "hip", "wrist"):
        left, right = INDEX[f"left_{part}"], INDEX[f"right_{part}"]
        assert front[left, 1] > front[right, 1]
        assert back[left, 1] < back[right, 1]
    assert front[INDEX["left_eye"], 1] > front[INDEX["right_eye"], 1]


def test_turned_shoulders_foreshorten():
    dancer = make_dancer()
    widths = []
    for turn in (0.0, 0.8, np.pi / 2):
        keypoints = render(dancer, Pose(turn=turn), (256, 256))[1]
        widths.append(
            abs(keypoints[INDEX["left_shoulder"], 1] - keypoints[INDEX["right_shoulder"], 1])
        )
    np.testing.assert_allclose(
        np.array(widths) / widths[0], (1, np.cos(0.8), 0), atol=0.02
    )  # a hundredth of a width is a third of a pixel


def test_limb_lengths_in_pixels():
    dancer = make_dancer(4)
    pose = Pose(left_arm=WIDE, right_arm=WIDE)
    scale = 200.0
    keypoints = render(dancer, pose, (256, 256), Camera(scale, (128.0, 240.0)))[1]
    for side in ("left", "right"):
        shoulder, elbow = (
            keypoints[INDEX[f"{side}_{joint}"], :2] for joint in ("shoulder", "elbow")
        )
        # Level arms are not foreshortened, and the default chest does not lean.
        length = np.linalg.norm(shoulder - elbow)
        assert length == pytest.approx(scale * dancer.build.upper_arm, rel=0.01)


@pytest.mark.parametrize("seed", range(6))
def test_bare_arms_show_skin_at_their_joints(seed):
    dancer = make_dancer(seed, sleeves="none")
    rendering = Renderer(dancer, (256, 256)).draw(Pose(left_arm=WIDE, right_arm=WIDE))
    for joint in ("left_elbow", "right_elbow", "left_wrist", "right_wrist"):
        assert rendering.visible[INDEX[joint]]
        assert same_hue(color_at(rendering.image, rendering.joints[INDEX[joint]]), dancer.skin)


def test_the_mask_is_where_another_wall_makes_no_difference():
    for seed in range(4):
        dancer = make_dancer(seed)
        other = replace(
            dancer, backdrop=replace(dancer.backdrop, wall=(0, 255, 0), floor=(0, 255, 0), seed=1)
        )
        pose = dance(np.random.default_rng(seed), 8, 1.6)[-1]
        first, second = (Renderer(one, (128, 72)).draw(pose) for one in (dancer, other))
        difference = np.abs(first.image.astype(int) - second.image).max(axis=-1)
        mask = first.mask
        assert mask.shape == (128, 72)
        assert mask.dtype == np.uint8
        np.testing.assert_array_equal(mask, second.mask)
        inside, outside = mask == 255, mask == 0
        assert 0.05 < inside.mean() < 0.5
        assert (~inside & ~outside).mean() < 0.12  # the outline
        # Drawn pixels belong to the dancer if it covers at least half of them, so up to half of the
        # wall shows at the outline.
        other_wall = np.median(difference[outside])
        assert other_wall > 40
        assert (difference[inside] < 0.5 * other_wall).mean() > 0.99
        assert difference[inside].mean() < 0.03 * other_wall
        assert (difference[outside] > 0.5 * other_wall).mean() > 0.9


def test_visible_joints_lie_on_the_body():
    for seed in range(8):
        rng = np.random.default_rng(seed)
        dancer = Dancer.random(rng)
        # The same pose in front of another wall differs only where the wall is seen.
        other = replace(
            dancer, backdrop=replace(dancer.backdrop, wall=(0, 255, 0), floor=(0, 255, 0), seed=1)
        )
        pose = dance(rng, 8, 1.6)[-1]
        first = Renderer(dancer, (160, 120)).draw(pose)
        second = Renderer(other, (160, 120)).draw(pose)
        body = np.abs(first.image.astype(int) - second.image).max(axis=-1) < 3
        joints = np.round(first.joints[first.visible]).astype(int)
        assert first.visible.sum() >= 8
        # A nose in profile ends at the outline, where the pixel is half wall.
        body = cv2.dilate(body.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
        assert body[joints[:, 0], joints[:, 1]].all()


def test_sleeve_pattern_moves_with_the_arm():
    stripes = Pattern("horizontal", (250, 250, 250), (20, 20, 20), period=0.05)
    dancer = make_dancer(1, sleeves="long", top=stripes)
    renderer = Renderer(dancer, (384, 384))
    profiles = []
    for arm in (Arm(np.pi / 2, 0, 0, 0), Arm(0.6, 0, 0, 0), Arm(2.4, 0, 0, 0)):
        rendering = renderer.draw(Pose(left_arm=arm), Camera(300.0, (192.0, 360.0)))
        start, end = rendering.joints[[INDEX["left_elbow"], INDEX["left_wrist"]]]
        steps = np.linspace(0.05, 0.85, 40)[:, None]
        points = np.round(start + steps * (end - start)).astype(int)
        profiles.append(rendering.image[points[:, 0], points[:, 1], 1].astype(float))
    assert np.ptp(profiles[0]) > 120
    for profile in profiles[1:]:
        # The same stripes, except for the light, which does not turn with the arm.
        assert np.corrcoef(profiles[0], profile)[0, 1] > 0.9


def test_chest_motif_stays_on_the_chest():
    plain = Pattern("plain", (20, 40, 200), (0, 0, 0), motif="disc", motif_color=(250, 220, 20))
    dancer = make_dancer(3, top=plain, opening=None, neckline="round", back="same")
    renderer = Renderer(dancer, (384, 384))

    def motif_pixels(pose):
        rendering = renderer.draw(pose)
        shoulders, hips = rendering.joints[TORSO[:2]], rendering.joints[TORSO[2:]]
        chest = np.concatenate([shoulders, (shoulders + hips) / 2])
        low, high = chest.min(axis=0).astype(int), chest.max(axis=0).astype(int)
        red, green, blue = rendering.image[low[0] : high[0], low[1] : high[1]].T.astype(int)
        return ((red > blue + 60) & (green > blue + 60)).sum()

    facing = motif_pixels(Pose())
    assert facing > 250
    # Turned by 0.7 radians, a flat disc has 0.76 times its width. The chest is round, so the limits
    # are wide.
    assert 0.5 * facing < motif_pixels(Pose(turn=0.7)) < 0.95 * facing
    assert motif_pixels(Pose(lean_side=0.25)) > 0.7 * facing
    assert motif_pixels(Pose(turn=np.pi)) == 0


def test_face_is_hidden_from_behind_and_half_hidden_from_the_side():
    renderer = Renderer(make_dancer(), (256, 256))
    away = renderer.draw(Pose(turn=np.pi)).visible
    assert not away[COCO17.indices("nose", "left_eye", "right_eye")].any()
    side = renderer.draw(Pose(turn=np.pi / 2)).visible  # looks to the image's right
    assert side[INDEX["right_eye"]]
    assert not side[INDEX["left_eye"]]


def test_arm_behind_the_back_is_hidden_and_in_front_is_not():
    renderer = Renderer(make_dancer(sleeves="long"), (256, 256))
    behind = Arm(np.radians(30), np.radians(-42), np.radians(-80), np.radians(90))
    before = Arm(np.radians(40), np.radians(65), np.radians(80), np.radians(100))
    wrist = INDEX["left_wrist"]
    assert not renderer.draw(Pose(left_arm=behind)).visible[wrist]
    assert renderer.draw(Pose(left_arm=before)).visible[wrist]
    assert renderer.draw(Pose(left_arm=behind, turn=np.pi)).visible[wrist]


def test_joints_outside_the_frame_are_missing():
    camera = Camera(120.0, (36.0, 150.0))  # too low: the feet are cut off
    rendering = Renderer(make_dancer(), (128, 72)).draw(Pose(), camera)
    ankles = COCO17.indices("left_ankle", "right_ankle")
    assert np.all(rendering.joints[ankles, 0] > 127.5)
    np.testing.assert_array_equal(rendering.keypoints[ankles], 0)
    assert not rendering.visible[ankles].any()
    assert np.all(rendering.keypoints[TORSO, 2] > 0)


def test_an_estimator_loses_hidden_joints_but_never_the_torso():
    joints = np.full((17, 2), 20.0)
    hidden = np.zeros(17, bool)
    scores = np.array(
        [
            score_joints(joints, hidden, (64, 64), np.random.default_rng(seed))[:, 2]
            for seed in range(300)
        ]
    )
    assert np.all(scores[:, TORSO] > 0.4)
    lost = (scores == 0).mean(axis=0)
    assert 0.6 < lost[INDEX["nose"]] < 0.8
    assert 0.2 < lost[INDEX["left_wrist"]] < 0.4
    seen = score_joints(joints, ~hidden, (64, 64), np.random.default_rng(0))[:, 2]
    assert np.all((seen == 0) | ((seen > 0.7) & (seen < 1)))


def test_without_a_generator_nothing_is_lost():
    joints = np.full((17, 2), 20.0)
    keypoints = score_joints(joints, np.arange(17) % 2 == 0, (64, 64))
    np.testing.assert_allclose(keypoints[:, 2], np.where(np.arange(17) % 2 == 0, 1.0, 0.3))
    np.testing.assert_array_equal(keypoints[:, :2], 20)
