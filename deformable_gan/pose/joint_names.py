"""The exchange of left and right in the names of joints."""


def mirror_joint(joint: str) -> str:
    """Return the name of the joint's partner on the other side, or the joint's own name."""
    if joint.startswith("left_"):
        return "right_" + joint.removeprefix("left_")
    if joint.startswith("right_"):
        return "left_" + joint.removeprefix("right_")
    return joint
