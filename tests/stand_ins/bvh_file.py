"""A writer of BVH files with the motion capture of a person."""

# Joint, parent and offset in metres: Y is up, the person faces Z with the arms out to the sides.
PERSON = (
    ("Hips", None, (0, 0.92, 0)),
    ("Spine", "Hips", (0, 0.12, 0)),
    ("Chest", "Spine", (0, 0.16, 0)),
    ("Neck", "Chest", (0, 0.22, 0)),
    ("Head", "Neck", (0, 0.08, 0)),
    ("Head end", "Head", (0, 0.18, 0)),
    *(
        part
        for side, sign in (("Left", 1), ("Right", -1))
        for part in (
            (f"{side}Shoulder", "Chest", (0.03 * sign, 0.18, 0)),
            (f"{side}Arm", f"{side}Shoulder", (0.14 * sign, 0, 0)),
            (f"{side}ForeArm", f"{side}Arm", (0.28 * sign, 0, 0)),
            (f"{side}Hand", f"{side}ForeArm", (0.25 * sign, 0, 0)),
            (f"{side}Hand end", f"{side}Hand", (0.15 * sign, 0, 0)),
            (f"{side}UpLeg", "Hips", (0.09 * sign, -0.02, 0)),
            (f"{side}Leg", f"{side}UpLeg", (0, -0.42, 0)),
            (f"{side}Foot", f"{side}Leg", (0, -0.40, 0)),
            (f"{side}Foot end", f"{side}Foot", (0, -0.05, 0.14)),
        )
    ),
)
ROTATIONS = ("Zrotation", "Xrotation", "Yrotation")
POSITIONS = ("Xposition", "Yposition", "Zposition")


def write_bvh(
    frames,
    person=PERSON,
    rotations=ROTATIONS,
    frame_time=0.1,
    scale=1.0,
    axes=(0, 1, 2),
    signs=(1, 1, 1),
):
    """Return a BVH file's text.

    Args:
        frames: a dictionary per frame: a joint's name -> its angles in degrees, in the order of
            `rotations`; `at` -> the root's position in metres (default: its offset).
        person: joints; a name that ends in `end` is an End Site.
        rotations: the order of the rotation channels.
        frame_time: in seconds.
        scale: the factor of all lengths.
        axes: for each coordinate of the file, the index of the person's axis that it contains;
            rotations are not changed.
        signs: the signs of the coordinates in the file.
    """

    def point(xyz):
        return " ".join(f"{signs[i] * scale * xyz[axis]:.6f}" for i, axis in enumerate(axes))

    def lines(name, parent, offset, indent):
        pad = "  " * indent
        if name.endswith("end"):
            return [f"{pad}End Site", f"{pad}{{", f"{pad}  OFFSET {point(offset)}", f"{pad}}}"]
        channels = (*POSITIONS, *rotations) if parent is None else rotations
        children = [part for part in person if part[1] == name]
        order.append(name)
        return [
            f"{pad}{'ROOT' if parent is None else 'JOINT'} {name}",
            f"{pad}{{",
            f"{pad}  OFFSET {point(offset)}",
            f"{pad}  CHANNELS {len(channels)} {' '.join(channels)}",
            *(line for child in children for line in lines(*child, indent + 1)),
            f"{pad}}}",
        ]

    order = []
    text = ["HIERARCHY", *lines(*person[0], 0)]
    text += ["MOTION", f"Frames: {len(frames)}", f"Frame Time: {frame_time}"]
    for frame in frames:
        values = [point(frame.get("at", person[0][2]))]
        values += [
            " ".join(f"{angle:.6f}" for angle in frame.get(name, (0, 0, 0))) for name in order
        ]
        text.append(" ".join(values))
    return "\n".join(text) + "\n"
