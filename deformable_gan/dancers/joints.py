"""The joints of a drawn dancer: positions, visibility and simulated estimates."""

import numpy as np

from deformable_gan.dancers.body import Body
from deformable_gan.dancers.camera import Camera
from deformable_gan.dancers.dancer import Dancer
from deformable_gan.dancers.face import EYE
from deformable_gan.dancers.head import ear_center
from deformable_gan.dancers.solid_maker import PARTS
from deformable_gan.dancers.sweep import Sweep
from deformable_gan.pose.skeleton import COCO17

#: The layout of the joints of all drawings.
SKELETON = COCO17

_HEAD = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
_TORSO = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
# The parts that do not hide a joint: the adjacent limbs and their clothes. A slash marks a part
# without a left and a right side.
_OWN_PARTS = {
    "shoulder": ("upper_arm", "/torso"),
    "elbow": ("upper_arm", "forearm"),
    "wrist": ("forearm", "hand", "thumb"),
    "hip": ("thigh", "/torso", "/hips", "/skirt"),
    "knee": ("thigh", "calf", "/skirt"),
    "ankle": ("calf", "foot"),
    "eye": ("/head", "/nose"),
    "ear": ("ear", "/head"),
}


def find_joints(
    dancer: Dancer, body: Body, solids: list[Sweep], camera: Camera, parts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the joints' positions on a painted body, and whether they are visible.

    Args:
        dancer: the dancer.
        body: the posed body.
        solids: the body's solids as painted.
        camera: the canvas's camera.
        parts: uint8 [H, W], the canvas's part numbers.

    Returns:
        float64 [17, 2] of (y, x) in pixels of the canvas, and bool [17].
    """
    positions = np.empty((len(SKELETON), 2))
    visible = np.empty(len(SKELETON), bool)
    by_part = {solid.part: solid for solid in solids}
    for index, joint in enumerate(SKELETON.joints):
        x, y, turned_to_viewer = _locate(joint, dancer, body, by_part, camera)
        positions[index] = y, x
        row, column = round(y), round(x)
        inside = 0 <= row < parts.shape[0] and 0 <= column < parts.shape[1]
        visible[index] = inside and turned_to_viewer and int(parts[row, column]) in _NUMBERS[joint]
    return positions, visible


def score_joints(
    joints: np.ndarray,
    visible: np.ndarray,
    image_size: tuple[int, int],
    rng: np.random.Generator | None = None,
) -> np.ndarray:
    """Return key points as an estimator would report them.

    Joints outside the frame are missing. Hidden joints have a low confidence, and some of them are
    missing: most hidden eyes, noses and ears, and some joints of limbs. A visible joint is missing
    in very few images. The joints of the torso inside the frame are never missing.

    Args:
        joints: float [17, 2] of (y, x) in pixels.
        visible: bool [17].
        image_size: (height, width).
        rng: determines confidences and missing joints; None: no joint in the frame is missing, and
            the confidence is 1 for visible joints and 0.3 for hidden ones.

    Returns:
        float32 [17, 3] of (y, x, confidence), zeros for missing joints.
    """
    height, width = image_size
    y, x = joints.T
    inside = (y >= -0.5) & (y < height - 0.5) & (x >= -0.5) & (x < width - 0.5)
    confidence = np.where(visible, 1.0, 0.3)
    if rng is not None:
        noise, luck = rng.uniform(size=(2, len(SKELETON)))
        confidence = np.where(visible, 0.78 + 0.19 * noise, 0.15 + 0.35 * noise)
        confidence[_TORSO_INDICES] = np.maximum(confidence[_TORSO_INDICES], 0.45)
        lost = luck < np.where(visible, 0.008, np.where(_IS_HEAD, 0.7, 0.3))
        lost[_TORSO_INDICES] = False
        confidence[lost] = 0
    present = inside & (confidence > 0)
    return (np.stack([y, x, confidence], axis=-1) * present[:, None]).astype(np.float32)


def _locate(
    joint: str, dancer: Dancer, body: Body, by_part: dict[int, Sweep], camera: Camera
) -> tuple[float, float, bool]:
    """Return x and y on the canvas, and whether the joint's side of the head faces the viewer.

    For joints below the head the last value is always true.
    """
    left, _, forward = body.axes["head"]
    if joint == "nose":
        x, y = by_part[PARTS["nose"]].end
        return x, y, bool(forward[2] > -0.12)
    if joint in _HEAD:
        sign = 1 if joint.startswith("left") else -1
        if joint.endswith("ear"):
            x, y = camera.project(ear_center(body, dancer.build.head_width, sign))
            return x, y, bool(sign * left[2] > -0.35)
        along, angle = EYE
        x, y = by_part[PARTS["head"]].surface_point(along, sign * angle)
        facing = np.cos(angle) * forward[2] + sign * np.sin(angle) * left[2]
        return x, y, bool(facing > 0.08)
    x, y = camera.project(body.points[joint])
    return x, y, True


def _own_numbers(joint: str) -> frozenset[int]:
    if joint == "nose":
        return frozenset((PARTS["head"], PARTS["nose"]))
    side, kind = joint.split("_")
    names = (n.removeprefix("/") if n.startswith("/") else f"{side}_{n}" for n in _OWN_PARTS[kind])
    return frozenset(PARTS[name] for name in names)


_NUMBERS = {joint: _own_numbers(joint) for joint in SKELETON.joints}
_TORSO_INDICES = SKELETON.indices(*_TORSO)
_IS_HEAD = np.array([joint in _HEAD for joint in SKELETON.joints])
