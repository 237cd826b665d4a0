"""Whether the people in the generated images take the target poses."""

from collections.abc import Sequence

import numpy as np

from deformable_gan.checksums import model_digest
from deformable_gan.evaluation.score_pass import ReadRows, Rows, ScoredBlock, mean_scores, means
from deformable_gan.metrics.pose_agreement import (
    HEAD_SIZE,
    LEAST_CONFIDENCE,
    TAKEN,
    TOLERANCE,
    pose_agreement,
)
from deformable_gan.pose.movenet import MoveNet

_JOINTS = (
    "the target pose's joints are compared with MoveNet's estimates in the image; a joint is found "
    f"if its confidence is above {LEAST_CONFIDENCE}; a head is {HEAD_SIZE:.2f} torso lengths"
)
PROTOCOLS = {
    "pckh": f"share of joints found within {TOLERANCE} head sizes (PCKh@{TOLERANCE}); {_JOINTS}",
    "pose_taken": f"share of images with at least {TAKEN:.0%} of the joints right; {_JOINTS}",
    "joint_error": f"mean distance of all joints, found or not, in head sizes; {_JOINTS}",
}


class PosePass:
    """The pass that estimates joints in generated, source and target images.

    Args:
        movenet: the estimator.
        path: the file or folder that it was loaded from.
    """

    name = "pose"
    title = "poses (MoveNet)"
    slow = False

    def __init__(self, movenet: MoveNet, path):
        self._movenet = movenet
        self._identity = {
            "movenet": {"sha256": model_digest(path), "side": movenet.network.input_size}
        }
        # Poses by image name, because a real image may belong to many pairs. Each takes 204 bytes.
        self._of_real: dict[str | None, np.ndarray] = {}

    def identity(self) -> dict:
        """Return the identity of the pass; see `ScorePass`."""
        return {"version": 1, **self._identity}

    def rows(self, block: ScoredBlock) -> Rows:
        """Return the rows of a block; see `ScorePass`.

        Raises:
            ValueError: the target's joints are unknown.
        """
        if block.keypoints is None or block.skeleton is None:
            raise ValueError("the target's joints are unknown: leave out this pass")
        found = {"": np.stack([self._movenet.estimate(image) for image in block.generated])}
        found["real/"] = self._found_in_real([name for _, name in block.names], block.target)
        if block.source is not None:
            found["copy/"] = self._found_in_real([name for name, _ in block.names], block.source)
        rows = {}
        for kind, keypoints in found.items():
            layout = self._movenet.skeleton
            agreement = pose_agreement(keypoints, layout, block.keypoints, block.skeleton)
            rows[f"{kind}joints"] = agreement.joints
            rows[f"{kind}hits"] = agreement.hits
            rows[f"{kind}error"] = agreement.error
            known = agreement.joints > 0
            rows[f"{kind}pose_taken"] = np.where(known, agreement.taken, np.nan)
        return rows

    def scores(self, read: ReadRows) -> dict[str, dict]:
        """Return the scores of all blocks; see `ScorePass`."""
        columns = means(read(self.name))
        scores = mean_scores(columns, PROTOCOLS)
        taken = scores["pose_taken"]
        for name, column in (("pckh", "hits"), ("joint_error", "error")):
            counts = ("pairs", "left_out")
            scores[name] = {key: taken[key] for key in counts if key in taken}
            for key, kind in (("value", ""), ("copy", "copy/"), ("real", "real/")):
                if f"{kind}{column}" in columns:
                    total, joints = columns[f"{kind}{column}"].mean, columns[f"{kind}joints"].mean
                    scores[name][key] = total / joints if joints and total is not None else None
            scores[name]["protocol"] = PROTOCOLS[name]
        return {name: scores[name] | self._identity for name in PROTOCOLS}

    def _found_in_real(self, names: Sequence[str | None], images: np.ndarray) -> np.ndarray:
        for name, image in zip(names, images, strict=True):
            if name not in self._of_real:
                self._of_real[name] = self._movenet.estimate(image)
        return np.stack([self._of_real[name] for name in names])
