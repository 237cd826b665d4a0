"""Running the passes over all images, with what was done before left alone."""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from deformable_gan.data.shard import Shard
from deformable_gan.errors import RunError
from deformable_gan.evaluation.block_store import BlockStore
from deformable_gan.evaluation.generated_images import GeneratedImages
from deformable_gan.evaluation.image_pairs import BLOCK, ImagePairs
from deformable_gan.evaluation.score_pass import Rows, ScoredBlock, ScorePass

# An estimate is worth a line from here on.
_LONG_SECONDS = 20
# Of how images are read: rows of an older one are not these.
_READING = 2


@dataclass(frozen=True)
class PassOverImages:
    """A pass and what it looks at.

    Attributes:
        score_pass: the pass.
        pairs: the pairs.
        images: their generated pictures; None for real images alone.
    """

    score_pass: ScorePass
    pairs: ImagePairs
    images: GeneratedImages | None = None


class Scoring:
    """Passes over images, and the rows they leave in a folder.

    Args:
        folder: for the rows.
        passes: what to do.
        origin: SHA-256 or the like of what made the generated images.
    """

    def __init__(self, folder: Path, passes: Sequence[PassOverImages], origin: str):
        self._passes = passes
        self._stores = {
            each.score_pass.name: BlockStore(
                folder / each.score_pass.name,
                {
                    "pass": each.score_pass.identity(),
                    "pairs": each.pairs.digest,
                    "images": origin if each.images else "real",
                    "block": BLOCK,
                    "reading": _READING,
                },
            )
            for each in passes
        }

    def run(self, shard: Shard) -> dict[str, dict]:
        """Do what is not done yet.

        Args:
            shard: which part of the blocks to do.

        Returns:
            For each pass that had something to do, how many pairs (or real images) it did and how
            many seconds it took.

        Raises:
            DeformableGANError: an image cannot be read.
        """
        done = {}
        for each in self._passes:
            name = each.score_pass.name
            blocks = shard.of(range(each.pairs.block_count))
            absent = [block for block in blocks if not self._stores[name].has(block)]
            start = time.monotonic()
            pairs = self._run_pass(each, absent, blocks)
            if pairs:
                done[name] = {"pairs": pairs, "seconds": round(time.monotonic() - start, 1)}
        return done

    def missing_blocks(self) -> int:
        """Return how many blocks nobody has done yet, over all passes."""
        return sum(
            not self._stores[each.score_pass.name].has(block)
            for each in self._passes
            for block in range(each.pairs.block_count)
        )

    def read(self, name: str) -> Iterator[Rows]:
        """Yield a pass's rows, block by block.

        Raises:
            RunError: a block's file is damaged or missing.
        """
        pairs = next(each.pairs for each in self._passes if each.score_pass.name == name)
        return self._stores[name].read(pairs.block_count)

    def scores(self) -> dict[str, dict]:
        """Return all passes' scores by name.

        Raises:
            RunError: a block's file is damaged or missing.
        """
        if missing := self.missing_blocks():
            raise RunError(f"{missing} blocks are not scored yet: run all shards first")
        return {
            name: score
            for each in self._passes
            for name, score in each.score_pass.scores(self.read).items()
        }

    def _run_pass(self, each: PassOverImages, absent: list[int], blocks: Sequence[int]) -> int:
        title, store = each.score_pass.title, self._stores[each.score_pass.name]
        total = sum(len(each.pairs.block(block)) for block in blocks)
        left = sum(len(each.pairs.block(block)) for block in absent)
        done = 0
        with tqdm(
            total=total, initial=total - left, desc=title, unit="pair", disable=None, leave=False
        ) as bar:
            last = time.monotonic()
            for turn, (block, places, batch) in enumerate(each.pairs.read(absent)):
                store.write(block, each.score_pass.rows(_block(each, places, batch)))
                done += len(places)
                bar.update(len(places))
                now = time.monotonic()
                if turn == 1:  # the first block has the networks made ready, the second tells
                    seconds = (left - done) * (now - last) / len(places)
                    if each.score_pass.slow or seconds >= _LONG_SECONDS:
                        _print_estimate(title, left - done, seconds)
                last = now
        return done


def _block(each: PassOverImages, places: np.ndarray, batch: dict) -> ScoredBlock:
    pairs = each.pairs
    known = pairs.skeleton is not None
    return ScoredBlock(
        indices=places,
        names=[pairs.names(place) for place in places],
        target=batch["target_image"].numpy(),
        generated=each.images.read(places) if each.images else None,
        source=batch["source_image"].numpy() if pairs.has_sources else None,
        keypoints=batch["target_keypoints"].numpy() if known else None,
        skeleton=pairs.skeleton,
    )


def _print_estimate(title: str, left: int, seconds: float) -> None:
    how_long = f"{seconds / 60:.0f} minutes" if seconds >= 90 else f"{seconds:.0f} seconds"
    tqdm.write(f"{title}: {left:,} to go, about {how_long}", file=sys.stderr)
