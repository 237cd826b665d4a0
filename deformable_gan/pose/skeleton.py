"""Joint layouts: names, order, left/right partners and the bones between them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from deformable_gan.errors import ConfigurationError

_FACE_AND_LIMBS = (
    ("left_ear", "left_eye"),
    ("left_eye", "nose"),
    ("nose", "right_eye"),
    ("right_eye", "right_ear"),
    ("left_shoulder", "right_shoulder"),
    ("left_shoulder", "left_elbow"),
    ("left_elbow", "left_wrist"),
    ("right_shoulder", "right_elbow"),
    ("right_elbow", "right_wrist"),
    ("left_shoulder", "left_hip"),
    ("right_shoulder", "right_hip"),
    ("left_hip", "right_hip"),
    ("left_hip", "left_knee"),
    ("left_knee", "left_ankle"),
    ("right_hip", "right_knee"),
    ("right_knee", "right_ankle"),
)


@dataclass(frozen=True)
class Skeleton:
    """A joint layout.

    Key points in this layout are float arrays `[..., J, 3]` of (y, x, confidence), y and x in
    pixels of their image with pixel centres at integers. A joint whose confidence is not positive
    is *missing*; its coordinates have no meaning.

    Attributes:
        name: the layout's name in configurations and manifests.
        joints: joint names in their order along axis J.
        bones: pairs of joint names, for drawing.
    """

    name: str
    joints: tuple[str, ...]
    bones: tuple[tuple[str, str], ...] = _FACE_AND_LIMBS

    def __len__(self) -> int:
        return len(self.joints)

    def index(self, joint: str) -> int:
        """Return the position of `joint` along axis J."""
        return self.joints.index(joint)

    def indices(self, *joints: str) -> list[int]:
        """Return the positions of several joints along axis J."""
        return [self.index(joint) for joint in joints]

    @cached_property
    def mirror_permutation(self) -> np.ndarray:
        """Int array [J], the index of each joint's left/right partner (its own if it has none).

        `keypoints[..., mirror_permutation, :]` relabels the joints of a horizontally flipped
        image.
        """
        return np.array([self.index(mirror_joint(joint)) for joint in self.joints])

    @cached_property
    def bone_indices(self) -> list[tuple[int, int]]:
        """`bones` as pairs of positions along axis J."""
        return [(self.index(start), self.index(end)) for start, end in self.bones]


def mirror_joint(joint: str) -> str:
    """Return the name of the joint's partner on the other side, or the joint's own name."""
    if joint.startswith("left_"):
        return "right_" + joint.removeprefix("left_")
    if joint.startswith("right_"):
        return "left_" + joint.removeprefix("right_")
    return joint


#: The 17 joints of COCO, which MoveNet returns.
COCO17 = Skeleton(
    "coco17",
    (
        "nose",
        "left_eye",
        "right_eye",
        "left_ear",
        "right_ear",
        "left_shoulder",
        "right_shoulder",
        "left_elbow",
        "right_elbow",
        "left_wrist",
        "right_wrist",
        "left_hip",
        "right_hip",
        "left_knee",
        "right_knee",
        "left_ankle",
        "right_ankle",
    ),
)

#: The 18 joints of the original implementation, in its order; `neck` is the shoulders' midpoint.
OPENPOSE18 = Skeleton(
    "openpose18",
    (
        "nose",
        "neck",
        "right_shoulder",
        "right_elbow",
        "right_wrist",
        "left_shoulder",
        "left_elbow",
        "left_wrist",
        "right_hip",
        "right_knee",
        "right_ankle",
        "left_hip",
        "left_knee",
        "left_ankle",
        "left_eye",
        "right_eye",
        "left_ear",
        "right_ear",
    ),
)

SKELETONS = {skeleton.name: skeleton for skeleton in (COCO17, OPENPOSE18)}


def get_skeleton(name: str) -> Skeleton:
    """Return the layout with this name.

    Raises:
        ConfigurationError: no layout has that name.
    """
    try:
        return SKELETONS[name]
    except KeyError:
        raise ConfigurationError(
            f"unknown skeleton layout {name!r}: expected one of {', '.join(SKELETONS)}"
        ) from None


def convert_keypoints(keypoints: np.ndarray, source: Skeleton, target: Skeleton) -> np.ndarray:
    """Convert key points from one layout to another.

    If only `target` has a neck, it is the midpoint of the shoulders with the smaller of their
    confidences; it is missing if a shoulder is missing.

    Args:
        keypoints: float [..., J_source, 3] of (y, x, confidence).
        source: the layout of `keypoints`.
        target: the layout of the result.

    Returns:
        float32 [..., J_target, 3].
    """
    keypoints = np.asarray(keypoints, np.float32)
    if source == target:
        return keypoints
    named = {joint: keypoints[..., index, :] for index, joint in enumerate(source.joints)}
    if "neck" not in named:
        left, right = named["left_shoulder"], named["right_shoulder"]
        neck = (left + right) / 2
        neck[..., 2] = np.minimum(left[..., 2], right[..., 2])
        named["neck"] = neck
    return np.stack([named[joint] for joint in target.joints], axis=-2)
