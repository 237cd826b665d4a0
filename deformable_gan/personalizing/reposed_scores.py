"""Scores of held-out frames generated as `repose` would, with and without views of the person."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from deformable_gan.data.dataset_folder import DatasetFolder, Split
from deformable_gan.data.media import read_photo
from deformable_gan.metrics.foreground_l1 import foreground_l1
from deformable_gan.metrics.pose_agreement import pose_agreement
from deformable_gan.metrics.structural_similarity import structural_similarity
from deformable_gan.personalizing.personal_scores import PersonalScores, format_scores
from deformable_gan.pose.movenet import MoveNet
from deformable_gan.reposing.pose_sequence import PoseSequence
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.repose_options import NETWORK
from deformable_gan.reposing.reposer import Reposer
from deformable_gan.reposing.sources.gather_sources import choose_representatives
from deformable_gan.reposing.sources.source_costs import source_costs
from deformable_gan.reposing.views.own_person import with_views

#: The largest number of pairs that are scored, spread evenly.
PAIRS = 40


@dataclass(frozen=True)
class ReposedScores:
    """Scores of the same held-out pairs, generated from the source image as `repose` would.

    Attributes:
        pairs: number of pairs.
        start: scores of the starting weights with the source image alone.
        alone: scores of the kept weights with the source image alone.
        views: scores of the kept weights with the source image and views from the training images
            (`--one-person`).
    """

    pairs: int
    start: PersonalScores
    alone: PersonalScores
    views: PersonalScores

    def table(self) -> str:
        """Return the scores as a table for a terminal."""
        rows = {
            "start, one photograph": self.start,
            "kept, one photograph": self.alone,
            "kept, several images": self.views,
        }
        return format_scores(f"repose, {self.pairs} pairs", rows)

    def to_json(self) -> dict:
        """Return the scores as JSON values."""
        return asdict(self)


def training_views(dataset: DatasetFolder, most: int) -> list[PosedImage]:
    """Return the training images that best represent all poses of the training split.

    The images have the dataset's size.

    Args:
        dataset: a dataset of one person.
        most: the largest number of images.
    """
    split = dataset.train
    costs = source_costs(split.keypoints, split.keypoints, dataset.skeleton)
    return [_posed(split, index, dataset) for index in choose_representatives(costs, most)]


def score_reposed(
    reposer: Reposer,
    dataset: DatasetFolder,
    views: Sequence[PosedImage],
    movenet: MoveNet,
    limit: int = PAIRS,
) -> tuple[PersonalScores, int]:
    """Generate the held-out pairs of a dataset as `repose` does, and score the images.

    As for any photograph, the background is the source image with the person's area filled in.
    Views that show the same place supply the background of parts of that area.

    Args:
        reposer: the model.
        dataset: a dataset whose test split has pairs.
        views: other images of the person; empty for the source image alone.
        movenet: finds the joints in the generated images.
        limit: the largest number of pairs, spread evenly.

    Returns:
        The scores, and the number of pairs.
    """
    split = dataset.test
    pairs = split.pairs
    if limit < len(pairs):
        pairs = pairs[np.linspace(0, len(pairs) - 1, limit).round().astype(int)]
    ssim, difference, joints, hits = [], [], 0, 0
    for source in np.unique(pairs[:, 0]):
        targets = pairs[pairs[:, 0] == source, 1]
        person = reposer.person(_posed(split, source, dataset))
        if views:
            person = with_views(person, views, reposer)
        keypoints = split.keypoints[targets]
        poses = PoseSequence(keypoints, dataset.skeleton).in_layout(reposer.skeleton)
        made = np.stack(list(reposer.images(person, poses, size=NETWORK)))
        real = np.stack([read_photo(split.image_path(target)) for target in targets])
        ssim.append(structural_similarity(real, made))
        difference.append(foreground_l1(real, made, keypoints, dataset.skeleton))
        found = np.stack([movenet.estimate(image) for image in made])
        agreement = pose_agreement(found, movenet.skeleton, keypoints, dataset.skeleton)
        joints += int(agreement.joints.sum())
        hits += int(agreement.hits.sum())
    scores = PersonalScores(
        float(np.concatenate(ssim).mean()),
        float(np.concatenate(difference).mean()),
        hits / joints if joints else None,
    )
    return scores, len(pairs)


def _posed(split: Split, index: int, dataset: DatasetFolder) -> PosedImage:
    return PosedImage(read_photo(split.image_path(index)), split.keypoints[index], dataset.skeleton)
