"""Scores of a generator on held-out pairs, compared with copying the source."""

from dataclasses import astuple, dataclass

import numpy as np

from deformable_gan.data.annotations import person_of
from deformable_gan.data.pipeline import PairPipeline
from deformable_gan.devices.settings import exact_float32
from deformable_gan.inference import Generate, generate_batch
from deformable_gan.metrics.foreground_l1 import foreground_l1
from deformable_gan.metrics.structural_similarity import structural_similarity
from deformable_gan.pose.skeleton import Skeleton


@dataclass(frozen=True)
class HeldOutScores:
    """Mean scores over pairs.

    Attributes:
        pairs: number of pairs.
        ssim: structural similarity of generated and real image.
        foreground_l1: mean absolute difference on the person, in grey levels (0 to 255).
        copy_ssim: `ssim` of the source image in place of the generated one.
        copy_foreground_l1: `foreground_l1` of the source image in place of the generated one.
    """

    pairs: int
    ssim: float
    foreground_l1: float
    copy_ssim: float
    copy_foreground_l1: float


@exact_float32()
def score_held_out(
    generate: Generate,
    pipeline: PairPipeline,
    skeleton: Skeleton,
    limit: int | None = None,
    batch_size: int = 16,
) -> dict[str, HeldOutScores]:
    """Score a generator on a split's pairs.

    Args:
        generate: see `inference.make_generate`.
        pipeline: the pipeline of the test split.
        skeleton: the joint layout.
        limit: the largest number of pairs (for a mixture, of each dataset), spread evenly over the
            split.
        batch_size: pairs per batch.

    Returns:
        The scores of all pairs under `all`, then the scores of each person (for videos: each clip).
        For a mixture, `all` is followed by each dataset under its name and each of its people under
        `DATASET:PERSON`.
    """
    if pipeline.parts:
        parts = {
            name: score_held_out(generate, part, skeleton, limit, batch_size)
            for name, part in pipeline.parts.items()
        }
        return {"all": _pooled([scores["all"] for scores in parts.values()])} | {
            name if person == "all" else f"{name}:{person}": score
            for name, scores in parts.items()
            for person, score in scores.items()
        }
    rows, people = [], []
    for batch in pipeline.in_order(batch_size, limit):
        source, target = batch["source_image"], batch["target_image"]
        keypoints = batch["target_keypoints"]
        generated = generate_batch(generate, batch)
        scores = [
            score
            for image in (generated, source)
            for score in (
                structural_similarity(target, image),
                foreground_l1(target, image, keypoints, skeleton),
            )
        ]
        rows.append(np.stack(scores, axis=1))
        people += [person_of(target) for _, target in pipeline.names(batch["pair"].numpy())]
    table = np.concatenate(rows)
    selections = {"all": np.ones(len(people), bool)}
    selections |= {person: np.array(people) == person for person in sorted(set(people))}
    return {
        name: HeldOutScores(int(chosen.sum()), *map(float, table[chosen].mean(axis=0)))
        for name, chosen in selections.items()
    }


def _pooled(scores: list[HeldOutScores]) -> HeldOutScores:
    pairs = [score.pairs for score in scores]
    means = np.average([astuple(score)[1:] for score in scores], axis=0, weights=pairs)
    return HeldOutScores(sum(pairs), *map(float, means))


def format_scores(scores: dict[str, HeldOutScores], most: int = 12) -> str:
    """Return the scores as a table for a terminal, with each person if there are few people."""
    lines = [
        f"{'held-out pairs':24} {'pairs':>6} {'SSIM':>7} {'(copy)':>7} {'fg L1':>7} {'(copy)':>7}"
    ]
    mixture = any(":" in name for name in scores)
    for name, score in scores.items():
        whole = name == "all" or (mixture and ":" not in name)
        if whole or len(scores) <= most + 1:
            lines.append(
                f"{name:24} {score.pairs:6} {score.ssim:7.3f} {score.copy_ssim:7.3f} "
                f"{score.foreground_l1:7.1f} {score.copy_foreground_l1:7.1f}"
            )
    lines.append(
        "SSIM: higher is better; fg L1: mean difference on the person in grey levels, lower is "
        "better; (copy): score of the source image"
    )
    return "\n".join(lines)
