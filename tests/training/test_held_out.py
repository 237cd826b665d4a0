import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage.metrics import structural_similarity as skimage_ssim

from deformable_gan.data.pipeline import PairPipeline
from deformable_gan.geometry.evaluation_mask import evaluation_mask
from deformable_gan.pose.skeleton import COCO17
from deformable_gan.training.held_out import HeldOutScores, format_scores, score_held_out


@pytest.fixture(scope="module")
def pipeline(dancers):
    return PairPipeline(dancers.test, COCO17, dancers.image_size)


def blur(source_image, source_keypoints, target_keypoints):
    """Return a blurred source instead of a generated image."""
    return gaussian_filter(source_image, (0, 2, 2, 0))


def by_hand(pipeline, generate):
    """Return the SSIM and foreground L1 of every pair, computed one image at a time."""
    rows = []
    for batch in pipeline.in_order(1).as_numpy_iterator():
        target = batch["target_image"][0]
        mask = np.asarray(evaluation_mask(batch["target_keypoints"], target.shape[:2], COCO17))[0]
        image = generate(batch["source_image"], None, None)[0]
        ssim = skimage_ssim(
            target,
            image,
            channel_axis=-1,
            gaussian_weights=True,
            use_sample_covariance=False,
            data_range=255,
        )
        difference = np.abs(target.astype(float) - image.astype(float))
        rows.append((ssim, difference[mask > 0].mean()))
    return np.array(rows)


def test_means_over_all_pairs_and_each_person(pipeline):
    scores = score_held_out(blur, pipeline, COCO17, batch_size=5)
    assert list(scores) == ["all", "dancer0002", "dancer0003"]
    blurred = by_hand(pipeline, blur)
    copied = by_hand(pipeline, lambda image, *_: image)
    assert len(blurred) == 24
    # The split's pairs are sorted by person: twelve each.
    for name, rows in (
        ("all", slice(None)),
        ("dancer0002", slice(12)),
        ("dancer0003", slice(12, 24)),
    ):
        score = scores[name]
        assert score.pairs == len(blurred[rows])
        assert score.ssim == pytest.approx(blurred[rows, 0].mean(), abs=1e-4)
        assert score.foreground_l1 == pytest.approx(blurred[rows, 1].mean(), rel=1e-4)
        assert score.copy_ssim == pytest.approx(copied[rows, 0].mean(), abs=1e-4)
        assert score.copy_foreground_l1 == pytest.approx(copied[rows, 1].mean(), rel=1e-4)


def test_copying_scores_as_copying(pipeline):
    score = score_held_out(lambda image, *_: image, pipeline, COCO17)["all"]
    assert score.ssim == score.copy_ssim
    assert score.foreground_l1 == score.copy_foreground_l1


def test_a_limit_takes_pairs_of_everybody(pipeline):
    scores = score_held_out(blur, pipeline, COCO17, limit=4)
    assert {name: score.pairs for name, score in scores.items()} == {
        "all": 4,
        "dancer0002": 2,
        "dancer0003": 2,
    }


def test_table():
    scores = {
        "all": HeldOutScores(30, 0.6123, 17.04, 0.5, 30.25),
        "anna": HeldOutScores(10, 0.7, 10.0, 0.5, 20.0),
    }
    lines = format_scores(scores).splitlines()
    assert lines[0].split() == [
        "held-out",
        "pairs",
        "pairs",
        "SSIM",
        "(copy)",
        "fg",
        "L1",
        "(copy)",
    ]
    assert lines[1].split() == ["all", "30", "0.612", "0.500", "17.0", "30.2"]
    assert lines[2].split() == ["anna", "10", "0.700", "0.500", "10.0", "20.0"]
    assert "higher is better" in lines[-1]


def test_table_of_many_people_shows_only_the_mean():
    score = HeldOutScores(1, 0.5, 1.0, 0.5, 1.0)
    scores = {"all": score, **{f"person{index}": score for index in range(13)}}
    assert "person0" not in format_scores(scores)
    assert "person0" in format_scores(scores, most=13)
