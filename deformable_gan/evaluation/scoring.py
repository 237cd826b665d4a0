"""Running the passes over all images, except for blocks that are already finished."""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from deformable_gan.data.part import Part
from deformable_gan.errors import RunError
from deformable_gan.evaluation.block_store import BlockStore
from deformable_gan.evaluation.generated_images import GeneratedImages
from deformable_gan.evaluation.image_pairs import BLOCK, ImagePairs
from deformable_gan.evaluation.score_pass import Rows, ScoredBlock, ScorePass

# An estimate is printed for slow passes and for passes with at least this much time left.
_LONG_SECONDS = 20
# Increased when images are read in another way: rows of another version are computed again.
_READING = 2


@dataclass(frozen=True)
class PassOverImages:
    """A pass and the images that it processes.

    Attributes:
        score_pass: the pass.
        pairs: the pairs.
        images: the pairs' generated images; None for a pass over real images.
    """

    score_pass: ScorePass
    pairs: ImagePairs
    images: GeneratedImages | None = None


class Scoring:
    """Passes over images, and their rows in a folder.

    Args:
        folder: the folder for the rows.
        passes: the passes.
        origin: a digest that identifies the model or the generated images.
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

    def run(self, part: Part) -> dict[str, dict]:
        """Score the blocks that are not finished yet.

        Args:
            part: which part of the blocks to score.

        Returns:
            For each pass with unfinished blocks, how many pairs (or real images) it scored and how
            many seconds it took.

        Raises:
            DeformableGANError: an image cannot be read.
        """
        done = {}
        for each in self._passes:
            name = each.score_pass.name
            blocks = part.of(range(each.pairs.block_count))
            absent = [block for block in blocks if not self._stores[name].has(block)]
            start = time.monotonic()
            pairs = self._run_pass(each, absent, blocks)
            if pairs:
                done[name] = {"pairs": pairs, "seconds": round(time.monotonic() - start, 1)}
        return done

    def missing_blocks(self) -> int:
        """Return how many blocks are unfinished, over all passes."""
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
            raise RunError(
                f"{missing} blocks of up to {BLOCK} images are not scored yet: run all parts first"
            )
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
                if turn == 1:  # the first block includes the networks' preparation
                    seconds = (left - done) * (now - last) / len(places)
                    if each.score_pass.slow or seconds >= _LONG_SECONDS:
                        _print_estimate(title, left - done, seconds)
                last = now
        return done


def _block(each: PassOverImages, places: np.ndarray, batch: dict) -> ScoredBlock:
    pairs = each.pairs
    known = pairs.skeleton is not None
    target = batch["target_image"].numpy()
    return ScoredBlock(
        indices=places,
        names=[pairs.names(place) for place in places],
        target=target,
        generated=each.images.read(places) if each.images else target,
        source=batch["source_image"].numpy() if pairs.has_sources else None,
        keypoints=batch["target_keypoints"].numpy() if known else None,
        skeleton=pairs.skeleton,
    )


def _print_estimate(title: str, left: int, seconds: float) -> None:
    how_long = f"{seconds / 60:.0f} minutes" if seconds >= 90 else f"{seconds:.0f} seconds"
    tqdm.write(f"{title}: {left:,} pairs left, about {how_long}", file=sys.stderr)
