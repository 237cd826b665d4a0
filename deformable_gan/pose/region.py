"""The body regions, each of which moves by its own transform (paper section 3.2)."""

from dataclasses import dataclass, replace

from deformable_gan.pose.joint_names import mirror_joint

#: The kinds of regions, which determine the transform and the mask; see `Region`.
KINDS = ("torso", "head", "limb")


@dataclass(frozen=True)
class Region:
    """A region of the body that one affine transform moves.

    - `torso`: the transform is fitted to the joints by least squares; the mask covers the whole
      image.
    - `head`: the transform is fitted to the joints and the supporting joints by least squares; the
      mask is a square around the mean of the joints.
    - `limb`: the transform maps the limb's rectangle in the target to its rectangle in the source;
      the mask is the rectangle between its two joints.

    These are the transforms of a flat body, as in the paper; for a solid body, the transforms of
    torso and head differ (see `geometry.region_transforms`).

    Attributes:
        name: the region's name.
        kind: one of `KINDS`.
        joints: the joints of the region, which may be derived joints of the skeleton. A limb has
            two: the one nearer to the torso, then the other.
        support: additional joints for the least squares; they are used only if a joint of the
            region is seen.
        mask_extension: for a limb, how far the mask extends beyond the end, as a share of the
            limb's length including its extension at the start (`geometry.regions.START_EXTENSION`).
        transform_extension: for a limb, how far the rectangles that determine the transform extend
            beyond the end, as a share of the same length.
        solid_half_width: for a limb, half of its width in the candidate prior of a solid body, in
            torso sizes; see `geometry.candidate_prior`.
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
        """The region on the other side of the body, used if this one is missing in the source."""
        return replace(
            self, name=mirror_joint(self.name), joints=tuple(map(mirror_joint, self.joints))
        )


def _limb(name: str, start: str, end: str, solid_half_width: float) -> Region:
    return Region(name, "limb", (start, end), solid_half_width=solid_half_width)


def _outer_limb(name: str, start: str, end: str, solid_half_width: float) -> Region:
    """Return a limb whose rectangle also contains the hand or the foot."""
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
