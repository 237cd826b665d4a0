import numpy as np
import pytest

from deformable_gan.exporting.samples import sample_pairs
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18


@pytest.mark.parametrize("skeleton", [COCO17, OPENPOSE18], ids=lambda skeleton: skeleton.name)
def test_people_in_two_poses(skeleton):
    pairs = sample_pairs(4, (64, 36), skeleton)
    assert pairs["source_image"].shape == (4, 64, 36, 3)
    assert pairs["source_image"].dtype == np.uint8
    assert (
        pairs["source_image"].reshape(4, -1).std(axis=1) > 15
    ).all()  # images with texture, not constant ones
    torso = skeleton.indices("left_shoulder", "right_shoulder", "left_hip", "right_hip")
    for name in ("source_keypoints", "target_keypoints"):
        assert pairs[name].shape == (4, len(skeleton), 3)
        assert pairs[name].dtype == np.float32
        assert (pairs[name][:3, torso, 2] > 0).mean() > 0.8
        assert (pairs[name][..., 2] == 0).any()  # joints are missing
    moved = np.abs(pairs["source_keypoints"] - pairs["target_keypoints"])[:3, torso, :2]
    assert (moved.max(axis=(1, 2)) > 0.5).all()
    assert not pairs["target_keypoints"][-1].any()


def test_reproducible():
    first, again, other = (sample_pairs(2, (32, 32), COCO17, seed) for seed in (3, 3, 4))
    for name, values in first.items():
        np.testing.assert_array_equal(values, again[name])
    assert (first["source_image"] != other["source_image"]).any()
