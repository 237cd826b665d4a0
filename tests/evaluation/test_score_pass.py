import numpy as np

from deformable_gan.evaluation.score_pass import Mean, ScoredBlock, mean_scores, means
from deformable_gan.geometry.evaluation_mask import evaluation_mask
from deformable_gan.pose.skeleton import COCO17


def test_means_of_portions():
    values = np.random.default_rng(0).normal(1e6, 1, 100)
    mean = Mean()
    for portion in np.array_split(values, 7):
        mean.add(portion)
    np.testing.assert_allclose((mean.mean, mean.deviation), (values.mean(), values.std()), 1e-9)
    assert mean.count == 100


def test_infinite_numbers_are_counted_apart():
    mean = Mean()
    mean.add(np.array([1, np.inf, 3, np.nan]))
    assert (mean.mean, mean.count, mean.infinite) == (2, 2, 2)
    assert (Mean().mean, Mean().deviation) == (None, None)


def test_scores_with_copy_and_real():
    rows = [{"a": np.array([1.0, np.inf]), "copy/a": np.array([5.0, np.nan]), "b": np.zeros(2)}] * 2
    scores = mean_scores(means(iter(rows)), {"a": "what a is", "absent": "-"})
    assert scores == {
        "a": {
            "value": 1.0,
            "deviation": 0.0,
            "pairs": 2,
            "copy": 5.0,
            "copy_left_out": 2,
            "left_out": 2,
            "protocol": "what a is",
        }
    }


def test_masks_are_drawn_in_portions(dancers, monkeypatch):
    from deformable_gan.evaluation import score_pass

    monkeypatch.setattr(score_pass, "_PIXELS_AT_ONCE", 3 * 64 * 36)
    keypoints = dancers.test.keypoints
    images = np.zeros((len(keypoints), 64, 36, 3), np.uint8)
    block = ScoredBlock(np.arange(8), [], images, images, None, keypoints, COCO17)
    expected = np.asarray(evaluation_mask(keypoints, (64, 36), COCO17))
    assert expected.any()
    np.testing.assert_array_equal(block.mask[..., 0], expected)
    unknown = ScoredBlock(np.arange(8), [], images, images, None, None, None)
    assert unknown.mask is None
