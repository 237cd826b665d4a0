"""Directions of bones and travel, for a person with known angles."""

import numpy as np
import pytest

from deformable_gan.data.motion import CapturedMotion, read_bvh
from deformable_gan.errors import MediaError

LEG = 0.82  # metres, of the tests' person
STANDING = {"at": (0, 0.92, 0)}
# A dance without symmetry. A joint's angles are rotations about Z, X and Y, in degrees.
DANCE = [
    {
        "at": (0.1 * step, 0.90, -0.05 * step),
        "Hips": (3, 4, 25 * step),
        "Chest": (5, 10, 5),
        "Head": (0, 8, 5 * step - 10),
        "LeftArm": (-70, 10, 0),
        "RightForeArm": (20, 0, 60 + 5 * step),
        "LeftUpLeg": (0, -30, 5),
        "LeftLeg": (0, 50 + step, 0),
    }
    for step in range(6)
]


def capture(path):
    return CapturedMotion.from_bvh(read_bvh(path), path)


@pytest.fixture
def motion_of(make_bvh):
    """A function that writes a file with the arguments of `write_bvh` and returns its motion."""

    def motion_of(*arguments, **options):
        return capture(make_bvh("dance.bvh", *arguments, **options))

    return motion_of


def assert_direction(motion, name, expected, frame=0):
    np.testing.assert_allclose(motion.directions[name][frame], expected, atol=1e-6, err_msg=name)


def test_a_standing_person(motion_of):
    motion = motion_of([STANDING] * 2, frame_time=0.05)
    for name, expected in {
        "pelvis_left": (1, 0, 0),
        "pelvis_up": (0, 1, 0),
        "torso": (0, 1, 0),
        "chest_left": (1, 0, 0),
        "chest_up": (0, 1, 0),
        "head_up": (0, 1, 0),
        "head_forward": (0, 0, 1),
        "left_thigh": (0, -1, 0),
        "right_calf": (0, -1, 0),
        "left_foot_forward": (0, 0, 1),
        "right_foot_down": (0, -1, 0),
        "left_upper_arm": (1, 0, 0),
        "right_forearm": (-1, 0, 0),
        "left_hand": (1, 0, 0),
    }.items():
        assert_direction(motion, name, expected)
    assert len(motion.directions) == 7 + 2 * 7
    assert motion.rate == 20
    assert motion.seconds == 0.05
    assert motion.left_out == 0
    np.testing.assert_array_equal(motion.clearance, 0)


def test_joints_turn_as_they_are_told(motion_of):
    tilt = np.radians(30)
    c, s = np.cos(tilt), np.sin(tilt)
    frame = {
        "Hips": (0, 0, 90),  # to the person's left: their front, Z, goes to X
        "LeftArm": (-60, 0, 0),
        "RightLeg": (0, 30, 0),
        "Chest": (0, 30, 0),
        "Head": (0, 0, 30),
    }
    motion = motion_of([STANDING, frame])
    assert_direction(motion, "pelvis_left", (0, 0, -1), 1)
    assert_direction(motion, "left_thigh", (0, -1, 0), 1)
    assert_direction(motion, "right_calf", (-s, -c, 0), 1)  # a knee bends backward
    assert_direction(motion, "chest_up", (s, c, 0), 1)  # a bow
    # Relative to the chest, the arm points 60 degrees below left; the head turns 30 degrees left.
    front, up, left = np.array([(c, -s, 0), (s, c, 0), (0, 0, -1)])
    assert_direction(motion, "left_upper_arm", s * left - c * up, 1)
    assert_direction(motion, "head_up", up, 1)
    assert_direction(motion, "head_forward", c * front + s * left, 1)


def test_units_do_not_matter(motion_of):
    metres, inches = motion_of(DANCE), motion_of(DANCE, scale=39.37)
    assert metres.directions.keys() == inches.directions.keys()
    for name, vectors in metres.directions.items():
        np.testing.assert_allclose(inches.directions[name], vectors, atol=1e-6, err_msg=name)
    np.testing.assert_allclose(inches.travel, metres.travel, atol=1e-6)
    np.testing.assert_allclose(inches.clearance, metres.clearance, atol=1e-6)


def with_signs(frames, signs):
    """Return the frames with the angles of each channel multiplied by a sign."""
    return [
        {
            name: value if name == "at" else tuple(np.multiply(value, signs))
            for name, value in frame.items()
        }
        for frame in frames
    ]


@pytest.mark.parametrize(
    ("signs_of_angles", "options"),
    [
        # The person's Z axis is the file's -Y axis, and the person's Y axis the file's Z axis.
        ((-1, 1, 1), {"axes": (0, 2, 1), "signs": (1, -1, 1), "rotations": "YXZ"}),
        # Upside down: half a turn about Z.
        ((1, -1, -1), {"signs": (-1, -1, 1)}),
    ],
    ids=["z up", "y down"],
)
def test_any_axis_may_be_up(motion_of, signs_of_angles, options):
    if "rotations" in options:
        options = {**options, "rotations": [f"{axis}rotation" for axis in options["rotations"]]}
    expected = motion_of(DANCE)
    found = motion_of(with_signs(DANCE, signs_of_angles), **options)
    for name, vectors in expected.directions.items():
        np.testing.assert_allclose(found.directions[name], vectors, atol=1e-6, err_msg=name)
    np.testing.assert_allclose(found.travel, expected.travel, atol=1e-6)
    np.testing.assert_allclose(found.clearance, expected.clearance, atol=1e-6)


def test_x_may_be_up(motion_of):
    expected = motion_of(DANCE)
    rotations = ["Yrotation", "Zrotation", "Xrotation"]
    found = motion_of(DANCE, axes=(1, 2, 0), rotations=rotations)
    # The forward direction is then arbitrary; here it is a quarter turn from the expected one.
    for name, vectors in expected.directions.items():
        turned = np.stack([-vectors[:, 2], vectors[:, 1], vectors[:, 0]], axis=-1)
        np.testing.assert_allclose(found.directions[name], turned, atol=1e-6, err_msg=name)


def test_travel_and_jumps_in_leg_lengths(motion_of):
    height = 0.92
    places = [(0, height, 0), (0.41, height, 0), (0.41, height + 0.41, -0.82), (0, height, 0)]
    motion = motion_of([{"at": place} for place in places for _ in range(5)])
    np.testing.assert_allclose(motion.travel[::5], [(0, 0), (0.5, 0), (0.5, -1), (0, 0)], atol=1e-6)
    # The first 0.03 leg lengths count as the noise of a standing foot.
    np.testing.assert_allclose(motion.clearance[::5], [0, 0, 0.47, 0], atol=1e-6)


def test_a_lifted_leg_is_no_jump(motion_of):
    motion = motion_of([STANDING, {"LeftUpLeg": (0, -90, 0), "LeftLeg": (0, 90, 0)}] * 3)
    np.testing.assert_array_equal(motion.clearance, 0)
    assert_direction(motion, "left_thigh", (0, 0, 1), 1)


def test_feet_are_flat_when_they_are_lowest(motion_of):
    tiptoe = {"at": (0, 1.0, 0), "LeftFoot": (0, 40, 0), "RightFoot": (0, 40, 0)}
    motion = motion_of([STANDING, STANDING, tiptoe])
    c, s = np.cos(np.radians(40)), np.sin(np.radians(40))
    # The line from the ankle to the end of the foot slopes by 20 degrees; the sole does not.
    assert_direction(motion, "left_foot_forward", (0, 0, 1), 0)
    assert_direction(motion, "left_foot_forward", (0, -s, c), 2)
    assert_direction(motion, "right_foot_down", (0, -c, -s), 2)


def test_a_person_without_toes_and_fingers(motion_of, bvh_file):
    person = [part for part in bvh_file.PERSON if not part[0].endswith(("Foot end", "Hand end"))]
    motion = motion_of([{"Hips": (0, 0, 90), "LeftForeArm": (0, 0, -90)}] * 2, person=person)
    assert_direction(motion, "left_foot_forward", (1, 0, 0))
    assert_direction(motion, "left_hand", motion.directions["left_forearm"][0])


def test_a_person_without_neck(motion_of, bvh_file):
    person = [
        (name, "Chest", (0, 0.3, 0)) if name == "Head" else (name, parent, offset)
        for name, parent, offset in bvh_file.PERSON
        if name != "Neck"
    ]
    motion = motion_of([{"Chest": (0, 30, 0), "Head": (0, -30, 20)}] * 2, person=person)
    assert_direction(motion, "chest_up", (0, np.sqrt(0.75), 0.5))
    assert_direction(motion, "head_up", (0, 1, 0))
    s, c = np.sin(np.radians(20)), np.cos(np.radians(20))
    assert_direction(motion, "head_forward", (s, 0, c))


def test_ends_without_length_are_none(motion_of, bvh_file):
    person = [
        (name, parent, (0, 0, 0) if name.endswith("Hand end") else offset)
        for name, parent, offset in bvh_file.PERSON
    ]
    motion = motion_of(DANCE, person=person)
    np.testing.assert_array_equal(
        motion.directions["right_hand"], motion.directions["right_forearm"]
    )


def test_a_skeleton_that_does_not_stand_at_rest(motion_of, bvh_file):
    """As in LAFAN1, leg bones at rest lie along x; each frame's rotations make a person stand."""
    along_x = {"Leg": (0.42, 0, 0), "Foot": (0.40, 0, 0), "Foot end": (0.05, 0, 0.14)}
    person = [
        (name, parent, along_x.get(name.removeprefix("Left").removeprefix("Right"), offset))
        for name, parent, offset in bvh_file.PERSON
    ]
    legs = {"LeftUpLeg": (-90, 0, 0), "RightUpLeg": (-90, 0, 0)}
    motion = motion_of([{**legs, "Head": (0, 0, yaw)} for yaw in (30, -30)], person=person)
    assert_direction(motion, "left_calf", (0, -1, 0))
    assert_direction(motion, "left_foot_forward", (0, 0, 1))
    # On average the head looks ahead.
    assert_direction(motion, "head_forward", (0.5, 0, np.sqrt(0.75)), 0)
    assert_direction(motion, "head_forward", (-0.5, 0, np.sqrt(0.75)), 1)


def test_a_rest_pose_before_the_recording_is_left_out(motion_of):
    slow = [{**frame, "Hips": (3, 4, 2 * step)} for step, frame in enumerate(DANCE)]
    with_rest, without = motion_of([STANDING, *slow]), motion_of(slow)
    assert (with_rest.left_out, without.left_out) == (1, 0)
    np.testing.assert_allclose(
        with_rest.directions["left_upper_arm"], without.directions["left_upper_arm"]
    )
    assert with_rest.travel.shape == (6, 2)


def test_a_person_who_never_stands(motion_of):
    lying = [{"Hips": (0, 90, 0)}, {"Hips": (90, 0, 0)}, {"Hips": (0, -90, 0)}]
    with pytest.raises(MediaError, match="does not stand along an axis"):
        motion_of(lying)


def test_left_handed_coordinates(motion_of):
    with pytest.raises(MediaError, match="feet point backward, so the coordinates are left-handed"):
        motion_of([STANDING] * 2, signs=(-1, 1, 1))


def test_a_single_frame(motion_of):
    with pytest.raises(MediaError, match="at least 2 frames, received 1"):
        motion_of([STANDING])


def test_bones_without_length(motion_of, bvh_file):
    person = [
        (name, parent, (0, 0, 0) if name == "LeftForeArm" else offset)
        for name, parent, offset in bvh_file.PERSON
    ]
    with pytest.raises(MediaError, match=r"dance.bvh: the left upper arm has no length"):
        motion_of(DANCE, person=person)


def test_real_salsas(salsas):
    for path in salsas:
        motion = capture(path)
        assert motion.left_out == 1
        assert 9 < motion.seconds < 20
        for name, vectors in motion.directions.items():
            lengths = np.linalg.norm(vectors, axis=-1)
            np.testing.assert_allclose(lengths, 1, atol=1e-9, err_msg=name)
        forward = np.cross(motion.directions["pelvis_left"], motion.directions["pelvis_up"])
        turns = np.unwrap(np.arctan2(forward[:, 0], forward[:, 2]))
        assert np.ptp(turns) > np.pi  # salsa dancers turn
        # Dancers are upright, and look roughly in the direction of their chest.
        assert motion.directions["torso"][:, 1].mean() > 0.95
        assert motion.directions["left_thigh"][:, 1].mean() < -0.8
        chest = np.cross(motion.directions["chest_left"], motion.directions["chest_up"])
        assert np.sum(chest * motion.directions["head_forward"], axis=-1).mean() > 0.7
        # A dancer is nearly always on the floor.
        assert np.mean(motion.clearance == 0) > 0.9
        # Knees bend backward: seen from the thigh, the calf is behind.
        for side in ("left", "right"):
            bend = motion.directions[f"{side}_calf"] - motion.directions[f"{side}_thigh"]
            assert np.sum(bend * forward, axis=-1).mean() < -0.1
