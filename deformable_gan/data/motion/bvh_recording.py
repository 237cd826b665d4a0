"""The contents of a BVH file."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class BvhNode:
    """A joint, or the end of the last bone of a chain (an `End Site`).

    Attributes:
        name: the joint's name; None for an end site.
        parent: the parent's index; -1 for the root. Parents come before their children.
        offset: the position relative to the parent, in the file's unit and in the parent's frame.
        channels: the values that the file gives for the joint in every frame, in the file's order:
            `Xposition` …, and `Xrotation` … in degrees. The first rotation is the outermost.
    """

    name: str | None
    parent: int
    offset: tuple[float, float, float]
    channels: tuple[str, ...] = ()


@dataclass(frozen=True)
class BvhRecording:
    """A skeleton and its motion, as stored in the file.

    Attributes:
        nodes: the joints and end sites, in the file's order.
        values: float64 [F, C]: one row per frame, one column per channel, in the order of the
            nodes.
        frame_time: seconds between frames.
    """

    nodes: tuple[BvhNode, ...]
    values: np.ndarray
    frame_time: float

    @property
    def joint_names(self) -> list[str]:
        """The names of the joints, without end sites, in the file's order."""
        return [node.name for node in self.nodes if node.name is not None]

    def children(self, index: int) -> list[int]:
        """Return the indices of a node's children."""
        return [child for child, node in enumerate(self.nodes) if node.parent == index]
