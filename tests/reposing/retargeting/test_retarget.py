"""Poses transferred to another body, compared with drawn dancers and with hand computation."""

from dataclasses import asdict, replace

import numpy as np
import pytest

from deformable_gan.dancers.build import Build
from deformable_gan.dancers.camera import Camera
from deformable_gan.dancers.choreography import dance
from deformable_gan.dancers.dancer import Dancer
from deformable_gan.dancers.renderer import Renderer
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18, convert_keypoints
from deformable_gan.reposing.retargeting.retarget import retarget

LIMBS = [
    (f"{side}_{start}", f"{side}_{end}")
    for side in ("left", "right")
    for start, end in (
        ("shoulder", "elbow"),
        ("elbow", "wrist"),
        ("hip", "knee"),
        ("knee", "ankle"),
        ("shoulder", "hip"),
    )
]
FACE = [("left_ear", "right_ear"), ("left_eye", "right_eye"), ("nose", "left_ear")]
ANKLES = COCO17.indices("left_ankle", "right_ankle")
# A person of 200 pixels, facing the camera, with the arms slightly away from the body.
STANDING = {
    "nose": (22, 100),
    "left_eye": (19, 104),
    "right_eye": (19, 96),
    "left_ear": (20, 110),
    "right_ear": (20, 90),
    "left_shoulder": (42, 120),
    "right_shoulder": (42, 80),
    "left_elbow": (75, 126),
    "right_elbow": (75, 74),
    "left_wrist": (105, 130),
    "right_wrist": (105, 70),
    "left_hip": (95, 112),
    "right_hip": (95, 88),
    "left_knee": (143, 113),
    "right_knee": (143, 87),
    "left_ankle": (190, 114),
    "right_ankle": (190, 86),
}


def standing():
    return np.array([(*STANDING[joint], 0.9) for joint in COCO17.joints], np.float32)


def scaled(keypoints, scale, shift):
    result = np.array(keypoints)
    result[..., :2] = result[..., :2] * scale + shift
    return result


def lengths(keypoints, bones):
    index = np.array([COCO17.indices(*bone) for bone in bones])
    difference = keypoints[:, index[:, 0], :2] - keypoints[:, index[:, 1], :2]
    return np.hypot(*np.moveaxis(difference, -1, 0))


def stretched(build, rng):
    """Return a build with other lengths of arms, legs and torso, other widths and another head."""
    arms, legs, torso, width, head = rng.uniform(0.86, 1.14, 5)
    factors = {
        **dict(upper_arm=arms, forearm=arms, thigh=legs, calf=legs, torso=torso),
        **dict(shoulders=width, hips=width, head=head, head_width=head),
    }
    values = asdict(build)
    return Build(**{name: values[name] * factors.get(name, 1.0) for name in values})


@pytest.fixture(scope="module")
def couples():
    """Return six pairs of exact key points [T, 17, 3] of two dancers in the same poses."""

    def drawn(dancer, poses, camera):
        renderer = Renderer(dancer, (32, 32))
        joints = np.array([renderer.draw(pose, camera).joints for pose in poses])
        return np.concatenate([joints, np.ones((*joints.shape[:2], 1))], axis=-1)

    result = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        first, second = (Dancer.random(rng) for _ in range(2))
        poses = dance(rng, 24, 3.0)
        result.append(
            (
                drawn(
                    replace(first, build=stretched(first.build, rng)), poses, Camera(90, (50, 99))
                ),
                drawn(
                    replace(second, build=stretched(second.build, rng)), poses, Camera(70, (40, 80))
                ),
            )
        )
    return result


@pytest.mark.parametrize("whole_clip", [True, False])
def test_a_dancers_poses_on_another_dancers_body(couples, whole_clip):
    """The expected result is the second dancer drawn in the same poses.

    The photograph shows the second dancer in the first pose.
    """
    limbs, faces, without = [], [], []
    for driving, wanted in couples:
        photograph = wanted[0]
        if whole_clip:
            made = retarget(driving, photograph, COCO17)
        else:
            made = np.concatenate([retarget(pose[None], photograph, COCO17) for pose in driving])
        for bones, errors in ((LIMBS, limbs), (FACE, faces)):
            truth = lengths(wanted, bones)
            seen = truth > 0.02 * 70  # a bone that points at the camera has no length to compare
            errors.append((abs(lengths(made, bones) - truth) / truth)[seen])
        truth = lengths(wanted, LIMBS)
        without.append((abs(lengths(driving, LIMBS) * 70 / 90 - truth) / truth)[truth > 1.4])
    assert np.median(np.concatenate(limbs)) < 0.05
    assert np.median(np.concatenate(faces)) < 0.05
    # Without retargeting, poses that are only scaled to the second dancer's size differ more.
    assert np.median(np.concatenate(without)) > 0.07


def test_the_same_body_elsewhere_comes_back():
    driving = scaled(standing(), 0.5, (7, 31))[None]
    np.testing.assert_allclose(retarget(driving, standing(), COCO17)[0], standing(), atol=1e-3)


def test_long_arms_keep_their_angles():
    """The source's arm bones are a tenth longer than the driving pose's; so are the result's."""
    source = standing()
    for side in ("left", "right"):
        shoulder, elbow, wrist = COCO17.indices(
            *(f"{side}_{j}" for j in ("shoulder", "elbow", "wrist"))
        )
        upper, lower = source[elbow] - source[shoulder], source[wrist] - source[elbow]
        source[elbow, :2] = (source[shoulder] + 1.1 * upper)[:2]
        source[wrist, :2] = (source[elbow] + 1.1 * lower)[:2]
    raised = standing()
    elbow, wrist = COCO17.indices("left_elbow", "left_wrist")
    raised[elbow, :2], raised[wrist, :2] = (42, 150), (12, 150)
    clip = np.stack([standing(), raised])
    made = retarget(clip, source, COCO17)
    # The two poses show arms of slightly different lengths; their 95th percentile, the estimated
    # length, lies in between.
    np.testing.assert_allclose(made[0], source, atol=0.5)
    shoulder = COCO17.index("left_shoulder")
    np.testing.assert_allclose(made[1, shoulder], standing()[shoulder], atol=0.1)
    np.testing.assert_allclose(made[1, elbow, 0] - made[1, shoulder, 0], 0, atol=1e-3)
    np.testing.assert_allclose(made[1, elbow, 1] - made[1, shoulder, 1], 30 * 1.1, atol=0.7)
    np.testing.assert_allclose(made[1, wrist, :2] - made[1, elbow, :2], (-33, 0), atol=0.7)


def test_foreshortened_bones_stay_foreshortened():
    towards_camera = standing()
    elbow, shoulder = COCO17.indices("left_elbow", "left_shoulder")
    arm = towards_camera[elbow, :2] - towards_camera[shoulder, :2]
    towards_camera[elbow, :2] = towards_camera[shoulder, :2] + arm / 2
    clip = scaled(np.stack([standing()] * 9 + [towards_camera]), 2, (5, 5))
    made = retarget(clip, standing(), COCO17)
    bone = made[:, elbow, :2] - made[:, shoulder, :2]
    np.testing.assert_allclose(
        np.hypot(*bone.T)[[0, -1]], np.hypot(*arm) * np.array([1, 0.5]), rtol=0.01
    )


def test_feet_stand_on_the_sources_ground_and_do_not_slide(couples):
    """The supporting foot moves like the driving dancer's foot, scaled; feet that stand stay."""
    compared = 0
    for driving, wanted in couples:
        made = retarget(driving, wanted[0], COCO17)
        frames = np.flatnonzero(abs(np.diff(driving[:, ANKLES, 0], axis=1)[:, 0]) > 10)
        if len(frames) < 4:
            continue
        lower = np.array(ANKLES)[driving[frames][:, ANKLES, 0].argmax(axis=1)]
        places, originals = (k[frames, lower, :2] for k in (made, driving))
        places, originals = places - places.mean(axis=0), originals - originals.mean(axis=0)
        scale = (places * originals).sum() / (originals**2).sum()
        # In these frames the lifted foot has less than 0.3 % of the weight in the body's shift.
        np.testing.assert_allclose(places, scale * originals, atol=0.25)
        compared += len(frames)
    assert compared > 10
    still = np.repeat(standing()[None], 5, axis=0)
    still[:, 5:11, 1] += np.arange(5)[:, None]  # the upper body sways
    made = retarget(scaled(still, 1.7, (3, 9)), standing(), COCO17)
    np.testing.assert_allclose(made[:, ANKLES, :2] - made[:1, ANKLES, :2], 0, atol=1e-3)
    np.testing.assert_allclose(made[:, ANKLES, 0], 190, atol=1e-3)


def test_a_leap_leaves_the_ground():
    high = standing()
    high[:, 0] -= 30
    made = retarget(scaled(np.stack([standing()] * 8 + [high]), 2, 0), standing(), COCO17)
    np.testing.assert_allclose(made[-1, ANKLES, 0], 160, atol=0.1)


def test_missing_joints_stay_missing_and_their_descendants_are_placed():
    elbow, wrist = COCO17.indices("left_elbow", "left_wrist")
    pose = standing()
    pose[elbow] = 0
    pose[COCO17.index("right_ankle")] = 0
    pose[:, 2] *= np.linspace(0.3, 1, 17)
    made = retarget(scaled(pose, 2, 10)[None] * (pose[:, 2:] > 0), standing(), COCO17)[0]
    np.testing.assert_array_equal(made[:, 2], pose[:, 2])
    np.testing.assert_array_equal(made[elbow], 0)
    np.testing.assert_allclose(made[wrist, :2], standing()[wrist, :2], atol=0.1)
    np.testing.assert_allclose(made[COCO17.index("left_ankle"), :2], (190, 114), atol=0.1)


def test_without_hips_the_body_hangs_from_the_shoulders():
    pose = standing()
    pose[11:] = 0
    made = retarget(scaled(pose, 2, 10)[None] * (pose[:, 2:] > 0), standing(), COCO17)[0]
    arms = COCO17.indices("left_shoulder", "left_elbow", "left_wrist")
    np.testing.assert_allclose(
        made[arms, :2] - made[arms[0], :2], (standing() - standing()[arms[0]])[arms, :2], atol=0.5
    )
    np.testing.assert_allclose(made[5:7, 1].mean(), 100, atol=0.1)


def test_a_source_from_the_side_gets_the_shoulders_of_an_adult():
    """A photograph from the side does not show the shoulders' width, so it is assumed."""
    side = standing()
    for joint in ("shoulder", "hip"):
        side[COCO17.indices(f"left_{joint}", f"right_{joint}"), 1] = 101, 99
    made = retarget(standing()[None], side, COCO17)[0]
    shoulders = np.ptp(made[COCO17.indices("left_shoulder", "right_shoulder"), 1])
    assert 25 < shoulders < 45  # 40 in the driving pose, 2 in the photograph


def test_the_layout_with_a_neck():
    driving = scaled(standing(), 0.7, (9, 4))[None]
    expected = retarget(driving, standing(), COCO17)
    ours = retarget(
        *(convert_keypoints(k, COCO17, OPENPOSE18) for k in (driving, standing())), OPENPOSE18
    )
    np.testing.assert_allclose(ours, convert_keypoints(expected, COCO17, OPENPOSE18), atol=1e-3)


def test_a_turned_head_keeps_its_turn_and_takes_the_sources_size():
    source = standing()
    source[:5, :2] = (20, 100) + 1.2 * (source[:5, :2] - (20, 100))
    turned = standing()
    turned[:5, 1] = 100 + np.array([9, 8, 3, -2, -9])
    clip = np.stack([standing()] * 9 + [turned])
    made = retarget(clip, source, COCO17)
    offsets = made[-1, :5, :2] - made[-1, 3, :2]
    np.testing.assert_allclose(offsets, 1.2 * (turned[:5, :2] - turned[3, :2]), atol=0.15)


def test_nothing_to_go_by():
    """Without a bone in the source, or without a pose, the poses are unchanged."""
    nobody = np.zeros((17, 3), np.float32)
    np.testing.assert_array_equal(retarget(standing()[None], nobody, COCO17)[0], standing())
    np.testing.assert_array_equal(retarget(nobody[None], standing(), COCO17)[0], nobody)
    mixed = retarget(np.stack([standing(), nobody]), standing(), COCO17)
    np.testing.assert_array_equal(mixed[1], nobody)
    np.testing.assert_allclose(mixed[0], standing(), atol=1e-3)


def test_random_missing_joints_never_give_nan():
    rng = np.random.default_rng(0)
    for _ in range(200):
        clip = rng.uniform(0, 200, (3, 17, 3)).astype(np.float32)
        clip[rng.random((3, 17)) < rng.random()] = 0
        source = rng.uniform(0, 200, (17, 3)).astype(np.float32)
        source[rng.random(17) < rng.random()] = 0
        made = retarget(clip, source, COCO17)
        assert np.isfinite(made).all()
        np.testing.assert_array_equal(made[..., 2], clip[..., 2])
