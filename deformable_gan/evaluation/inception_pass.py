"""The Inception Score and FID."""

from collections.abc import Iterable

import numpy as np

from deformable_gan.evaluation.score_pass import ReadRows, Rows, ScoredBlock
from deformable_gan.metrics.frechet_distance import FeatureStatistics, frechet_distance
from deformable_gan.metrics.inception_network import INCEPTION, InceptionNetwork
from deformable_gan.metrics.inception_score import InceptionScore

SPLITS = 10
_NETWORK = f"the Inception graph of December 2015 ({INCEPTION.name}) with its own bilinear resizing"
PROTOCOLS = {
    "inception_score": "Salimans et al. 2016; mean and deviation over 10 splits drawn by seed; "
    f"{_NETWORK}, softmax without bias",
    "masked_inception_score": "as inception_score, with every pixel outside the evaluation mask "
    "of the target pose set to zero",
    "fid": f"Heusel et al. 2017; pool_3 features of {_NETWORK}; against ",
}
_AGAINST = {
    "targets": "the distinct target images",
    "train": "all training images of the dataset (the protocol of GFLA and later papers)",
}


class InceptionPass:
    """The pass that applies the Inception network to images.

    Args:
        network: the network.
        kind: `generated`, or for real images `targets` or `train`.
        against: the real images that FID compares generated images with, `targets` or `train`.
    """

    slow = True

    def __init__(self, network: InceptionNetwork, kind: str, against: str = "targets"):
        self._network = network
        self._kind, self._against = kind, against
        self.name = f"inception-{kind}"
        self.title = f"Inception network (images: {kind})"

    def identity(self) -> dict:
        """Return the identity of the pass; see `ScorePass`."""
        return {"version": 1, "sha256": self._network.digest}

    def rows(self, block: ScoredBlock) -> Rows:
        """Return the rows of a block; see `ScorePass`."""
        images = block.generated if self._kind == "generated" else block.target
        features, probabilities = self._network(images)
        rows = {"features": features, "probabilities": probabilities}
        # The masked score of training images is not reported.
        if block.mask is not None and self._kind != "train":
            rows["masked_probabilities"] = self._network(images * block.mask)[1]
        return rows

    def scores(self, read: ReadRows) -> dict[str, dict]:
        """Return the scores of all blocks; see `ScorePass`."""
        if self._kind != "generated":
            return {}  # the pass over the generated images reports these scores
        weights = {"weights": {"sha256": self._network.digest}}
        scores = {}
        for name, column in (
            ("inception_score", "probabilities"),
            ("masked_inception_score", "masked_probabilities"),
        ):
            score = _inception_score(read(self.name), column)
            if score is None:
                continue
            if self._against == "targets" and "value" in score:
                real = _inception_score(read("inception-targets"), column) or {}
                score["real"] = real.get("value")
                score["real_deviation"] = real.get("deviation")
                score["real_images"] = real.get("images")
            scores[name] = score | {"protocol": PROTOCOLS[name]} | weights
        scores["fid"] = self._fid(read) | weights
        return scores

    def _fid(self, read: ReadRows) -> dict:
        generated, real = (
            _statistics(read(name), self._network.feature_size)
            for name in (self.name, f"inception-{self._against}")
        )
        if min(generated.count, real.count) < 2:
            return {"skipped": "FID needs at least two generated and two real images"}
        return {
            "value": frechet_distance(generated, real),
            "images": generated.count,
            "real_images": real.count,
            "against": self._against,
            "protocol": PROTOCOLS["fid"] + _AGAINST[self._against],
        }


def _statistics(rows: Iterable[Rows], size: int) -> FeatureStatistics:
    statistics = FeatureStatistics(size)
    for block in rows:
        statistics.add(block["features"])
    return statistics


def _inception_score(rows: Iterable[Rows], column: str) -> dict | None:
    """Return the score of all blocks' probabilities; None if a block has none."""
    score, images = InceptionScore(SPLITS), 0
    for block in rows:
        if column not in block:
            return None
        probabilities = block[column]
        score.add(np.arange(images, images + len(probabilities)), probabilities)
        images += len(probabilities)
    try:
        mean, deviation = score.result()
    except ValueError as error:
        return {"skipped": str(error)}
    return {"value": mean, "deviation": deviation, "images": images}
