"""Finding joints by the names that programs give them."""

from dataclasses import replace

import numpy as np
import pytest

from deformable_gan.data.motion import BvhNode, BvhRecording, find_landmarks
from deformable_gan.errors import MediaError

PARTS = ("hip", "knee", "ankle", "collar", "shoulder", "elbow", "wrist")
# For each program four lists of joint names: from the hips to the head; of the left leg, from the
# hip; of the left arm, from the collar (all with the program's additional joints); and the names
# expected for `PARTS`.
SKELETONS = {
    "CMU": (
        "Hips LowerBack Spine Spine1 Neck Neck1 Head",
        "LHipJoint LeftUpLeg LeftLeg LeftFoot LeftToeBase",
        "LeftShoulder LeftArm LeftForeArm LeftHand LeftFingerBase LeftHandIndex1",
        "LeftUpLeg LeftLeg LeftFoot LeftShoulder LeftArm LeftForeArm LeftHand",
    ),
    "Mixamo": (
        *(
            " ".join(f"mixamorig:{name}" for name in names.split())
            for names in (
                "Hips Spine Spine1 Spine2 Neck Head HeadTop_End",
                "LeftUpLeg LeftLeg LeftFoot LeftToeBase",
                "LeftShoulder LeftArm LeftForeArm LeftHand LeftHandThumb1",
                "LeftUpLeg LeftLeg LeftFoot LeftShoulder LeftArm LeftForeArm LeftHand",
            )
        ),
    ),
    "Mixamo without colon": (
        "mixamorigHips mixamorigSpine mixamorigNeck mixamorigHead",
        "mixamorigLeftUpLeg mixamorigLeftLeg mixamorigLeftFoot",
        "mixamorigLeftShoulder mixamorigLeftArm mixamorigLeftForeArm mixamorigLeftHand",
        "mixamorigLeftUpLeg mixamorigLeftLeg mixamorigLeftFoot mixamorigLeftShoulder "
        "mixamorigLeftArm mixamorigLeftForeArm mixamorigLeftHand",
    ),
    "Biped": (
        "Bip01 Bip01_Pelvis Bip01_Spine Bip01_Spine1 Bip01_Neck Bip01_Head",
        "Bip01_L_Thigh Bip01_L_Calf Bip01_L_Foot Bip01_L_Toe0",
        "Bip01_L_Clavicle Bip01_L_UpperArm Bip01_L_Forearm Bip01_L_Hand Bip01_L_Finger0",
        "Bip01_L_Thigh Bip01_L_Calf Bip01_L_Foot Bip01_L_Clavicle Bip01_L_UpperArm "
        "Bip01_L_Forearm Bip01_L_Hand",
    ),
    "Poser": (
        "hip abdomen chest neck head",
        "lButtock lThigh lShin lFoot",
        "lCollar lShldr lForeArm lHand lThumb1",
        "lThigh lShin lFoot lCollar lShldr lForeArm lHand",
    ),
    "Daz": (
        "hip pelvis abdomenLower chestLower neckLower neckUpper head",
        "lThighBend lThighTwist lShin lFoot lToe",
        "lCollar lShldrBend lShldrTwist lForearmBend lForearmTwist lHand",
        "lThighBend lShin lFoot lCollar lShldrBend lForearmBend lHand",
    ),
    "Rokoko": (
        "Hips Spine1 Spine2 Spine3 Spine4 Neck Head",
        "LeftThigh LeftShin LeftFoot LeftToe",
        "LeftShoulder LeftArm LeftForeArm LeftHand",
        "LeftThigh LeftShin LeftFoot LeftShoulder LeftArm LeftForeArm LeftHand",
    ),
    "Xsens": (
        "Hips Chest Chest2 Chest3 Chest4 Neck Head",
        "LeftHip LeftKnee LeftAnkle LeftToe",
        "LeftCollar LeftShoulder LeftElbow LeftWrist",
        "LeftHip LeftKnee LeftAnkle LeftCollar LeftShoulder LeftElbow LeftWrist",
    ),
    "Xsens, other names": (
        "Pelvis L5 L3 T12 T8 Neck Head",
        "LeftUpperLeg LeftLowerLeg LeftFoot LeftToe",
        "LeftShoulder LeftUpperArm LeftForeArm LeftHand",
        "LeftUpperLeg LeftLowerLeg LeftFoot LeftShoulder LeftUpperArm LeftForeArm LeftHand",
    ),
    "LAFAN1": (
        "Hips Spine Spine1 Spine2 Neck Head",
        "LeftUpLeg LeftLeg LeftFoot LeftToe",
        "LeftShoulder LeftArm LeftForeArm LeftHand",
        "LeftUpLeg LeftLeg LeftFoot LeftShoulder LeftArm LeftForeArm LeftHand",
    ),
    "SMPL": (
        "pelvis spine1 spine2 spine3 neck head",
        "left_hip left_knee left_ankle left_foot",
        "left_collar left_shoulder left_elbow left_wrist left_hand",
        "left_hip left_knee left_ankle left_collar left_shoulder left_elbow left_wrist",
    ),
    "SMPL, Unity": (
        "m_avg_root m_avg_Pelvis m_avg_Spine1 m_avg_Neck m_avg_Head",
        "m_avg_L_Hip m_avg_L_Knee m_avg_L_Ankle m_avg_L_Foot",
        "m_avg_L_Collar m_avg_L_Shoulder m_avg_L_Elbow m_avg_L_Wrist m_avg_L_Hand",
        "m_avg_L_Hip m_avg_L_Knee m_avg_L_Ankle m_avg_L_Collar m_avg_L_Shoulder m_avg_L_Elbow "
        "m_avg_L_Wrist",
    ),
    "Unreal": (
        "root pelvis spine_01 spine_02 neck_01 head",
        "thigh_l calf_l foot_l ball_l",
        "clavicle_l upperarm_l lowerarm_l hand_l index_01_l",
        "thigh_l calf_l foot_l clavicle_l upperarm_l lowerarm_l hand_l",
    ),
    "Rigify": (
        "hips spine chest neck head",
        "thigh.L shin.L foot.L toe.L",
        "shoulder.L upper_arm.L forearm.L hand.L",
        "thigh.L shin.L foot.L shoulder.L upper_arm.L forearm.L hand.L",
    ),
    "VRM": (
        "J_Bip_C_Hips J_Bip_C_Spine J_Bip_C_Chest J_Bip_C_Neck J_Bip_C_Head",
        "J_Bip_L_UpperLeg J_Bip_L_LowerLeg J_Bip_L_Foot J_Bip_L_ToeBase",
        "J_Bip_L_Shoulder J_Bip_L_UpperArm J_Bip_L_LowerArm J_Bip_L_Hand",
        "J_Bip_L_UpperLeg J_Bip_L_LowerLeg J_Bip_L_Foot J_Bip_L_Shoulder J_Bip_L_UpperArm "
        "J_Bip_L_LowerArm J_Bip_L_Hand",
    ),
    "ASF": (
        "root lowerback upperback thorax lowerneck upperneck head",
        "lhipjoint lfemur ltibia lfoot ltoes",
        "lclavicle lhumerus lradius lwrist lhand lfingers",
        "lfemur ltibia lfoot lclavicle lhumerus lradius lwrist",
    ),
    "OptiTrack": (
        "Hip Ab Chest Neck Head",
        "LThigh LShin LFoot LToe",
        "LShoulder LUArm LFArm LHand",
        "LThigh LShin LFoot LShoulder LUArm LFArm LHand",
    ),
    "capitals and a namespace": (
        "Actor:HIPS Actor:SPINE Actor:NECK Actor:HEAD",
        "Actor:LEFT_UP_LEG Actor:LEFT_LEG Actor:LEFT_FOOT",
        "Actor:LEFT_SHOULDER Actor:LEFT_ARM Actor:LEFT_FORE_ARM Actor:LEFT_HAND",
        "Actor:LEFT_UP_LEG Actor:LEFT_LEG Actor:LEFT_FOOT Actor:LEFT_SHOULDER Actor:LEFT_ARM "
        "Actor:LEFT_FORE_ARM Actor:LEFT_HAND",
    ),
}
MIRROR = (
    ("Left", "Right"),
    ("left", "right"),
    ("LEFT", "RIGHT"),
    ("_L_", "_R_"),
    ("_l", "_r"),
    (" L ", " R "),
)


def right(name):
    for left, other in (*MIRROR, (".L", ".R")):
        if left in name:
            return name.replace(left, other)
    assert name[0] in "lL", name
    return ("r" if name[0] == "l" else "R") + name[1:]


def skeleton(middle, leg, arm):
    nodes = []

    def chain(names, parent):
        for name in names:
            nodes.append(BvhNode(name, parent, (0, 1, 0), ("Xrotation",)))
            parent = len(nodes) - 1

    chain(middle, -1)
    neck = next(i for i, n in enumerate(nodes) if "neck" in n.name.lower())
    for side in (str, right):
        chain([side(name) for name in leg], 0)
        chain([side(name) for name in arm], neck - 1)
    return BvhRecording(tuple(nodes), np.zeros((1, len(nodes))), 0.1)


@pytest.mark.parametrize("program", SKELETONS)
def test_names_of_programs(program):
    middle, leg, arm, expected = (names.split() for names in SKELETONS[program])
    recording = skeleton(middle, leg, arm)
    found = {
        part: recording.nodes[index].name
        for part, index in find_landmarks(recording, "dance.bvh").items()
    }
    assert found.pop("neck") == next(name for name in middle if "neck" in name.lower())
    assert found.pop("head") == next(name for name in middle if name.lower().endswith("head"))
    wanted = dict(zip(PARTS, expected, strict=True))
    assert found == {
        **{f"left_{part}": name for part, name in wanted.items()},
        **{f"right_{part}": right(name) for part, name in wanted.items()},
    }


def test_names_with_spaces():
    middle, leg, arm, _ = (names.split() for names in SKELETONS["Biped"])
    recording = skeleton(
        *([name.replace("_", " ") for name in names] for names in (middle, leg, arm))
    )
    found = find_landmarks(recording, "dance.bvh")
    assert recording.nodes[found["left_knee"]].name == "Bip01 L Calf"
    assert recording.nodes[found["right_collar"]].name == "Bip01 R Clavicle"


def test_collars_are_optional():
    recording = skeleton(
        ("Hips", "Neck", "Head"),
        ("LeftHip", "LeftKnee", "LeftAnkle"),
        ("LeftShoulder", "LeftElbow", "LeftWrist"),
    )
    found = find_landmarks(recording, "dance.bvh")
    assert recording.nodes[found["left_shoulder"]].name == "LeftShoulder"
    assert "left_collar" not in found


def test_the_head_stands_in_for_a_neck():
    recording = skeleton(
        ("Hips", "Spine", "Neck"),
        ("LeftUpLeg", "LeftLeg", "LeftFoot"),
        ("LeftArm", "LeftForeArm", "LeftHand"),
    )
    with pytest.raises(MediaError, match="no joint has a usual name for head"):
        find_landmarks(recording, "dance.bvh")
    headed = [replace(n, name="Head") if n.name == "Neck" else n for n in recording.nodes]
    found = find_landmarks(replace(recording, nodes=tuple(headed)), "dance.bvh")
    assert found["neck"] == found["head"] == 2


def test_unknown_names_are_listed():
    recording = skeleton(
        ("Hips", "Neck", "Head"), ("LeftHip", "LeftPaw"), ("LeftShoulder", "LeftWing", "LeftHand")
    )
    with pytest.raises(MediaError) as error:
        find_landmarks(recording, "horse.bvh")
    message = str(error.value)
    assert message.startswith("horse.bvh: no joint has a usual name for left knee, right knee, ")
    assert "left ankle, right ankle, left elbow, right elbow" in message
    assert "the joints are Hips, Neck, Head, LeftHip, LeftPaw, LeftShoulder, LeftWing" in message
    assert "knee: LeftLeg, l_shin or left_knee" in message
    assert "shoulder" not in message.split(";")[0]


def test_joints_of_the_same_name():
    recording = skeleton(
        ("Hips", "Neck", "Head"),
        ("LeftHip", "LeftKnee", "left_knee", "LeftAnkle"),
        ("LeftShoulder", "LeftElbow", "LeftWrist"),
    )
    with pytest.raises(MediaError, match="could be the left knee: 'LeftKnee', 'left_knee'"):
        find_landmarks(recording, "dance.bvh")


def test_joints_that_do_not_hang_together():
    recording = skeleton(
        ("Hips", "Neck", "Head"),
        ("LeftKnee", "LeftHip", "LeftAnkle"),
        ("LeftShoulder", "LeftElbow", "LeftWrist"),
    )
    with pytest.raises(MediaError, match="'LeftKnee', used as the left knee, is not a desc"):
        find_landmarks(recording, "dance.bvh")
