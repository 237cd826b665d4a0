"""The selection and the shares of the photographs that are mixed."""

from dataclasses import replace

import numpy as np
import pytest

from deformable_gan.pose.skeleton import COCO17
from deformable_gan.reposing.pose_sequence import PoseSequence
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.sources.source_mixer import SourceMixer, mixing_shares


@pytest.mark.parametrize(("lead", "share"), [(0.0, 1 / 3), (0.2, np.e / (np.e + 2))])
def test_a_photograph_that_leads(lead, share):
    """A cost lowered by 0.2 gives one of three equal photographs e times the others' weight."""
    keypoints = np.zeros((17, 3), np.float32)
    keypoints[[5, 6, 11, 12]] = [(10, 22, 1), (10, 14, 1), (30, 20, 1), (30, 16, 1)]
    one = PosedImage(np.full((64, 36, 3), 99, np.uint8), keypoints, COCO17)
    person = replace(one, more=(one, one), lead=lead)
    poses = PoseSequence.of_keypoints(keypoints, COCO17)
    shares = SourceMixer(person, poses).shares
    np.testing.assert_allclose(shares, [[share, (1 - share) / 2, (1 - share) / 2]], atol=1e-6)


def test_very_many_sources_that_are_alike():
    """Forty equal sources are all used, although each share is below the usual minimum."""
    costs = np.full((2, 40), 0.1)
    costs[0, 7] = 0.0
    shares = mixing_shares(costs)
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
    assert shares[0].argmax() == 7
    np.testing.assert_allclose(shares[1], 1 / 40, atol=1e-6)
