"""The detection score."""

import numpy as np

from deformable_gan.checksums import model_digest
from deformable_gan.evaluation.score_pass import ReadRows, Rows, ScoredBlock, mean_scores, means
from deformable_gan.metrics.person_detector import SSD_MOBILENET, PersonDetector

PROTOCOLS = {
    "detection_score": "mean confidence of the most confidently detected person in the image; "
    f"{SSD_MOBILENET.title} (TensorFlow Object Detection API, COCO 2017, 320 x 320, "
    f"{SSD_MOBILENET.handle}). The original uses SSD 300 on VOC 2007+2012 in Caffe: not "
    "comparable with published figures"
}


class DetectionPass:
    """The pass that detects people in generated and target images.

    Args:
        detector: the network.
    """

    name = "detection"
    title = "detection score"
    slow = False

    def __init__(self, detector: PersonDetector):
        self._detector = detector
        self._checksum = model_digest(detector.path)
        # The scores of real images by name, because a real image may belong to many pairs.
        self._in_real: dict[str, float] = {}

    def identity(self) -> dict:
        """Return the identity of the pass; see `ScorePass`."""
        return {"version": 1, "sha256": self._checksum}

    def rows(self, block: ScoredBlock) -> Rows:
        """Return the rows of a block; see `ScorePass`."""
        new = [place for place, (_, name) in enumerate(block.names) if name not in self._in_real]
        if new:
            found = self._detector(block.target[new])
            self._in_real |= {
                block.names[place][1]: float(score) for place, score in zip(new, found, strict=True)
            }
        return {
            "detection_score": self._detector(block.generated),
            "real/detection_score": np.array([self._in_real[name] for _, name in block.names]),
        }

    def scores(self, read: ReadRows) -> dict[str, dict]:
        """Return the scores of all blocks; see `ScorePass`."""
        scores = mean_scores(means(read(self.name)), PROTOCOLS)
        scores["detection_score"]["weights"] = {"sha256": self._checksum}
        return scores
