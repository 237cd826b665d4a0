"""Scores of generated images of held-out pairs."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from deformable_gan.data.pipeline import PairPipeline
from deformable_gan.metrics.pose_agreement import pose_agreement
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.pose.skeleton import Skeleton

#: The largest number of pairs for which MoveNet looks for joints, spread evenly over the split.
POSE_PAIRS = 60


@dataclass(frozen=True)
class PersonalScores:
    """Mean scores over held-out pairs.

    Attributes:
        ssim: structural similarity of generated and real image.
        foreground_l1: mean absolute difference on the person, in grey levels from 0 to 255.
        joints_right: the share of joints that MoveNet finds in the image within half a head's size
            of the requested position (PCKh@0.5); None if no target pose includes the torso.
    """

    ssim: float
    foreground_l1: float
    joints_right: float | None


def format_scores(title: str, rows: dict[str, PersonalScores]) -> str:
    """Return scores as a table for a terminal.

    Args:
        title: title of the first column.
        rows: the scores by row title.
    """
    lines = [f"{title:24} {'SSIM':>7} {'fg L1':>7} {'joints':>7}"]
    for name, scores in rows.items():
        joints = "-" if scores.joints_right is None else f"{scores.joints_right:.1%}"
        lines.append(f"{name:24} {scores.ssim:7.3f} {scores.foreground_l1:7.1f} {joints:>7}")
    return "\n".join(lines)


def joints_right(
    make_images: Callable[[dict], np.ndarray],
    pipeline: PairPipeline,
    skeleton: Skeleton,
    movenet: MoveNet,
    limit: int = POSE_PAIRS,
) -> float | None:
    """Return the share of correct joints in images generated for a split's pairs.

    Args:
        make_images: takes a batch of `data.pipeline` and returns its images, uint8 [B, H, W, 3].
        pipeline: the test split's pipeline.
        skeleton: the joints' layout.
        movenet: finds the joints.
        limit: the largest number of pairs, spread evenly.

    Returns:
        See `PersonalScores.joints_right`.
    """
    joints = hits = 0
    for batch in pipeline.in_order(16, limit):
        found = np.stack([movenet.estimate(image) for image in make_images(batch)])
        target = batch["target_keypoints"].numpy()
        agreement = pose_agreement(found, movenet.skeleton, target, skeleton)
        joints += int(agreement.joints.sum())
        hits += int(agreement.hits.sum())
    return hits / joints if joints else None
