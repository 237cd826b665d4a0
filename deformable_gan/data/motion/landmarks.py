"""Matching a skeleton's joints to the parts of the body by the names that programs use."""

import re
from itertools import pairwise
from pathlib import Path

from deformable_gan.data.motion.bvh_recording import BvhRecording
from deformable_gan.errors import MediaError

# A part's usual names without the side, most specific first. Each joint is matched once, in this
# order: `LeftLeg` is the hip if there is a `LeftKnee`, else the knee; `left_foot` is the ankle
# unless there is a `left_ankle`; `LeftShoulder` is the collar if there is a `LeftArm`.
_SIDED: dict[str, tuple[str, ...]] = {
    "knee": (*("lowerleg", "lowleg", "shin", "calf", "tibia", "shank", "knee", "leg"),),
    "hip": (*("upleg", "upperleg", "thigh", "thighbend", "uleg", "femur", "hip", "leg"),),
    "ankle": ("ankle", "foot"),
    "elbow": (*("forearm", "lowerarm", "lowarm", "farm", "forearmbend", "radius", "elbow"),),
    "shoulder": (
        *("upperarm", "uparm", "uarm", "shldr", "shldrbend", "humerus", "arm", "shoulder"),
    ),
    "wrist": ("wrist", "hand"),
    "collar": ("collar", "clavicle", "clav", "shoulder"),
}
_MIDDLE: dict[str, tuple[str, ...]] = {
    "neck": ("neck", "neck1", "neck01", "neck0", "necklower", "lowerneck"),
    "head": ("head", "head1", "head01", "skull"),
}
_OPTIONAL = ("neck", "collar")
# Each joint is a descendant of the joint before it.
_CHAINS = (("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist"))
_SIDES = {"left": "l", "right": "r"}
_EXAMPLES = {
    "hip": "LeftUpLeg, l_thigh or left_hip",
    "knee": "LeftLeg, l_shin or left_knee",
    "ankle": "LeftFoot or left_ankle",
    "shoulder": "LeftArm, l_upperarm or left_shoulder",
    "elbow": "LeftForeArm or left_elbow",
    "wrist": "LeftHand or left_wrist",
    "head": "Head",
}
# The most joints that a message lists.
_MOST_NAMES = 150
_SEPARATORS = r"[\s_.\-]+"
# A first word and the separator after it, or nothing.
_FIRST_WORD = re.compile(r"(?:[^\s_.\-]+[\s_.\-]+)?")
# Prefixes that programs put before every name without a separator.
_PREFIXES = re.compile(r"^(mixamorig\d*|bip(ed)?\d+|def)")


def find_landmarks(recording: BvhRecording, path: str | Path) -> dict[str, int]:
    """Return the index of the joint for each part of the body.

    The comparison ignores case, separators, namespaces (`mixamorig:LeftArm`) and prefixes that all
    joints share (`Bip01 L Thigh`). The side comes before or after the part, as a word or a letter.
    The names of CMU, Mixamo, 3ds Max (Biped), Poser, Daz, Rokoko, Xsens, LAFAN1, Unreal, VRM and
    SMPL skeletons are known.

    Args:
        recording: the skeleton.
        path: the file it came from, for messages.

    Returns:
        Indices of nodes by part: `neck`, `head`, and `left_…` and `right_…` of `hip`, `knee`,
        `ankle`, `shoulder`, `elbow`, `wrist` and, if present, `collar`. In a skeleton without a
        neck, `neck` is the head's joint: both are on top of the chest.

    Raises:
        MediaError: a part is missing, several joints could be the same part, or the parts are not
            connected like those of a body.
    """
    by_name = _plain_names(recording)
    taken: dict[str, int] = {}
    for part, aliases in _aliases().items():
        for alias in aliases:
            found = [index for index in by_name.get(alias, ()) if index not in taken.values()]
            if len(found) > 1:
                names = ", ".join(repr(recording.nodes[index].name) for index in found)
                raise MediaError(
                    f"{path}: several joints could be the {part.replace('_', ' ')}: {names}; "
                    "rename or remove all but one"
                )
            if found:
                taken[part] = found[0]
                break
    missing = [part for part in _aliases() if part not in taken and not _is_optional(part)]
    if missing:
        raise MediaError(_complaint(recording, path, missing))
    _check_chains(recording, taken, path)
    return {"neck": taken["head"], **taken}


def _aliases() -> dict[str, list[str]]:
    """Return the plain names of every part, in the order in which parts are matched."""
    aliases = {
        part: [form for name in names for form in (name, "c" + name)]
        for part, names in _MIDDLE.items()
    }
    for part, names in _SIDED.items():
        for side, letter in _SIDES.items():
            aliases[f"{side}_{part}"] = [
                form
                for name in names
                for form in (side + name, letter + name, name + side, name + letter)
            ]
    return aliases


def _plain_names(recording: BvhRecording) -> dict[str, list[int]]:
    """Return the indices of joints by name, in lower case, without separators and prefixes."""
    names = {
        index: re.split(r"[:|]", node.name)[-1].strip().lower()
        for index, node in enumerate(recording.nodes)
        if node.name is not None
    }
    # The root is left out, because its name may consist of the prefix alone.
    while len(starts := {_FIRST_WORD.match(name)[0] for name in list(names.values())[1:]}) == 1:  # type: ignore[index]  # not None here
        shared = starts.pop()
        if not shared:
            break
        names = {index: name.removeprefix(shared) for index, name in names.items()}
    plain: dict[str, list[int]] = {}
    for index, name in names.items():
        bare = re.sub(_SEPARATORS, "", name)
        plain.setdefault(_PREFIXES.sub("", bare), []).append(index)
    return plain


def _is_optional(part: str) -> bool:
    return part.split("_")[-1] in _OPTIONAL


def _check_chains(recording: BvhRecording, taken: dict[str, int], path: str | Path) -> None:
    chains = [[f"{side}_{part}" for part in chain] for chain in _CHAINS for side in _SIDES]
    if "neck" in taken:
        chains.append(["neck", "head"])
    for chain in chains:
        for upper, lower in pairwise(chain):
            if taken[upper] not in ancestors(recording, taken[lower]):
                raise MediaError(
                    f"{path}: joint {recording.nodes[taken[lower]].name!r}, used as the "
                    f"{lower.replace('_', ' ')}, is not a "
                    f"descendant of {recording.nodes[taken[upper]].name!r}, used as the "
                    f"{upper.replace('_', ' ')}: rename the joints"
                )


def ancestors(recording: BvhRecording, index: int) -> list[int]:
    """Return the indices of a node's ancestors, from its parent up to the root."""
    found = []
    while (index := recording.nodes[index].parent) >= 0:
        found.append(index)
    return found


def _complaint(recording: BvhRecording, path: str | Path, missing: list[str]) -> str:
    kinds = dict.fromkeys(part.split("_")[-1] for part in missing)
    examples = "; ".join(f"{kind}: {_EXAMPLES[kind]}" for kind in kinds)
    # Names come from the file: a name that could move a terminal's cursor is quoted.
    names = [name if name.isprintable() else repr(name) for name in recording.joint_names]
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    absent = ", ".join(part.replace("_", " ") for part in missing)
    return (
        f"{path}: no joint has a usual name for {absent}; the joints are "
        f"{', '.join(names[:_MOST_NAMES])}{more}: rename them (usual names: {examples})"
    )
