"""Body regions that move on their own, as a table (paper section 3.2)."""

from dataclasses import dataclass, replace

from deformable_gan.pose.joint_names import mirror_joint

#: What a region can be: how its transform is made, and what its mask covers.
KINDS = ("torso", "head", "limb")


@dataclass(frozen=True)
class Region:
    """A region of the body that one affine transform moves.

    - `torso`: least squares on the joints; the mask covers the whole image.
    - `head`: least squares on the joints and the supporting joints; the mask is a square around the
      joints.
    - `limb`: the target's rectangle on the source's; the mask is the rectangle between two joints.

    Attributes:
        name: the region's name.
        kind: one of `KINDS`.
        joints: the joints that carry the region; of a limb the one nearer to the torso, then the
            other. They may be derived joints of the skeleton.
        support: joints that take part in the least squares as soon as a joint of the region is
            seen.
        mask_extension: of a limb, how far the mask goes beyond its end, in lengths of the limb
            after it was extended at its start.
        transform_extension: of a limb, the same for the rectangle that the transform is made from.
        solid_half_width: of a limb, half of its width in torso sizes where the prior of a solid
            body is certain of it.
    """

    name: str
    kind: str
    joints: tuple[str, ...]
    support: tuple[str, ...] = ()
    mask_extension: float = 0.1
    transform_extension: float = 0.1
    solid_half_width: float = 0.1

    @property
    def start(self) -> str:
        """A limb's joint nearer to the torso."""
        return self.joints[0]

    @property
    def end(self) -> str:
        """A limb's joint farther from the torso."""
        return self.joints[1]

    @property
    def mirror(self) -> "Region":
        """The region of the other side, which stands in where this one is not seen."""
        return replace(
            self, name=mirror_joint(self.name), joints=tuple(map(mirror_joint, self.joints))
        )


def _limb(name: str, start: str, end: str, solid_half_width: float) -> Region:
    return Region(name, "limb", (start, end), solid_half_width=solid_half_width)


def _outer_limb(name: str, start: str, end: str, solid_half_width: float) -> Region:
    """Return a limb whose rectangle also holds the hand or the foot."""
    return Region(name, "limb", (start, end), (), 0.5, 0.3, solid_half_width)


#: The ten regions of the paper, in the order of their transforms and masks.
REGIONS = (
    Region("body", "torso", ("right_hip", "left_hip", "left_shoulder", "right_shoulder")),
    Region(
        "head",
        "head",
        ("left_eye", "right_eye", "left_ear", "right_ear", "nose"),
        support=("left_shoulder", "right_shoulder"),
    ),
    _limb("right_thigh", "right_hip", "right_knee", 0.16),
    _limb("left_thigh", "left_hip", "left_knee", 0.16),
    _outer_limb("right_calf", "right_knee", "right_ankle", 0.1),
    _outer_limb("left_calf", "left_knee", "left_ankle", 0.1),
    _limb("right_upper_arm", "right_shoulder", "right_elbow", 0.08),
    _limb("left_upper_arm", "left_shoulder", "left_elbow", 0.08),
    _outer_limb("right_forearm", "right_elbow", "right_wrist", 0.06),
    _outer_limb("left_forearm", "left_elbow", "left_wrist", 0.06),
)
