"""What all passes over the images share.

A pass looks at every block once and keeps what it found as *rows*: arrays with an entry for each
pair of the block. Everything else is made of rows: the scores, the table of single pairs, the
choice of pictures for the report. Rows of a block do not depend on which process computed them,
so a run can be cut, continued and divided among machines, and its scores stay the same.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from keras import ops

from deformable_gan.geometry.evaluation_mask import evaluation_mask
from deformable_gan.pose.skeleton import Skeleton

Rows = dict[str, np.ndarray]
#: Gives the blocks' rows of the pass of that name, in the blocks' order.
ReadRows = Callable[[str], Iterator[Rows]]

# Pixels whose masks are drawn at once: for each, the drawing takes some hundred bytes.
_PIXELS_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class ScoredBlock:
    """The pictures of a block of B pairs.

    Attributes:
        indices: int [B], the pairs' places.
        names: of their source (None where unknown) and target images.
        target: uint8 [B, H, W, 3].
        generated: likewise; None in passes over real images.
        source: likewise; None where sources are unknown.
        keypoints: float32 [B, J, 3], the joints of the target; None where unknown.
        skeleton: their layout.
    """

    indices: np.ndarray
    names: list[tuple[str | None, str]]
    target: np.ndarray
    generated: np.ndarray | None
    source: np.ndarray | None
    keypoints: np.ndarray | None
    skeleton: Skeleton | None

    @cached_property
    def mask(self) -> np.ndarray | None:
        """Uint8 [B, H, W, 1], 1 on the person in the target; None where joints are unknown."""
        if self.keypoints is None:
            return None
        size = self.target.shape[1:3]
        together = max(1, _PIXELS_AT_ONCE // (size[0] * size[1]))
        masks = [
            ops.convert_to_numpy(
                evaluation_mask(self.keypoints[start : start + together], size, self.skeleton)  # type: ignore[arg-type]  # not None here
            )
            for start in range(0, len(self.keypoints), together)
        ]
        return np.concatenate(masks).astype(np.uint8)[..., None]


class ScorePass(Protocol):
    """One way of looking at images.

    Attributes:
        name: of the folder that its rows are kept in.
        title: what it does, for the progress bar.
        slow: say how long it will take in any case.
    """

    name: str
    title: str
    slow: bool

    def identity(self) -> dict:
        """Return JSON values that tell its rows from those of another network or protocol."""

    def rows(self, block: ScoredBlock) -> Rows:
        """Look at a block."""

    def scores(self, read: ReadRows) -> dict[str, dict]:
        """Return the scores, by their names, as JSON values, from the rows of all blocks."""


class Mean:
    """Mean and standard deviation of finite numbers that arrive in portions."""

    def __init__(self):
        self.count, self.infinite = 0, 0
        self._mean, self._squares = 0.0, 0.0

    def add(self, values: np.ndarray) -> None:
        """Add numbers; those that are not finite are counted apart."""
        values = np.asarray(values, np.float64)
        finite = values[np.isfinite(values)]
        self.infinite += len(values) - len(finite)
        if len(finite):
            mean, total = finite.mean(), self.count + len(finite)
            shift = mean - self._mean
            self._squares += ((finite - mean) ** 2).sum()
            self._squares += shift**2 * self.count * len(finite) / total
            self._mean += shift * len(finite) / total
            self.count = total

    @property
    def mean(self) -> float | None:
        """The mean; None of nothing."""
        return float(self._mean) if self.count else None

    @property
    def deviation(self) -> float | None:
        """The standard deviation; None of nothing."""
        return float(np.sqrt(self._squares / self.count)) if self.count else None


def means(rows: Iterator[Rows]) -> dict[str, Mean]:
    """Average every column of the rows."""
    columns: dict[str, Mean] = {}
    for block in rows:
        for name, values in block.items():
            columns.setdefault(name, Mean()).add(values)
    return columns


def mean_scores(columns: dict[str, Mean], protocols: dict[str, str]) -> dict[str, dict]:
    """Turn averages into scores.

    A column `NAME` becomes the score of that name; `copy/NAME` and `real/NAME`, where they are,
    what showing the source image again and what the real image would score. `left_out`,
    `copy_left_out` and `real_left_out` count pairs without a finite number.

    Args:
        columns: from `means`.
        protocols: what each score is, by name.
    """
    scores = {}
    for name, protocol in protocols.items():
        if name not in columns:
            continue
        column = columns[name]
        score = {"value": column.mean, "deviation": column.deviation, "pairs": column.count}
        for kind in ("copy", "real"):
            if beside := columns.get(f"{kind}/{name}"):
                score[kind] = beside.mean
                if beside.infinite:
                    score[f"{kind}_left_out"] = beside.infinite
        if column.infinite:
            score["left_out"] = column.infinite
        scores[name] = score | {"protocol": protocol}
    return scores
