"""Joint layouts: names, order, left/right partners and the bones between them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from deformable_gan.errors import ConfigurationError
from deformable_gan.pose.joint_names import mirror_joint
from deformable_gan.pose.region import KINDS, REGIONS, Region

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
# The neck in layouts that lack one: the midpoint of the shoulders.
_NECK = (("neck", ("left_shoulder", "right_shoulder")),)


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
        derived: joints that are means of other joints: pairs of a name and the names of the joints
            to average. If the layout lacks a derived joint, regions may still use it; if the layout
            contains it, `convert_keypoints` computes it for a source layout without it.
        regions: the body regions: torsos first, then heads, then limbs.

    Raises:
        ConfigurationError: a bone, a derived joint or a region names an unknown joint, or the
            regions are of an unknown kind or in another order.
    """

    name: str
    joints: tuple[str, ...]
    bones: tuple[tuple[str, str], ...] = _FACE_AND_LIMBS
    derived: tuple[tuple[str, tuple[str, ...]], ...] = _NECK
    regions: tuple[Region, ...] = REGIONS

    def __post_init__(self):
        joints, derived = set(self.joints), {name for name, _ in self.derived}
        for bone in self.bones:
            self._require("a bone", bone, joints)
        for name, parents in self.derived:
            self._require(f"the derived joint {name}", parents, joints)
        for one in self.regions:
            named = (*one.joints, *one.support)
            self._require(f"the region {one.name}", named, joints | derived)
        kinds = [one.kind for one in self.regions]
        if unknown := [kind for kind in kinds if kind not in KINDS]:
            raise ConfigurationError(
                f"skeleton {self.name!r}: a region's kind must be one of {', '.join(KINDS)}, "
                f"received {unknown[0]!r}"
            )
        if kinds != sorted(kinds, key=KINDS.index) or kinds[:1] != ["torso"]:
            raise ConfigurationError(
                f"skeleton {self.name!r}: regions must be in the order torso, head, limb, and "
                f"begin with a torso, received {', '.join(kinds)}"
            )

    def _require(self, what: str, named: tuple[str, ...], known: set[str]) -> None:
        if unknown := [joint for joint in named if joint not in known]:
            raise ConfigurationError(
                f"skeleton {self.name!r}: {what} needs {unknown[0]!r}, which is not a joint of the "
                "layout (regions may also use derived joints)"
            )

    def __len__(self) -> int:
        return len(self.joints)

    def index(self, joint: str) -> int:
        """Return the position of `joint` along axis J."""
        return self.joints.index(joint)

    def parents(self, joint: str) -> tuple[str, ...]:
        """Return the joints that a derived joint averages; `(joint,)` for a joint of the layout."""
        return (joint,) if joint in self.joints else dict(self.derived)[joint]

    def regions_of(self, kind: str) -> list[Region]:
        """Return the regions of a kind, in their order."""
        return [region for region in self.regions if region.kind == kind]

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

#: All layouts by their names; `add_skeleton` adds one.
SKELETONS = {skeleton.name: skeleton for skeleton in (COCO17, OPENPOSE18)}


def add_skeleton(skeleton: Skeleton) -> Skeleton:
    """Register a layout, so that configurations and dataset manifests can name it.

    Returns:
        The layout.

    Raises:
        ConfigurationError: a different layout has the same name.
    """
    if SKELETONS.setdefault(skeleton.name, skeleton) != skeleton:
        raise ConfigurationError(
            f"there is another skeleton layout with the name {skeleton.name!r}: choose another name"
        )
    return skeleton


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

    A joint that the source layout lacks is computed as the mean that `target.derived` states, with
    the smallest confidence of the averaged joints. It is missing if one of these is missing, or if
    `target.derived` does not state a mean.

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
    for joint, parents in target.derived:
        if joint not in named and all(parent in named for parent in parents):
            points = np.stack([named[parent] for parent in parents])
            named[joint] = points.mean(axis=0)
            named[joint][..., 2] = points[..., 2].min(axis=0)
    missing = np.zeros((*keypoints.shape[:-2], 3), np.float32)
    return np.stack([named.get(joint, missing) for joint in target.joints], axis=-2)
