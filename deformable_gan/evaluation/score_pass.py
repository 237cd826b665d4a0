"""The interface of all passes over the images.

A pass processes every block once and keeps its results as *rows*: arrays with an entry for each
pair of the block. Everything else is computed from rows: the scores, the table of single pairs, the
choice of images for the report. The rows of a block do not depend on the process that computes
them, so interrupting, resuming or dividing an evaluation among machines does not change the scores.
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
#: Returns the rows of a pass by its name, block by block.
ReadRows = Callable[[str], Iterator[Rows]]

# How many pixels of masks are drawn at once: drawing takes some hundred bytes per pixel.
_PIXELS_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class ScoredBlock:
    """The images of a block of B pairs.

    Attributes:
        indices: int [B], the pairs' positions.
        names: the names of their source (None where unknown) and target images.
        target: uint8 [B, H, W, 3].
        generated: uint8 [B, H, W, 3], the images to score; in passes over real images, the targets.
        source: uint8 [B, H, W, 3]; None where sources are unknown.
        keypoints: float32 [B, J, 3], the joints of the target; None where unknown.
        skeleton: the layout of the joints; None where unknown.
    """

    indices: np.ndarray
    names: list[tuple[str | None, str]]
    target: np.ndarray
    generated: np.ndarray
    source: np.ndarray | None
    keypoints: np.ndarray | None
    skeleton: Skeleton | None

    @cached_property
    def mask(self) -> np.ndarray | None:
        """Evaluation mask, uint8 [B, H, W, 1], 1 on the target's person; None without joints."""
        if self.keypoints is None or self.skeleton is None:
            return None
        size = self.target.shape[1:3]
        together = max(1, _PIXELS_AT_ONCE // (size[0] * size[1]))
        masks = [
            ops.convert_to_numpy(
                evaluation_mask(self.keypoints[start : start + together], size, self.skeleton)
            )
            for start in range(0, len(self.keypoints), together)
        ]
        return np.concatenate(masks).astype(np.uint8)[..., None]


class ScorePass(Protocol):
    """One kind of measurement of all images.

    Attributes:
        name: the name of the folder for its rows.
        title: what the pass measures, for the progress bar.
        slow: whether to print an estimate of its time even if that is short.
    """

    name: str
    title: str
    slow: bool

    def identity(self) -> dict:
        """Return JSON values that identify the network and the protocol of the rows."""

    def rows(self, block: ScoredBlock) -> Rows:
        """Return the rows of a block."""

    def scores(self, read: ReadRows) -> dict[str, dict]:
        """Return the scores as JSON values by name, computed from the rows of all blocks."""


class Mean:
    """The mean and the standard deviation of finite numbers that arrive in batches."""

    def __init__(self):
        self.count, self.infinite = 0, 0
        self._mean, self._squares = 0.0, 0.0

    def add(self, values: np.ndarray) -> None:
        """Add numbers; those that are not finite are counted separately."""
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
        """The mean; None without finite numbers."""
        return float(self._mean) if self.count else None

    @property
    def deviation(self) -> float | None:
        """The standard deviation; None without finite numbers."""
        return float(np.sqrt(self._squares / self.count)) if self.count else None


def means(rows: Iterator[Rows]) -> dict[str, Mean]:
    """Return a `Mean` of the values in every column of the rows, by the column's name."""
    columns: dict[str, Mean] = {}
    for block in rows:
        for name, values in block.items():
            columns.setdefault(name, Mean()).add(values)
    return columns


def mean_scores(columns: dict[str, Mean], protocols: dict[str, str]) -> dict[str, dict]:
    """Return the scores that follow from the means of columns.

    A column `NAME` becomes the score of that name. The means of the optional columns `copy/NAME`
    and `real/NAME` become its values `copy`, where the source image replaces the generated image,
    and `real`, where the target image does. `left_out`, `copy_left_out` and `real_left_out` count
    pairs without a finite number.

    Args:
        columns: the result of `means`.
        protocols: the definition of each score, by name.
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
