"""The agreement of the joints found in an image with those of the target pose."""

from dataclasses import dataclass

import numpy as np
from keras import ops

from deformable_gan.geometry.regions import joint_positions, torso_size
from deformable_gan.pose.skeleton import Skeleton

#: A joint is correct if it lies within this many head sizes of the target joint.
TOLERANCE = 0.5
#: A person counts as having taken the pose if at least this share of the joints is correct.
TAKEN = 0.75
#: A joint whose confidence is not above this counts as not found.
LEAST_CONFIDENCE = 0.2
# From shoulder to hip is 0.288 of a person's height, from chin to crown 0.130 (Winter, Biomechanics
# and Motor Control of Human Movement). A dataset's joints give only the first of these lengths.
HEAD_SIZE = 0.130 / 0.288


@dataclass(frozen=True)
class PoseAgreement:
    """Sums over the joints of each image in a batch; divide by `joints` after adding them up.

    Attributes:
        joints: int [B], how many joints are present in the target and exist in the estimator's
            layout; 0 where the target's torso size, and so the head size, is unknown.
        hits: int [B], how many of these joints are found within half a head size (PCKh@0.5).
        error: float64 [B], the sum of these joints' distances in head sizes, found or not.
    """

    joints: np.ndarray
    hits: np.ndarray
    error: np.ndarray

    @property
    def taken(self) -> np.ndarray:
        """Bool [B]: whether three quarters of the joints or more are hits.

        Single joints often agree by chance, since people stand in the middle of their images. Whole
        poses rarely do.
        """
        return (self.joints > 0) & (self.hits >= TAKEN * self.joints)


def pose_agreement(
    estimated: np.ndarray, estimator: Skeleton, target: np.ndarray, skeleton: Skeleton
) -> PoseAgreement:
    """Compare estimated joints with target joints.

    A head size is 0.45 torso sizes (see `geometry.regions.torso_size`), so half a head size is 0.23
    torso sizes, near the 0.2 of other papers' PCK.

    Args:
        estimated: float [B, J, 3] of (y, x, confidence). Every joint has a position, however low
            its confidence.
        estimator: the layout of `estimated`.
        target: float [B, K, 3], confidence 0 for a missing joint.
        skeleton: the layout of `target`.
    """
    names = [joint for joint in skeleton.joints if joint in estimator.joints]
    estimated = np.asarray(estimated)[:, estimator.indices(*names)]
    positions, presence = joint_positions(target, skeleton)
    torso, known = map(ops.convert_to_numpy, torso_size(positions, presence, skeleton))
    places = ops.convert_to_numpy(positions)[:, skeleton.indices(*names)]
    counted = ops.convert_to_numpy(presence)[:, skeleton.indices(*names)] & known[:, None]
    distance = np.linalg.norm(estimated[..., :2].astype(np.float64) - places, axis=-1)
    distance /= HEAD_SIZE * torso[:, None]
    found = estimated[..., 2] > LEAST_CONFIDENCE
    return PoseAgreement(
        joints=counted.sum(axis=1),
        hits=(counted & found & (distance <= TOLERANCE)).sum(axis=1),
        error=np.where(counted, distance, 0).sum(axis=1),
    )
