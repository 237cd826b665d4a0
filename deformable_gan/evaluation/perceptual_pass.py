"""The LPIPS pass."""

from deformable_gan.evaluation.score_pass import ReadRows, Rows, ScoredBlock, mean_scores, means
from deformable_gan.metrics.learned_perceptual_similarity import LearnedPerceptualSimilarity

PROTOCOLS = {
    "lpips": "Zhang et al. 2018, version 0.1, AlexNet; images at their own size, in [-1, 1]"
}


class PerceptualPass:
    """The pass that compares generated and source images with target images by LPIPS.

    Args:
        similarity: the network.
    """

    name = "lpips"
    title = "LPIPS"
    slow = False

    def __init__(self, similarity: LearnedPerceptualSimilarity):
        self._similarity = similarity

    def identity(self) -> dict:
        """Return the identity of the pass; see `ScorePass`."""
        return {"version": 1, "sha256": self._similarity.digests}

    def rows(self, block: ScoredBlock) -> Rows:
        """Return the rows of a block; see `ScorePass`."""
        rows = {"lpips": self._similarity(block.target, block.generated)}
        if block.source is not None:
            rows["copy/lpips"] = self._similarity(block.target, block.source)
        return rows

    def scores(self, read: ReadRows) -> dict[str, dict]:
        """Return the scores of all blocks; see `ScorePass`."""
        scores = mean_scores(means(read(self.name)), PROTOCOLS)
        scores["lpips"]["weights"] = {"sha256": self._similarity.digests}
        return scores
