"""Rectangles laid along the line between two points: limbs, bones and their pixels.

Convention: points are (y, x) in pixels, pixel centres at integers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from keras import ops

from deformable_gan.geometry.regions import (
    LIMB_HALF_WIDTH,
    SHORTEST,
    START_EXTENSION,
    named_joints,
    torso_size,
)
from deformable_gan.pose.skeleton import Skeleton

# Points closer to an edge than this, in pixels, count as inside, so that rounding errors do not
# decide.
_EDGE = 1e-4


@dataclass(frozen=True)
class Rectangles:
    """A batch of rectangles.

    Attributes:
        center: float32 [..., 2] of (y, x).
        direction: float32 [..., 2], the unit vector (y, x) from start to end.
        half_length: float32 [...], along `direction`.
        half_width: float32, across `direction`; broadcasts to [...].
        valid: bool [...]; where False, the other attributes are finite but meaningless.
    """

    center: Any
    direction: Any
    half_length: Any
    half_width: Any
    valid: Any

    def cover(self, y, x):
        """Return which points lie in the rectangles, edges included.

        Args:
            y: float32 [h] of rows.
            x: float32 [w] of columns.

        Returns:
            bool [..., h, w].
        """
        along, across = self._along_and_across(y, x)
        # A single comparison: LiteRT compares and combines truth values slowly. No point lies in a
        # rectangle of negative length.
        half_length = ops.where(self.valid, self.half_length + _EDGE, -1.0)[..., None, None]
        half_width = self.half_width[..., None, None] + _EDGE
        return ops.maximum(along - half_length, across - half_width) <= 0

    def distance(self, y, x):
        """Return how far points lie outside the rectangles.

        Args:
            y: float32 [h] of rows.
            x: float32 [w] of columns.

        Returns:
            float32 [..., h, w] in pixels, the larger of the distances along and across the
            rectangle; 0 inside. It is meaningless where a rectangle is not valid.
        """
        along, across = self._along_and_across(y, x)
        beyond = ops.maximum(
            along - self.half_length[..., None, None], across - self.half_width[..., None, None]
        )
        return ops.maximum(beyond, 0.0)

    def _along_and_across(self, y, x):
        y = y[:, None] - self.center[..., 0, None, None]
        x = x[None, :] - self.center[..., 1, None, None]
        direction_y = self.direction[..., 0, None, None]
        direction_x = self.direction[..., 1, None, None]
        along = ops.abs(y * direction_y + x * direction_x)
        return along, ops.abs(x * direction_y - y * direction_x)


def rectangles_between(start, end, half_width, valid, start_extension=0.0, end_extension=0.0):
    """Lay a rectangle along each line from `start` to `end`.

    Args:
        start: float32 [..., 2] of (y, x), finite.
        end: float32 [..., 2] of (y, x), finite.
        half_width: float32, broadcasts to [...], in pixels.
        valid: bool [...].
        start_extension: how far the rectangle reaches beyond `start`, as a fraction of the line's
            length.
        end_extension: how far it reaches beyond `end`, as a fraction of the length of the line
            extended at its start. Both broadcast to [...].

    Returns:
        `Rectangles`; lines without length are not valid.
    """
    line = end - start
    square = ops.sum(line * line, axis=-1)
    valid = valid & (square > SHORTEST**2)
    length = ops.sqrt(ops.where(valid, square, 1.0))
    start_extension = ops.convert_to_tensor(start_extension, line.dtype)
    end_extension = ops.convert_to_tensor(end_extension, line.dtype)
    beyond = end_extension * (1.0 + start_extension)
    center = (start + end) / 2 + (line * (beyond - start_extension)[..., None]) / 2
    return Rectangles(
        center=center,
        direction=ops.where(valid[..., None], line / length[..., None], 0.0),
        half_length=length * (1.0 + start_extension) * (1.0 + end_extension) / 2,
        half_width=half_width,
        valid=valid,
    )


def limb_rectangles(
    positions,
    presence,
    skeleton: Skeleton,
    limbs,
    end_extensions,
    half_widths: float | Sequence[float] = LIMB_HALF_WIDTH,
):
    """Lay a rectangle over each limb of a pose.

    Args:
        positions: float32 [B, J, 2] of (y, x), finite.
        presence: bool [B, J].
        skeleton: the layout.
        limbs: L regions of the kind `limb`.
        end_extensions: how far each rectangle reaches beyond its limb's end, as a fraction of the
            length of the limb extended at its start.
        half_widths: half of each rectangle's width, in torso sizes: one number for all limbs, or
            one for each.

    Returns:
        `Rectangles` [B, L]; not valid where a joint is missing, the torso's size is unknown or
        the limb has no length.
    """
    starts, ends = [limb.start for limb in limbs], [limb.end for limb in limbs]
    start, start_seen = named_joints(positions, presence, skeleton, starts)
    end, end_seen = named_joints(positions, presence, skeleton, ends)
    size, size_known = torso_size(positions, presence, skeleton)
    return rectangles_between(
        start,
        end,
        half_width=ops.convert_to_tensor(half_widths, size.dtype) * size[..., None],
        valid=start_seen & end_seen & size_known[..., None],
        start_extension=START_EXTENSION,
        end_extension=end_extensions,
    )
